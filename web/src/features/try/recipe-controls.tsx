// The few controls of a recipe that one tries first.

import type { CSSProperties } from 'react';
import { formatName } from '../../format/words.ts';
import { Select } from '../../parts/select.tsx';
import { Field } from './field.tsx';
import { hasQuality, MAX_SIDE, type RecipeForm, TRY_FITS, TRY_FORMATS, type TryFit } from './recipe-form.ts';
import { Toggle } from './toggle.tsx';

const FIT_WORDS: Record<TryFit, string> = {
  inside: 'Fit inside',
  cover: 'Fill and cut',
  contain: 'Fit and pad',
  fill: 'Stretch',
  outside: 'At least',
};

const SIDES = [64, 128, 256, 512, 1024];

interface RecipeControlsProps {
  form: RecipeForm;
  onChange: (form: RecipeForm) => void;
}

export function RecipeControls({ form, onChange }: RecipeControlsProps) {
  const set = (change: Partial<RecipeForm>) => onChange({ ...form, ...change });
  return (
    <form className="grid gap-6" onSubmit={(event) => event.preventDefault()}>
      <fieldset className="min-w-0">
        <legend className="mb-2 font-semibold">Size</legend>
        <div className="flex gap-1">
          {SIDES.map((side) => (
            <button
              key={side}
              type="button"
              aria-pressed={form.width === side && form.height === side}
              onClick={() => set({ width: side, height: side })}
              className="numbers h-9 grow rounded-lg bg-raised text-sm font-medium text-soft transition-colors hover:bg-line hover:text-ink aria-pressed:bg-ink aria-pressed:text-ground"
            >
              {side}
            </button>
          ))}
        </div>
        <div className="mt-3 grid grid-cols-2 gap-3">
          <SideField label="Width" value={form.width} onChange={(width) => set({ width })} />
          <SideField label="Height" value={form.height} onChange={(height) => set({ height })} />
        </div>
        <Select label="Fit" value={form.fit} onChange={(fit) => set({ fit })} className="mt-3 w-full [&_select]:grow">
          {TRY_FITS.map((fit) => (
            <option key={fit} value={fit}>
              {FIT_WORDS[fit]}
            </option>
          ))}
        </Select>
      </fieldset>

      <fieldset className="min-w-0">
        <legend className="mb-2 font-semibold">Format</legend>
        <div className="flex gap-1 rounded-xl bg-raised p-1">
          {TRY_FORMATS.map((format) => (
            <label
              key={format}
              className="relative grid h-9 grow place-items-center rounded-lg px-1 text-sm font-medium text-soft transition-colors hover:text-ink has-checked:bg-ink has-checked:text-ground has-focus-visible:outline-2 has-focus-visible:outline-lit"
            >
              <input
                type="radio"
                name="format"
                value={format}
                checked={form.format === format}
                onChange={() => set({ format })}
                className="absolute inset-0 cursor-pointer appearance-none outline-none"
              />
              {format === 'same' ? 'Same' : formatName(format)}
            </label>
          ))}
        </div>
        <Field label="Quality" value={hasQuality(form.format) ? `${form.quality}` : '–'} className="mt-4">
          {(id) => (
            <input
              id={id}
              type="range"
              min={1}
              max={100}
              value={form.quality}
              disabled={!hasQuality(form.format)}
              onChange={({ currentTarget }) => set({ quality: currentTarget.valueAsNumber })}
              style={{ '--filled': `${form.quality}%` } as CSSProperties}
              className="slider w-full disabled:opacity-40"
            />
          )}
        </Field>
      </fieldset>

      <fieldset className="grid min-w-0 gap-1">
        <legend className="mb-1 font-semibold">Colour</legend>
        <Toggle label="Negate" checked={form.negate} onChange={(negate) => set({ negate })} />
        <Toggle label="Greyscale" checked={form.grayscale} onChange={(grayscale) => set({ grayscale })} />
      </fieldset>
    </form>
  );
}

interface SideFieldProps {
  label: string;
  value: number | undefined;
  onChange: (value: number | undefined) => void;
}

function SideField({ label, value, onChange }: SideFieldProps) {
  return (
    <Field label={label}>
      {(id) => (
        <input
          id={id}
          type="number"
          inputMode="numeric"
          min={1}
          max={MAX_SIDE}
          placeholder="auto"
          value={value ?? ''}
          onChange={({ currentTarget: { valueAsNumber: typed } }) =>
            onChange(Number.isNaN(typed) ? undefined : Math.min(MAX_SIDE, Math.max(1, Math.round(typed))))
          }
          className="numbers h-10 w-full rounded-lg border border-line bg-surface px-3 placeholder:text-soft hover:border-edge"
        />
      )}
    </Field>
  );
}
