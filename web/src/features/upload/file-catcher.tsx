// Catches pictures that are dropped anywhere on the page or pasted, and shows that it would while they are dragged over it.
import { useEffect, useEffectEvent, useState } from 'react';
import { Icon } from '../../parts/icon.tsx';
import { nameForPasted, pictureType } from './picture-files.ts';

interface FileCatcherProps {
  /** What letting go would do. */
  invitation: string;
  onFiles: (files: File[]) => void;
}

export function FileCatcher({ invitation, onFiles }: FileCatcherProps) {
  const [over, setOver] = useState(false);
  const catchFiles = useEffectEvent(onFiles);

  useEffect(() => {
    // Entering a child comes before leaving its parent, so only a count tells when the page was really left.
    let depth = 0;
    const listeners = {
      dragenter(event: DragEvent) {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        depth++;
        setOver(true);
      },
      dragleave(event: DragEvent) {
        if (!holdsFiles(event)) return;
        depth--;
        if (depth <= 0) setOver(false);
      },
      dragover(event: DragEvent) {
        if (holdsFiles(event)) event.preventDefault();
      },
      drop(event: DragEvent) {
        depth = 0;
        setOver(false);
        if (!holdsFiles(event)) return;
        event.preventDefault();
        catchFiles([...(event.dataTransfer?.files ?? [])]);
      },
      paste(event: ClipboardEvent) {
        const pictures = [...(event.clipboardData?.files ?? [])].filter((file) => pictureType(file) !== undefined);
        if (pictures.length === 0) return;
        event.preventDefault();
        catchFiles(pictures.map((file) => (/^image\.\w+$/.test(file.name) ? nameForPasted(file, new Date()) : file)));
      },
    };
    const entries = Object.entries(listeners) as [string, EventListener][];
    for (const [name, listener] of entries) addEventListener(name, listener);
    return () => {
      for (const [name, listener] of entries) removeEventListener(name, listener);
    };
  }, []);

  if (!over) return null;
  return (
    <div
      className="pointer-events-none fixed inset-0 z-40 grid animate-arrive place-items-center bg-ground/93 p-4 backdrop-blur-sm"
      aria-hidden="true"
    >
      <div className="grid size-full place-content-center justify-items-center gap-3 rounded-3xl border-2 border-dashed border-light text-center">
        <Icon name="upload" className="size-10 text-lit" />
        <p className="text-xl font-semibold text-balance">{invitation}</p>
      </div>
    </div>
  );
}

function holdsFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false;
}
