// Renders a picture by a recipe on the server, anew at each change, and keeps the last answer until the next is there.
import { useEffect, useState } from 'react';
import { answer, pixmill } from '../../api/client.ts';
import { inWords } from '../../api/fault-words.ts';
import { pictureType } from '../upload/picture-files.ts';

export interface Rendered {
  /** An object URL of the bytes. */
  url: string;
  bytes: number;
  type: string;
  width: number;
  height: number;
  /** Milliseconds that the server took to decode and render, and until the bytes were here. */
  serverMs: number;
  hereMs: number;
}

export interface Rendering {
  rendered: Rendered | undefined;
  busy: boolean;
  fault: string | undefined;
}

const NOTHING: Rendering = { rendered: undefined, busy: false, fault: undefined };

/** Changes pause this long before the server is asked. */
const PAUSE_MS = 180;

/** @param recipe as JSON */
export function useRendering(file: File | undefined, recipe: string): Rendering {
  const [rendering, setRendering] = useState(NOTHING);

  // Of another picture, nothing of the last one may stay.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the file is what it waits for
  useEffect(() => setRendering(NOTHING), [file]);

  useEffect(() => {
    if (!file) return;
    const giveUp = new AbortController();
    setRendering((last) => ({ ...last, busy: true }));
    const timer = setTimeout(async () => {
      try {
        const rendered = await render(file, recipe, giveUp.signal);
        setRendering({ rendered, busy: false, fault: undefined });
      } catch (error) {
        if (!giveUp.signal.aborted) setRendering({ rendered: undefined, busy: false, fault: inWords(error) });
      }
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      giveUp.abort();
    };
  }, [file, recipe]);

  const url = rendering.rendered?.url;
  useEffect(() => {
    if (url) return () => URL.revokeObjectURL(url);
  }, [url]);
  return rendering;
}

async function render(file: File, recipe: string, signal: AbortSignal): Promise<Rendered> {
  const begun = performance.now();
  let headers = new Headers();
  const asked = pixmill.POST('/api/v1/render', {
    signal,
    params: { query: { recipe } },
    body: file as Blob as never,
    bodySerializer: (body) => body,
    headers: { 'content-type': pictureType(file) ?? 'application/octet-stream' },
    parseAs: 'blob',
  });
  asked.then(
    ({ response }) => {
      headers = response.headers;
    },
    () => {},
  );
  const blob = (await answer(asked)) as unknown as Blob;
  return {
    url: URL.createObjectURL(blob),
    bytes: blob.size,
    type: blob.type,
    width: Number(headers.get('x-pixmill-width')),
    height: Number(headers.get('x-pixmill-height')),
    serverMs: Number(headers.get('x-pixmill-ms')),
    hereMs: performance.now() - begun,
  };
}
