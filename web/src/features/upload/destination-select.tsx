// Which pipeline's source the pictures go to.
import type { Pipeline } from '../../api/types.ts';
import { Select } from '../../parts/select.tsx';

interface DestinationSelectProps {
  pipelines: Pipeline[];
  value: string | undefined;
  onChange: (pipeline: string) => void;
}

export function DestinationSelect({ pipelines, value, onChange }: DestinationSelectProps) {
  return (
    <Select label="For" value={value ?? ''} onChange={onChange}>
      {pipelines.map(({ name, source }) => (
        <option key={name} value={name}>
          {name} ({source.bucket}/{source.prefix})
        </option>
      ))}
    </Select>
  );
}
