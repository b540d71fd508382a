// Which pictures are listed: of a pipeline, in a state, with words in their key.
import { useEffect, useId, useState } from 'react';
import type { PictureFilter } from '../../api/queries.ts';
import type { PictureState, Pipeline } from '../../api/types.ts';
import { Icon } from '../../parts/icon.tsx';
import { Select } from '../../parts/select.tsx';

const STATES: [PictureState, string][] = [
  ['pending', 'Waiting'],
  ['done', 'Done'],
  ['failed', 'Failed'],
  ['delivered', 'Delivered'],
  ['gone', 'Deleted'],
];

/** Typing pauses this long before the server is asked. */
const PAUSE_MS = 200;

interface PictureFiltersProps {
  filter: PictureFilter;
  pipelines: Pipeline[];
  onChange: (filter: PictureFilter) => void;
}

export function PictureFilters({ filter, pipelines, onChange }: PictureFiltersProps) {
  return (
    <search className="flex min-w-0 flex-wrap items-center gap-2 max-sm:w-full">
      <WordsField words={filter.words} onChange={(words) => onChange({ ...filter, words })} />
      {pipelines.length > 1 && (
        <Select
          label="Pipeline"
          quiet
          className="max-sm:grow max-sm:[&_select]:grow"
          value={filter.pipeline ?? ''}
          onChange={(pipeline) => onChange({ ...filter, pipeline: pipeline || undefined })}
        >
          <option value="">All pipelines</option>
          {pipelines.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </Select>
      )}
      <Select
        label="State"
        quiet
        className="max-sm:grow max-sm:[&_select]:grow"
        value={filter.state ?? ''}
        onChange={(state) => onChange({ ...filter, state: state || undefined })}
      >
        <option value="">Any state</option>
        {STATES.map(([state, label]) => (
          <option key={state} value={state}>
            {label}
          </option>
        ))}
      </Select>
    </search>
  );
}

function WordsField({ words, onChange }: { words: string; onChange: (words: string) => void }) {
  const id = useId();
  const [typed, setTyped] = useState(words);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing starts the wait
  useEffect(() => {
    if (typed.trim() === words) return;
    const timer = setTimeout(() => onChange(typed.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);

  return (
    <span className="relative max-sm:w-full">
      <label htmlFor={id} className="sr-only">
        Find by name
      </label>
      <Icon name="search" className="pointer-events-none absolute start-3 top-3 size-4 text-soft" />
      <input
        id={id}
        type="search"
        value={typed}
        maxLength={200}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        placeholder="Find by name"
        autoComplete="off"
        spellCheck={false}
        className="h-10 w-full rounded-lg border border-line bg-surface ps-9 pe-3 placeholder:text-soft hover:border-edge sm:w-56"
      />
    </span>
  );
}
