// Says that the server is gone, and goes away by itself when it is back.
import { useEffect, useState, useSyncExternalStore } from 'react';
import { feedState } from '../api/feed.ts';
import { Icon } from '../parts/icon.tsx';

/** A server that restarts is back before anybody needs to hear of it. */
const PATIENCE_MS = 1_200;

/** @param live shows only while the feed is lost; otherwise at once, for where there is no feed yet */
export function ServerBanner({ live = false }: { live?: boolean }) {
  const lost = useSyncExternalStore(feedState.subscribe, () => feedState.read() === 'lost');
  const [late, setLate] = useState(false);

  useEffect(() => {
    if (!lost) {
      setLate(false);
      return;
    }
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [lost]);

  const shown = live ? lost && late : true;
  return (
    <div role="alert" className="pointer-events-none fixed inset-x-0 top-3 z-20 flex justify-center px-4">
      {shown && (
        <p className="pointer-events-auto flex max-w-xl animate-arrive items-center gap-3 rounded-xl border border-line bg-surface px-4 py-3 shadow-float">
          <Icon name="warning" className="size-5 text-bad" />
          <span>
            <strong className="font-semibold">Pixmill does not answer.</strong>{' '}
            <span className="text-soft">Trying again; what you see may be old.</span>
          </span>
        </p>
      )}
    </div>
  );
}
