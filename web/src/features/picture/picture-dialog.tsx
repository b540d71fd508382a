// One picture large: original and renditions side by side, everything known of them, and what happened when.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useRef } from 'react';
import { inWords } from '../../api/fault-words.ts';
import { pictureQuery } from '../../api/queries.ts';
import type { Picture } from '../../api/types.ts';
import { Bar } from '../../parts/bar.tsx';
import { Button } from '../../parts/button.tsx';
import { KeyText } from '../../parts/key-text.tsx';
import { Modal } from '../../parts/modal.tsx';
import { closePicture, switchPicture } from '../../shell/route.ts';
import { standings } from '../pictures/standing.ts';
import { DeletePicture } from './delete-picture.tsx';
import { HistoryTimeline } from './history-timeline.tsx';
import { OriginalPane } from './original-pane.tsx';
import { Panes } from './panes.tsx';
import { RenditionPane } from './rendition-pane.tsx';

interface PictureDialogProps {
  id: number;
  /** The listed pictures, in their order. */
  pictures: Picture[];
}

export function PictureDialog({ id, pictures }: PictureDialogProps) {
  const place = pictures.findIndex((picture) => picture.id === id);
  const asked = useQuery({ ...pictureQuery(id), enabled: place < 0 });
  const picture = pictures[place] ?? asked.data;
  const newer = pictures[place - 1];
  const older = place < 0 ? undefined : pictures[place + 1];
  const heading = useId();
  const top = useRef<HTMLDivElement>(null);

  useEffect(() => {
    function turn(event: KeyboardEvent) {
      if (event.altKey || event.ctrlKey || event.metaKey || (event.target as Element).closest('input, select, pre, code')) return;
      // The list runs in the reader's direction, and so do the arrows.
      const forward = document.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
      const neighbour = event.key === forward ? older : event.key.startsWith('Arrow') && isSideways(event) ? newer : undefined;
      if (neighbour) switchPicture(neighbour.id);
    }
    addEventListener('keydown', turn);
    return () => removeEventListener('keydown', turn);
  }, [newer, older]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another picture begins at its top
  useEffect(() => {
    top.current?.scrollTo(0, 0);
  }, [id]);

  return (
    <Modal
      labelledBy={heading}
      onClose={closePicture}
      className="h-dvh max-h-dvh w-full max-w-full overflow-hidden max-sm:rounded-none max-sm:border-0 sm:h-[min(94dvh,70rem)] sm:w-[min(96dvw,92rem)]"
    >
      <div className="flex h-full flex-col">
        <header className="flex items-center gap-1 border-b border-line py-2 ps-5 pe-2">
          <h2 id={heading} tabIndex={-1} className="min-w-0 grow truncate text-lg font-semibold outline-none">
            {picture ? <KeyText text={picture.key} /> : 'Picture'}
          </h2>
          {newer && <Button look="ghost" icon="left" aria-label="Newer picture" onClick={() => switchPicture(newer.id)} />}
          {older && <Button look="ghost" icon="right" aria-label="Older picture" onClick={() => switchPicture(older.id)} />}
          {picture && picture.state !== 'delivered' && picture.state !== 'gone' && (
            <DeletePicture key={picture.id} picture={picture} onDeleted={closePicture} />
          )}
          <Button look="ghost" icon="close" aria-label="Close" onClick={closePicture} />
        </header>
        <div ref={top} className="grow overflow-y-auto overscroll-contain px-5 pt-3 pb-8">
          {picture && <Inside key={picture.id} picture={picture} />}
          {!picture && asked.isPending && <Bar label="Loading the picture" />}
          {!picture && asked.isError && <p className="text-bad">{inWords(asked.error)}</p>}
        </div>
      </div>
    </Modal>
  );
}

function isSideways({ key }: KeyboardEvent): boolean {
  return key === 'ArrowLeft' || key === 'ArrowRight';
}

function Inside({ picture }: { picture: Picture }) {
  return (
    <>
      <Panes>
        <OriginalPane picture={picture} />
        {standings(picture).map((standing) => (
          <RenditionPane key={standing.id} picture={picture} standing={standing} />
        ))}
      </Panes>
      <section className="mt-8 max-w-3xl">
        <h3 className="mb-3 font-semibold">History</h3>
        <HistoryTimeline picture={picture} />
      </section>
    </>
  );
}
