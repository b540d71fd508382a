// A dialog over the page: the browser's own, so that focus, Escape and what lies beneath are handled as everybody expects.
import { type ReactNode, useLayoutEffect, useRef } from 'react';

interface ModalProps {
  /** Id of the heading inside that names the dialog. */
  labelledBy: string;
  onClose: () => void;
  className?: string;
  children: ReactNode;
}

export function Modal({ labelledBy, onClose, className = '', children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);

  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // A heading that takes the focus is where reading begins; otherwise the browser has chosen the first control.
    document.querySelector<HTMLElement>(`#${CSS.escape(labelledBy)}[tabindex]`)?.focus();
    // Closed while it is still in the document, it gives the focus back to what opened it.
    return () => shown?.close();
  }, [labelledBy]);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the keyboard's way out, and the browser gives it as `cancel`
    <dialog
      ref={dialog}
      aria-labelledby={labelledBy}
      onCancel={(event) => {
        event.preventDefault();
        // A dialog above this one has its own Escape, which React hands on to this one too.
        if (event.target === dialog.current) onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
      className={`m-auto animate-arrive rounded-2xl border border-line bg-surface p-0 shadow-float ${className}`}
    >
      {children}
    </dialog>
  );
}
