// A switch: a checkbox by its nature, so that every keyboard and screen reader knows it.

interface ToggleProps {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

export function Toggle({ label, checked, onChange }: ToggleProps) {
  return (
    <label className="-mx-2 flex items-center justify-between rounded-lg px-2 py-1.5 hover:bg-raised">
      {label}
      <span className="relative inline-flex">
        <input
          type="checkbox"
          role="switch"
          aria-checked={checked}
          checked={checked}
          onChange={({ currentTarget }) => onChange(currentTarget.checked)}
          className="peer h-6 w-10 cursor-pointer appearance-none rounded-full bg-edge transition-colors checked:bg-light"
        />
        <span className="pointer-events-none absolute start-1 top-1 size-4 rounded-full bg-knob shadow transition-transform peer-checked:translate-x-4 rtl:peer-checked:-translate-x-4" />
      </span>
    </label>
  );
}
