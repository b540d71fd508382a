// Which events are listed; all of it stands in the address.
import type { Search } from '../../api/queries.ts';
import type { Door } from '../../api/types.ts';
import { Select } from '../../parts/select.tsx';
import { WordsField } from '../../parts/words-field.tsx';
import { changeSearch } from '../../shell/route.ts';
import { DOORS, OUTCOMES } from './event-words.ts';

const WIDE = 'max-sm:grow max-sm:[&_select]:grow';

/** A filter that changes begins at the newest again. */
function filterBy(changes: Record<string, string>, step = true): void {
  changeSearch({ ...changes, cursor: undefined }, step);
}

export function EventFilters({ search, buckets, senders }: { search: Search; buckets: string[]; senders: string[] }) {
  return (
    <search className="my-5 flex min-w-0 flex-wrap items-center gap-2">
      <WordsField label="Part of the key" words={search.q ?? ''} onChange={(q) => filterBy({ q }, false)} />
      <Select label="Door" quiet className={WIDE} value={search.door ?? ''} onChange={(door) => filterBy({ door })}>
        <option value="">Any door</option>
        {(Object.keys(DOORS) as Door[]).map((door) => (
          <option key={door} value={door}>
            {DOORS[door]}
          </option>
        ))}
      </Select>
      <Select label="Outcome" quiet className={WIDE} value={search.outcome ?? ''} onChange={(outcome) => filterBy({ outcome })}>
        <option value="">Any outcome</option>
        {Object.entries(OUTCOMES).map(([outcome, word]) => (
          <option key={outcome} value={outcome}>
            {word}
          </option>
        ))}
      </Select>
      <Select label="Bucket" quiet className={WIDE} value={search.bucket ?? ''} onChange={(bucket) => filterBy({ bucket })}>
        <option value="">Any bucket</option>
        {buckets.map((bucket) => (
          <option key={bucket} value={bucket}>
            {bucket}
          </option>
        ))}
      </Select>
      <WordsField
        label="Sender"
        words={search.sender ?? ''}
        onChange={(sender) => filterBy({ sender }, false)}
        known={senders}
        className="sm:w-44"
      />
    </search>
  );
}
