// A button in one of four weights.
import type { ComponentProps } from 'react';
import { Icon, type IconName } from './icon.tsx';

const LOOKS = {
  primary: 'bg-light text-onlight font-semibold hover:bg-glow',
  plain: 'bg-raised text-ink font-medium hover:bg-line',
  ghost: 'text-soft font-medium hover:bg-raised hover:text-ink',
  danger: 'bg-bad text-surface font-semibold hover:brightness-110',
};

interface ButtonProps extends ComponentProps<'button'> {
  look?: keyof typeof LOOKS;
  icon?: IconName;
  /** Shows a turning ring in place of the icon, and takes no clicks. */
  busy?: boolean;
}

export function Button({ look = 'plain', icon, busy = false, className = '', children, disabled, ...rest }: ButtonProps) {
  const shape = children === undefined ? 'size-10' : 'h-10 px-4';
  return (
    <button
      type="button"
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={`inline-flex shrink-0 items-center justify-center gap-2 rounded-lg whitespace-nowrap transition-colors duration-150 disabled:opacity-50 ${shape} ${LOOKS[look]} ${className}`}
      {...rest}
    >
      {busy ? <Ring /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

function Ring() {
  return <span className="size-4 animate-turn rounded-full border-2 border-current border-e-transparent" aria-hidden="true" />;
}
