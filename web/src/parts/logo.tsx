// The sign: a mill of four picture-shaped sails around a lit pixel.

export function Logo({ className = 'size-7' }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" className={`shrink-0 ${className}`} aria-hidden="true" focusable="false">
      <g fill="currentColor">
        <rect x="2" y="2" width="12.5" height="6.5" rx="1.4" />
        <rect x="15.5" y="2" width="6.5" height="12.5" rx="1.4" />
        <rect x="9.5" y="15.5" width="12.5" height="6.5" rx="1.4" />
        <rect x="2" y="9.5" width="6.5" height="12.5" rx="1.4" />
      </g>
      <rect x="9.5" y="9.5" width="5" height="5" rx="1" className="fill-light" />
    </svg>
  );
}
