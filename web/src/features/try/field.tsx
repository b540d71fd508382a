// A labelled control, with its value beside the label where the control does not show it.
import { type ReactNode, useId } from 'react';

interface FieldProps {
  label: string;
  value?: string;
  className?: string;
  /** Draws the control with the id that the label names. */
  children: (id: string) => ReactNode;
}

export function Field({ label, value, className = '', children }: FieldProps) {
  const id = useId();
  return (
    <div className={`min-w-0 ${className}`}>
      <div className="mb-1 flex justify-between text-sm text-soft">
        <label htmlFor={id}>{label}</label>
        {value !== undefined && (
          <output htmlFor={id} className="numbers font-medium text-ink">
            {value}
          </output>
        )}
      </div>
      {children(id)}
    </div>
  );
}
