// A thin bar of progress; without a value it says that something is under way.

interface BarProps {
  label: string;
  /** 0–1. */
  value?: number | undefined;
  className?: string;
}

export function Bar({ label, value, className = '' }: BarProps) {
  const known = value !== undefined;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={known ? Math.round(value * 100) : undefined}
      className={`h-1 overflow-hidden rounded-full bg-line ${className}`}
    >
      {known ? (
        <div
          className="h-full origin-left rounded-full bg-light transition-transform duration-200 rtl:origin-right"
          style={{ transform: `scaleX(${Math.min(1, Math.max(0, value))})` }}
        />
      ) : (
        <div className="h-full w-2/7 animate-slide rounded-full bg-light" />
      )}
    </div>
  );
}
