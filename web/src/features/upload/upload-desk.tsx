// The upload desk at the foot of the page: chosen pictures are looked at, sent, and watched on their way.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useId, useRef, useState, useSyncExternalStore } from 'react';
import { pipelinesQuery } from '../../api/queries.ts';
import { formatBytes } from '../../format/bytes.ts';
import { count } from '../../format/words.ts';
import { announce } from '../../parts/announcer.tsx';
import { Bar } from '../../parts/bar.tsx';
import { Button } from '../../parts/button.tsx';
import { ChooseButton } from './choose-button.tsx';
import { DestinationSelect } from './destination-select.tsx';
import { offerFiles, takeFiles, useWaitingFiles } from './inbox.ts';
import { pictureType } from './picture-files.ts';
import { UploadFrame } from './upload-frame.tsx';
import { phaseOf, totalsOf } from './upload-progress.ts';
import { createUploader, type Uploader, type UploadFile } from './uploader.ts';

/** How long the desk stays after everything has arrived. */
const LINGER_MS = 2_500;

export default function UploadDesk() {
  const [uppy] = useState(createUploader);
  const files = useFiles(uppy);
  const refused = useIncoming(uppy);
  const pipelines = useQuery(pipelinesQuery).data ?? [];
  const [chosen, setChosen] = useState<string>();
  const heading = useId();
  const desk = useRef<HTMLElement>(null);
  const top = useRef<HTMLHeadingElement>(null);
  const totals = totalsOf(files);
  const pipeline = chosen ?? pipelines[0]?.name;
  useLeaving(totals.files > 0 && totals.done === totals.files, () => {
    if (desk.current?.contains(document.activeElement)) focusInPlace(document.getElementById('main'));
    uppy.clear();
    refused.forget();
  });

  if (totals.files === 0 && refused.names.length === 0) return null;

  function send() {
    // The button goes away with what was ready, and the focus would be lost with it.
    focusInPlace(top.current);
    for (const file of files) if (phaseOf(file) === 'ready' && pipeline !== undefined) uppy.setFileMeta(file.id, { pipeline });
    // How it went is written on each file.
    void uppy.upload().catch(() => undefined);
  }

  return (
    <section
      ref={desk}
      aria-labelledby={heading}
      className="sticky bottom-0 z-10 animate-arrive border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] shadow-float"
    >
      <div className="mx-auto max-w-[2560px] px-4 py-4 sm:px-6 lg:px-8">
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
          <div className="min-w-0">
            <h2 id={heading} ref={top} tabIndex={-1} className="font-semibold outline-none">
              {headline(totals)}
            </h2>
            <p className="numbers text-sm text-soft">{figures(totals)}</p>
          </div>
          <div className="flex flex-wrap items-center gap-2">
            {totals.ready > 0 && pipelines.length > 1 && (
              <DestinationSelect pipelines={pipelines} value={pipeline} onChange={setChosen} />
            )}
            {totals.sending === 0 && totals.done < totals.files && (
              <ChooseButton label="Add more" multiple onFiles={offerFiles} />
            )}
            {totals.failed > 1 && <Button onClick={() => void uppy.retryAll().catch(() => undefined)}>Try all again</Button>}
            {totals.files > 0 && totals.done < totals.files && (
              <Button look="ghost" onClick={() => uppy.cancelAll()}>
                {totals.sending > 0 ? 'Cancel all' : 'Clear'}
              </Button>
            )}
            {totals.files === 0 && (
              <Button look="ghost" onClick={refused.forget}>
                Close
              </Button>
            )}
            {totals.ready > 0 && (
              <Button look="primary" icon="upload" ref={focusInPlace} className="max-sm:w-full" onClick={send}>
                Upload {count(totals.ready, 'picture')}
              </Button>
            )}
          </div>
        </div>
        {totals.sending > 0 && (
          <Bar label="All uploads" value={totals.bytes > 0 ? totals.sent / totals.bytes : undefined} className="mt-3" />
        )}
        {refused.names.length > 0 && (
          <p role="alert" className="mt-3 text-sm text-bad">
            Not a picture, and left out: <bdi>{refused.names.join(', ')}</bdi>
          </p>
        )}
        {totals.files > 0 && (
          <ul className="mt-3 flex gap-4 overflow-x-auto pt-2 pb-1" aria-label="Pictures to upload">
            {files.map((file) => (
              <UploadFrame
                key={file.id}
                file={file}
                onRemove={() => uppy.removeFile(file.id)}
                onRetry={() => void uppy.retryUpload(file.id)?.catch(() => undefined)}
              />
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

/** The desk sticks to the foot of the window; without this the browser would scroll to the foot of the page. */
function focusInPlace(element: HTMLElement | null): void {
  element?.focus({ preventScroll: true });
}

function headline({ files, ready, sending, done, failed }: ReturnType<typeof totalsOf>): string {
  if (files === 0) return 'Nothing to upload';
  if (sending > 0) return `Uploading ${done + 1} of ${files - ready}`;
  if (done === files) return `${count(done, 'picture')} uploaded`;
  if (failed > 0 && ready === 0) return `${count(failed, 'picture')} did not arrive`;
  return `${count(ready, 'picture')} ready`;
}

function figures({ bytes, sent, sending, files }: ReturnType<typeof totalsOf>): string {
  if (files === 0) return 'Pixmill takes pictures: JPEG, PNG, WebP, AVIF, GIF, TIFF.';
  return sending > 0 ? `${formatBytes(sent)} of ${formatBytes(bytes)}` : formatBytes(bytes);
}

function useFiles(uppy: Uploader): UploadFile[] {
  const byId = useSyncExternalStore(
    (listener) => {
      uppy.on('state-update', listener);
      return () => uppy.off('state-update', listener);
    },
    () => uppy.getState().files,
  );
  return Object.values(byId);
}

/** Puts waiting files on the desk. @returns the names of those that are no pictures */
function useIncoming(uppy: Uploader) {
  const waiting = useWaitingFiles();
  const [names, setNames] = useState<string[]>([]);
  useEffect(() => {
    if (waiting.length === 0) return;
    const taken = takeFiles();
    for (const file of taken) {
      const type = pictureType(file);
      if (type === undefined) continue;
      try {
        uppy.addFile({ name: file.name, type, data: file, source: 'page' });
      } catch {
        // The same file lies on the desk already.
      }
    }
    setNames(taken.filter((file) => pictureType(file) === undefined).map(({ name }) => name));
  }, [uppy, waiting]);
  return { names, forget: () => setNames([]) };
}

/** Clears the desk a moment after everything has arrived. */
function useLeaving(finished: boolean, leave: () => void) {
  const leaveNow = useEffectEvent(leave);
  useEffect(() => {
    if (!finished) return;
    announce('All pictures are uploaded.');
    const timer = setTimeout(() => leaveNow(), LINGER_MS);
    return () => clearTimeout(timer);
  }, [finished]);
}
