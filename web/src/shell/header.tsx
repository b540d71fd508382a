// The head of the page: where one is, whether news arrive, and the way out.
import { useSyncExternalStore } from 'react';
import { feedState } from '../api/feed.ts';
import { Logo } from '../parts/logo.tsx';
import type { Route } from './route.ts';
import { SignOut } from './sign-out.tsx';

const PAGES: { page: Route['page']; href: string; label: string }[] = [
  { page: 'pictures', href: '#pictures', label: 'Pictures' },
  { page: 'try', href: '#try', label: 'Try it' },
];

export function Header({ page, version }: { page: Route['page']; version: string | null }) {
  return (
    <header className="sticky top-0 z-10 border-b border-line bg-ground/85 backdrop-blur-md">
      <div className="mx-auto flex h-15 max-w-[2560px] items-center gap-2 px-4 sm:gap-6 sm:px-6 lg:px-8">
        <a href="#pictures" className="flex items-center gap-2.5 rounded-md" title={version ? `Pixmill ${version}` : undefined}>
          <Logo className="size-6" />
          <span className="text-[1.0625rem] font-semibold tracking-tight">Pixmill</span>
        </a>
        <nav aria-label="Pages" className="flex h-full items-stretch">
          {PAGES.map((each) => (
            <a
              key={each.page}
              href={each.href}
              aria-current={each.page === page ? 'page' : undefined}
              className="relative grid place-items-center px-2 font-medium whitespace-nowrap sm:px-3 text-soft -outline-offset-4 transition-colors hover:text-ink aria-[current]:text-ink aria-[current]:after:absolute aria-[current]:after:inset-x-3 aria-[current]:after:-bottom-px aria-[current]:after:h-0.5 aria-[current]:after:rounded-full aria-[current]:after:bg-light"
            >
              {each.label}
            </a>
          ))}
        </nav>
        <div className="ms-auto flex items-center gap-2 sm:gap-4">
          <LiveDot />
          <SignOut />
        </div>
      </div>
    </header>
  );
}

function LiveDot() {
  const state = useSyncExternalStore(feedState.subscribe, feedState.read);
  const live = state === 'live';
  return (
    <span className="flex items-center gap-2 text-sm text-soft" title={live ? 'Changes appear here by themselves' : undefined}>
      <span className={`size-2 rounded-full ${live ? 'bg-good' : 'animate-wait bg-edge'}`} aria-hidden="true" />
      <span className="max-sm:sr-only">{live ? 'Live' : 'Connecting'}</span>
    </span>
  );
}
