// The pictures, newest first; more come as one nears the end.
import { useEffect, useEffectEvent, useRef } from 'react';
import type { Picture } from '../../api/types.ts';
import { Button } from '../../parts/button.tsx';
import { PictureCard } from './picture-card.tsx';

interface PictureGridProps {
  pictures: Picture[];
  more: boolean;
  loadingMore: boolean;
  onMore: () => void;
}

export function PictureGrid({ pictures, more, loadingMore, onMore }: PictureGridProps) {
  return (
    <>
      <ul aria-label="Pictures" className={GRID}>
        {pictures.map((picture) => (
          <PictureCard key={picture.id} picture={picture} />
        ))}
      </ul>
      {more && <More busy={loadingMore} onMore={onMore} />}
    </>
  );
}

/** Room for pictures that are still on their way from the server, so that nothing moves when they come. */
export function PictureGridGhost() {
  return (
    <div role="progressbar" aria-label="Loading the pictures" className={GRID}>
      {[0, 1, 2, 3, 4, 5].map((place) => (
        <div key={place} className="animate-wait overflow-hidden rounded-xl border border-line bg-surface">
          <div className="aspect-8/3 bg-mat" />
          <div className="h-17" />
        </div>
      ))}
    </div>
  );
}

const GRID = 'grid grid-cols-[repeat(auto-fill,minmax(min(22rem,100%),1fr))] gap-4 lg:gap-5';

function More({ busy, onMore }: { busy: boolean; onMore: () => void }) {
  const end = useRef<HTMLDivElement>(null);
  const loadMore = useEffectEvent(onMore);
  useEffect(() => {
    const watched = end.current;
    if (!watched || busy) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && loadMore(), { rootMargin: '800px' });
    observer.observe(watched);
    return () => observer.disconnect();
  }, [busy]);
  return (
    <div ref={end} className="mt-6 flex justify-center">
      <Button busy={busy} onClick={onMore}>
        Show more
      </Button>
    </div>
  );
}
