// A field to find things by words; what was typed is asked for once typing pauses.
import { useEffect, useId, useRef, useState } from 'react';
import { Icon } from './icon.tsx';

/** Typing pauses this long before the server is asked. */
const PAUSE_MS = 200;

interface WordsFieldProps {
  label: string;
  words: string;
  onChange: (words: string) => void;
  /** Words to choose from. */
  known?: string[];
  className?: string;
}

export function WordsField({ label, words, onChange, known, className = 'sm:w-56' }: WordsFieldProps) {
  const id = useId();
  const [typed, setTyped] = useState(words);
  const said = useRef(words);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing starts the wait
  useEffect(() => {
    if (typed.trim() === words) return;
    const timer = setTimeout(() => {
      said.current = typed.trim();
      onChange(said.current);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);

  // What comes from elsewhere, such as the back button, is shown; what was typed here meanwhile is not lost to its own echo.
  useEffect(() => {
    if (words === said.current) return;
    said.current = words;
    setTyped(words);
  }, [words]);

  return (
    <span className={`relative max-sm:w-full ${className}`}>
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <Icon name="search" className="pointer-events-none absolute start-3 top-3 size-4 text-soft" />
      <input
        id={id}
        type="search"
        value={typed}
        maxLength={200}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        list={known && `${id}-known`}
        className="h-10 w-full rounded-lg border border-line bg-surface ps-9 pe-3 placeholder:text-soft hover:border-edge"
      />
      {known && (
        <datalist id={`${id}-known`}>
          {known.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
    </span>
  );
}
