// A message as it was received: always text, whatever it holds.
import { useQuery } from '@tanstack/react-query';
import { inWords } from '../../api/fault-words.ts';
import { eventQuery } from '../../api/queries.ts';
import { Bar } from '../../parts/bar.tsx';

export function Payload({ id }: { id: number }) {
  const event = useQuery(eventQuery(id));
  if (event.isPending) return <Bar label="Loading the message" />;
  if (event.isError) return <p className="text-bad">{inWords(event.error)}</p>;
  const { payload, sentId } = event.data;
  return (
    <>
      {sentId !== null && (
        <p className="mb-2 text-xs [overflow-wrap:anywhere] text-soft">
          Its sender calls it <bdi>{sentId}</bdi>.
        </p>
      )}
      {payload ? (
        <section
          aria-label="Message as received"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
          className="max-h-80 overflow-y-auto rounded-lg border border-line bg-mat p-3"
        >
          <pre dir="ltr" className="font-mono text-[0.8125rem] [overflow-wrap:anywhere] whitespace-pre-wrap">
            {payload}
          </pre>
        </section>
      ) : (
        <p className="text-soft">It had no content.</p>
      )}
    </>
  );
}
