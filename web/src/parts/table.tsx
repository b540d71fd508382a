// A table on a wide window; on a narrow one a card for each of its groups, whose cells say their column themselves.
import type { ComponentProps, ReactNode } from 'react';

interface TableProps {
  /** What it lists. */
  label: string;
  columns: string[];
  /** Rows are those of a question asked before, while the answer to the latest is awaited. */
  busy?: boolean;
  children: ReactNode;
}

/** Its children are groups. */
export function Table({ label, columns, busy = false, children }: TableProps) {
  return (
    <table
      aria-label={label}
      aria-busy={busy}
      className={`w-full text-sm transition-opacity delay-200 max-lg:block lg:overflow-hidden lg:rounded-xl lg:border lg:border-line lg:bg-surface ${busy ? 'opacity-50' : ''}`}
    >
      <thead className="text-start max-lg:sr-only">
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col" className="px-3 py-2.5 text-start font-medium text-soft">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      {children}
    </table>
  );
}

/** Rows that belong together. */
export function Group({ children }: { children: ReactNode }) {
  return (
    <tbody className="border-line max-lg:mb-3 max-lg:block max-lg:rounded-xl max-lg:border max-lg:bg-surface max-lg:px-4 max-lg:py-2.5 lg:border-t">
      {children}
    </tbody>
  );
}

export function Row({ children }: { children: ReactNode }) {
  return (
    <tr className="max-lg:grid max-lg:gap-1.5 max-lg:py-1.5 max-lg:not-first:mt-1.5 max-lg:not-first:border-t max-lg:not-first:border-line max-lg:not-first:pt-3">
      {children}
    </tr>
  );
}

/** @param props.name of its column @param props.children where there are none, a dash stands for them, and no line on a card */
export function Cell({ name, children, className = '', ...rest }: ComponentProps<'td'> & { name: string }) {
  const empty = children === undefined || children === null;
  return (
    <td
      className={`px-3 py-2.5 align-top max-lg:gap-3 max-lg:p-0 ${empty ? 'max-lg:hidden' : 'max-lg:grid max-lg:grid-cols-[6rem_minmax(0,1fr)]'} ${className}`}
      {...rest}
    >
      <span className="text-soft lg:hidden" aria-hidden="true">
        {name}
      </span>
      <div className="min-w-0">{empty ? '–' : children}</div>
    </td>
  );
}

/** Room for rows that are on their way; shown only where they take longer than one likes to wait. */
export function TableGhost({ label }: { label: string }) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      className="animate-arrive overflow-hidden rounded-xl border border-line bg-surface [animation-delay:500ms]"
    >
      {[0, 1, 2, 3, 4, 5].map((place) => (
        <div key={place} className="flex animate-wait gap-6 border-line px-4 py-4 not-first:border-t">
          <div className="h-4 w-24 rounded bg-mat" />
          <div className="h-4 grow rounded bg-mat" />
          <div className="h-4 w-16 rounded bg-mat max-sm:hidden" />
        </div>
      ))}
    </div>
  );
}
