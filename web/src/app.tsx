// The frame of the page: who is here, what is shown to them, and the live feed underneath.
import { QueryCache, QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect } from 'react';
import { statusOf } from './api/fault-words.ts';
import { openFeed } from './api/feed.ts';
import { sessionQuery, worthRetrying } from './api/queries.ts';
import type { Session } from './api/types.ts';
import { useDeskOpened } from './features/upload/inbox.ts';
import { PicturesPage } from './pages/pictures-page.tsx';
import { SignedOutPage } from './pages/signed-out-page.tsx';
import { Announcer } from './parts/announcer.tsx';
import { Bar } from './parts/bar.tsx';
import { Header } from './shell/header.tsx';
import { useRoute } from './shell/route.ts';
import { ServerBanner } from './shell/server-banner.tsx';

const TryPage = lazy(() => import('./pages/try-page.tsx'));
const EventsPage = lazy(() => import('./pages/events-page.tsx'));
const StatsPage = lazy(() => import('./pages/stats-page.tsx'));
const FilesPage = lazy(() => import('./pages/files-page.tsx'));
const UploadDesk = lazy(() => import('./features/upload/upload-desk.tsx'));

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // A session that ended while the page was open shows wherever the next answer comes from.
    onError(error) {
      if (statusOf(error) === 401) client.invalidateQueries({ queryKey: sessionQuery.queryKey });
    },
  }),
  // The feed says what changed, so nothing is asked for again merely because the window was looked at.
  defaultOptions: { queries: { staleTime: 60_000, retry: worthRetrying, refetchOnWindowFocus: false } },
});

export function App() {
  return (
    <QueryClientProvider client={client}>
      <Announcer />
      <Door />
    </QueryClientProvider>
  );
}

/** Shows the pictures to whoever is signed in, and the way in to everybody else. */
function Door() {
  const session = useQuery({ ...sessionQuery, retry: true, retryDelay: 1500 });
  if (!session.data) {
    return (
      <>
        {session.failureCount > 0 && <ServerBanner />}
        <Bar label="Opening Pixmill" className="fixed inset-x-0 top-0 rounded-none" />
      </>
    );
  }
  return session.data.signedIn ? <House session={session.data} /> : <SignedOutPage />;
}

function House({ session }: { session: Session }) {
  const route = useRoute();
  const deskOpened = useDeskOpened();
  useEffect(() => openFeed(client), []);

  return (
    <div className="flex min-h-dvh flex-col">
      <button
        type="button"
        onClick={() => document.getElementById('main')?.focus()}
        className="sr-only z-30 rounded-lg bg-light px-4 py-2 font-semibold text-onlight focus:not-sr-only focus:fixed focus:start-4 focus:top-3"
      >
        Skip to the content
      </button>
      <Header page={route.page} version={session.version} />
      <ServerBanner live />
      <main id="main" tabIndex={-1} className="mx-auto w-full max-w-[2560px] grow px-4 pb-16 outline-none sm:px-6 lg:px-8">
        {route.page === 'pictures' ? (
          <PicturesPage opened={route.picture} hideButton={session.hideButton} endpoint={session.s3Endpoint ?? undefined} />
        ) : (
          <Suspense fallback={<Bar label="Opening" className="mt-8" />}>
            {route.page === 'try' && <TryPage />}
            {route.page === 'events' && <EventsPage />}
            {route.page === 'stats' && <StatsPage />}
            {route.page === 'files' && <FilesPage opened={route.picture} />}
          </Suspense>
        )}
      </main>
      {deskOpened && (
        <Suspense>
          <UploadDesk />
        </Suspense>
      )}
    </div>
  );
}
