// A table of names and values.
import type { ReactNode } from 'react';

/** Facts that are undefined are left out. */
export function Facts({ facts }: { facts: Record<string, ReactNode | undefined> }) {
  return (
    <dl className="numbers mt-3 grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-1.5 text-sm">
      {Object.entries(facts).map(
        ([name, value]) =>
          value !== undefined && (
            <div key={name} className="contents">
              <dt className="text-soft">{name}</dt>
              <dd className="min-w-0 break-words">{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

/** A long identifier on one line; all of it can be selected, and is in the tooltip. */
export function Code({ text }: { text: string }) {
  return (
    <code dir="ltr" title={text} className="block truncate font-mono text-[0.8125rem] select-all">
      {text}
    </code>
  );
}
