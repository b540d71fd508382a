// A box of figures, each with its name.
import type { ReactNode } from 'react';

interface FiguresProps {
  title: string;
  /** What the figures mean or since when they count. */
  note?: string;
  figures: [name: string, value: ReactNode][];
}

export function Figures({ title, note, figures }: FiguresProps) {
  return (
    <section className="rounded-xl border border-line bg-surface p-5">
      <h2 className="font-semibold">{title}</h2>
      {note && <p className="text-sm text-soft">{note}</p>}
      <dl className="numbers mt-3 grid grid-cols-[minmax(0,1fr)_auto] gap-x-5 gap-y-1.5 text-sm">
        {figures.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-soft">{name}</dt>
            <dd className="text-end font-medium">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
