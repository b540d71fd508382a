// Which files are listed; all of it stands in the address.
import type { Search } from '../../api/queries.ts';
import { Select } from '../../parts/select.tsx';
import { WordsField } from '../../parts/words-field.tsx';
import { changeSearch } from '../../shell/route.ts';

const WIDE = 'max-sm:grow max-sm:[&_select]:grow';

/** A filter that changes begins with the first file again. */
function filterBy(changes: Record<string, string>, step = true): void {
  changeSearch({ ...changes, cursor: undefined }, step);
}

export function FileFilters({ search, buckets }: { search: Search; buckets: string[] }) {
  return (
    <search className="my-5 flex min-w-0 flex-wrap items-center gap-2">
      <WordsField label="Part of the key" words={search.q ?? ''} onChange={(q) => filterBy({ q }, false)} />
      <Select
        label="Source bucket"
        quiet
        className={WIDE}
        value={search.bucket ?? ''}
        onChange={(bucket) => filterBy({ bucket })}
      >
        <option value="">Any source bucket</option>
        {buckets.map((bucket) => (
          <option key={bucket} value={bucket}>
            {bucket}
          </option>
        ))}
      </Select>
      <Select label="Standing" quiet className={WIDE} value={search.state ?? ''} onChange={(state) => filterBy({ state })}>
        <option value="">All files</option>
        <option value="missing">Something not found</option>
        <option value="drift">Drift</option>
      </Select>
    </search>
  );
}
