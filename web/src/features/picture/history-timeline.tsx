// What was heard of a picture and done about it, in the order of time.
import { useQuery } from '@tanstack/react-query';
import { inWords } from '../../api/fault-words.ts';
import { historyQuery } from '../../api/queries.ts';
import type { Chapter, Picture } from '../../api/types.ts';
import { formatDuration, formatMoment } from '../../format/time.ts';
import { Bar } from '../../parts/bar.tsx';

const DOTS: Record<Chapter['what'], string> = {
  event: 'bg-edge',
  action: 'bg-ink',
  rendition: 'bg-light',
  failure: 'bg-bad',
};

const KINDS: Record<string, string> = {
  put: 'Arrived',
  delete: 'Deletion heard of',
  look: 'Asked to look',
  made: 'Rendition made',
};

export function HistoryTimeline({ picture }: { picture: Picture }) {
  const history = useQuery(historyQuery(picture.bucket, picture.key));
  if (history.isPending) return <Bar label="Loading the history" className="my-4" />;
  if (history.isError) return <p className="text-sm text-bad">{inWords(history.error)}</p>;
  return (
    <ol className="relative ms-1 border-s border-line">
      {history.data.story.map((chapter, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the story only grows at its end, and a chapter has no other name
        <li key={place} className="relative pb-4 ps-6 last:pb-0">
          <span className={`absolute -start-[4.5px] top-1.5 size-2 rounded-full ${DOTS[chapter.what]}`} aria-hidden="true" />
          <p className="flex flex-wrap items-baseline justify-between gap-x-4 text-sm">
            <span className="font-medium">{title(chapter)}</span>
            <span className="numbers text-xs text-soft">
              {chapter.ms !== null && `${formatDuration(chapter.ms)} · `}
              <time dateTime={chapter.at}>{formatMoment(chapter.at)}</time>
            </span>
          </p>
          {chapter.detail && (
            <p dir="auto" className="text-sm break-words text-soft">
              {chapter.detail}
            </p>
          )}
        </li>
      ))}
    </ol>
  );
}

function title({ what, kind, attempt }: Chapter): string {
  const name = what === 'failure' ? 'Given up' : (KINDS[kind] ?? kind.charAt(0).toUpperCase() + kind.slice(1));
  return attempt !== null && attempt > 1 ? `${name}, attempt ${attempt}` : name;
}
