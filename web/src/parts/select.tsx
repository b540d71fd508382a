// The system's own select, in the look of the page.
import { type ReactNode, useId } from 'react';

interface SelectProps<Value extends string> {
  label: string;
  /** Shows the label only to screen readers. */
  quiet?: boolean;
  value: Value;
  onChange: (value: Value) => void;
  children: ReactNode;
  className?: string;
}

export function Select<Value extends string>({
  label,
  quiet = false,
  value,
  onChange,
  children,
  className = '',
}: SelectProps<Value>) {
  const id = useId();
  return (
    <span className={`inline-flex min-w-0 items-center gap-2 ${className}`}>
      <label htmlFor={id} className={quiet ? 'sr-only' : 'text-sm text-soft'}>
        {label}
      </label>
      <select
        id={id}
        value={value}
        onChange={({ currentTarget }) => onChange(currentTarget.value as Value)}
        className="h-10 min-w-0 rounded-lg border border-line bg-surface px-2.5 font-medium hover:border-edge"
      >
        {children}
      </select>
    </span>
  );
}
