// Events by the door they came in and how they ended.
import type { Stats } from '../../api/types.ts';
import { Link } from '../../shell/link.tsx';
import { DOORS, OUTCOMES } from '../events/event-words.ts';

const ENDS = ['ok', 'error', 'open'] as const;

export function DoorTable({ events }: { events: Stats['events'] }) {
  return (
    <section className="rounded-xl border border-line bg-surface p-5">
      <h2 id="by-door" className="font-semibold">
        Events by door
      </h2>
      <table aria-labelledby="by-door" className="numbers mt-2 w-full text-sm">
        <thead>
          <tr>
            <th scope="col" className="py-1.5 pe-3 text-start font-medium text-soft">
              Door
            </th>
            {ENDS.map((end) => (
              <th key={end} scope="col" className="py-1.5 ps-3 text-end font-medium text-soft">
                {OUTCOMES[end]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {events.map((row) => (
            <tr key={row.door} className="border-t border-line">
              <th scope="row" className="py-1.5 pe-3 text-start font-normal">
                <Link
                  href={`/events/history?door=${row.door}`}
                  className="rounded-sm underline decoration-edge underline-offset-4 hover:decoration-ink"
                >
                  {DOORS[row.door]}
                </Link>
              </th>
              {ENDS.map((end) => (
                <td key={end} className={`py-1.5 ps-3 text-end ${toneOf(end, row[end])}`}>
                  {row[end].toLocaleString()}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function toneOf(end: (typeof ENDS)[number], amount: number): string {
  if (amount === 0) return 'text-soft';
  return end === 'error' ? 'font-medium text-bad' : 'font-medium';
}
