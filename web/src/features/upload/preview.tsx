// A small preview of a file on this device.
import { useEffect, useRef, useState } from 'react';
import { Icon } from '../../parts/icon.tsx';
import { drawPreview } from './draw-preview.ts';

/** @param dimmed while something else is to be read over it */
export function Preview({ blob, dimmed }: { blob: Blob; dimmed: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [state, setState] = useState<'drawing' | 'drawn' | 'broken'>('drawing');

  useEffect(() => {
    const giveUp = new AbortController();
    drawPreview(blob, canvas.current, giveUp.signal).then(
      (drawn) => drawn && setState('drawn'),
      () => setState('broken'),
    );
    return () => giveUp.abort();
  }, [blob]);

  return (
    <>
      <canvas
        ref={canvas}
        className={`size-full object-cover transition-opacity duration-300 ${state === 'drawn' ? (dimmed ? 'opacity-60' : '') : 'opacity-0'}`}
      />
      {state === 'drawing' && <span className="absolute inset-0 animate-wait bg-raised" />}
      {state === 'broken' && (
        <span className="absolute inset-0 grid place-items-center text-soft">
          <Icon name="image" className="size-7" />
        </span>
      )}
    </>
  );
}
