// Which pictures are listed: of a pipeline, in a state, with words in their key.
import type { PictureFilter } from '../../api/queries.ts';
import type { PictureState, Pipeline } from '../../api/types.ts';
import { Select } from '../../parts/select.tsx';
import { WordsField } from '../../parts/words-field.tsx';

const STATES: [PictureState, string][] = [
  ['pending', 'Waiting'],
  ['done', 'Done'],
  ['failed', 'Failed'],
  ['delivered', 'Delivered'],
  ['gone', 'Deleted'],
];

interface PictureFiltersProps {
  filter: PictureFilter;
  pipelines: Pipeline[];
  onChange: (filter: PictureFilter) => void;
}

export function PictureFilters({ filter, pipelines, onChange }: PictureFiltersProps) {
  return (
    <search className="flex min-w-0 flex-wrap items-center gap-2 max-sm:w-full">
      <WordsField label="Find by name" words={filter.words} onChange={(words) => onChange({ ...filter, words })} />
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
