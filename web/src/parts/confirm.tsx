// Asks before something is lost.
import { type ReactNode, useId } from 'react';
import { Button } from './button.tsx';
import { Modal } from './modal.tsx';

interface ConfirmProps {
  title: string;
  children: ReactNode;
  /** What the button that goes ahead says: a verb. */
  action: string;
  busy: boolean;
  fault: string | undefined;
  onConfirm: () => void;
  onCancel: () => void;
}

export function Confirm({ title, children, action, busy, fault, onConfirm, onCancel }: ConfirmProps) {
  const heading = useId();
  return (
    <Modal labelledBy={heading} onClose={onCancel} className="w-[min(28rem,calc(100vw-2rem))]">
      <div className="p-6">
        <h2 id={heading} className="text-lg font-semibold text-balance">
          {title}
        </h2>
        <div className="mt-2 text-soft">{children}</div>
        {fault && (
          <p role="alert" className="mt-3 rounded-lg bg-badground px-3 py-2 text-bad">
            {fault}
          </p>
        )}
        <div className="mt-6 flex flex-wrap justify-end gap-2">
          <Button onClick={onCancel}>Cancel</Button>
          <Button look="danger" busy={busy} onClick={onConfirm}>
            {action}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
