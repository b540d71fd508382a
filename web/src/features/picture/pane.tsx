// One side of the comparison: a picture with its name above and its facts below. On a narrow screen the pictures of all panes
// stay side by side, and the facts follow underneath, one after the other.
import type { ReactNode } from 'react';

interface PaneProps {
  title: ReactNode;
  /** The picture, or what stands for it. */
  children: ReactNode;
  facts: ReactNode;
  /** Buttons beside the title. */
  actions?: ReactNode;
}

export function Pane({ title, children, facts, actions }: PaneProps) {
  return (
    <section className="min-w-0 max-sm:contents">
      <div className="min-w-0">
        <header className="flex min-h-10 items-center justify-between gap-2">
          <h3 className="min-w-0 truncate font-semibold">{title}</h3>
          {actions}
        </header>
        <div
          data-frame=""
          className="relative mt-1 aspect-square overflow-hidden rounded-xl bg-mat sm:aspect-auto sm:h-[clamp(12rem,46dvh,34rem)]"
        >
          {children}
        </div>
      </div>
      {facts && (
        <div className="max-sm:order-1 max-sm:col-span-full">
          <p className="mt-4 -mb-1 font-semibold sm:hidden" aria-hidden="true">
            {title}
          </p>
          {facts}
        </div>
      )}
    </section>
  );
}
