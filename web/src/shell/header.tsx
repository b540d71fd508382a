// The head of the page: where one is, whether news arrive, and the way out.
import { useSyncExternalStore } from 'react';
import { feedState } from '../api/feed.ts';
import { Logo } from '../parts/logo.tsx';
import { Link } from './link.tsx';
import type { PageName } from './route.ts';
import { SignOut } from './sign-out.tsx';

const PAGES: { page: PageName; href: string; label: string }[] = [
  { page: 'pictures', href: '/#pictures', label: 'Pictures' },
  { page: 'try', href: '/#try', label: 'Try it' },
  { page: 'events', href: '/events/history', label: 'Events' },
  { page: 'stats', href: '/events/stats', label: 'Statistics' },
  { page: 'files', href: '/files', label: 'Files' },
];

export function Header({ page, version }: { page: PageName; version: string | null }) {
  return (
    <header className="sticky top-0 z-10 border-b border-line bg-ground/85 backdrop-blur-md">
      <div className="mx-auto flex max-w-[2560px] flex-wrap items-center gap-x-2 px-4 sm:gap-x-6 sm:px-6 lg:px-8">
        <Link
          href="/#pictures"
          className="flex h-15 items-center gap-2.5 rounded-md"
          title={version ? `Pixmill ${version}` : undefined}
        >
          <Logo className="size-6" />
          <span className="text-[1.0625rem] font-semibold tracking-tight">Pixmill</span>
        </Link>
        <nav
          aria-label="Pages"
          className="flex h-15 items-stretch max-md:order-last max-md:-mx-2 max-md:h-11 max-md:w-full max-md:overflow-x-auto"
        >
          {PAGES.map((each) => (
            <Link
              key={each.page}
              href={each.href}
              aria-current={each.page === page ? 'page' : undefined}
              className="relative grid place-items-center px-2 font-medium whitespace-nowrap text-soft sm:px-3 -outline-offset-4 transition-colors hover:text-ink aria-[current]:text-ink aria-[current]:after:absolute aria-[current]:after:inset-x-3 aria-[current]:after:bottom-0 aria-[current]:after:h-0.5 aria-[current]:after:rounded-full aria-[current]:after:bg-light"
            >
              {each.label}
            </Link>
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
