// Sends pictures straight into the store: Uppy carries them, Pixmill signs each one's way.
import AwsS3 from '@uppy/aws-s3';
import Uppy, { type UppyFile } from '@uppy/core';
import type { Upload } from '../../../../sdk/client.ts';
import { ProblemError } from '../../../../sdk/problem.ts';
import { answer, pixmill } from '../../api/client.ts';
import { inWords } from '../../api/fault-words.ts';
import { pictureType } from './picture-files.ts';

export interface UploadMeta {
  [key: string]: unknown;
  /** Whose source it goes to; the server's choice where undefined. */
  pipeline?: string;
}
type UploadBody = Record<string, never>;
export type Uploader = Uppy<UploadMeta, UploadBody>;
export type UploadFile = UppyFile<UploadMeta, UploadBody>;

/** Pictures sent at once. Browsers allow six connections to one host, and the page needs some for itself. */
const AT_ONCE = 4;

/** How long to wait before each next attempt to tell the server of an upload that has arrived, in milliseconds. */
const TELL_AGAIN_MS = [500, 2_000, 5_000];

export function createUploader(): Uploader {
  const uppy: Uploader = new Uppy<UploadMeta, UploadBody>({ logger: { debug() {}, warn() {}, error() {} } });
  const begun = new Map<string, Upload>();

  uppy.use(AwsS3<UploadMeta, UploadBody>, {
    limit: AT_ONCE,
    shouldUseMultipart: false,
    // The server chooses the key; until then the file's own id stands for it.
    generateObjectKey: ({ id }) => id,
    async signRequest({ key: id }) {
      const file = uppy.getFile(id);
      const { pipeline } = file.meta;
      // Tried again, it goes where it was on its way to, rather than to a second name.
      const last = begun.get(id);
      const upload = last && isGood(last) ? last : await begin(file, pipeline);
      begun.set(id, upload);
      return { url: upload.url, key: upload.key, headers: upload.headers };
    },
  });

  uppy.on('file-removed', ({ id }) => {
    begun.delete(id);
  });
  uppy.on('upload-success', (file) => {
    const upload = file && begun.get(file.id);
    if (!upload) return;
    begun.delete(file.id);
    void tellArrived(upload);
  });
  // Uppy has written its own words into the file by the time this is called.
  uppy.on('upload-error', (file, error) => {
    if (file) uppy.setFileState(file.id, { error: uploadWords(error) });
  });
  return uppy;
}

function begin(file: UploadFile, pipeline: string | undefined): Promise<Upload> {
  const { name, size } = file;
  const body = { name, type: pictureType(file) ?? '', size: size ?? 0, ...(pipeline !== undefined && { pipeline }) };
  return answer(pixmill.POST('/api/v1/uploads', { body }));
}

/** True while a presigned address has a minute or more left. */
function isGood({ expiresAt }: Upload): boolean {
  return Date.parse(expiresAt) - Date.now() > 60_000;
}

/** The object is safe in the store by now; if this word is lost, the store's own event or the next run finds it. */
async function tellArrived({ bucket, key }: Upload): Promise<void> {
  for (const wait of [...TELL_AGAIN_MS, undefined]) {
    try {
      await answer(pixmill.POST('/api/v1/uploads/complete', { body: { bucket, key } }));
      return;
    } catch {
      if (wait !== undefined) await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

function uploadWords(error: { name: string; message: string }): string {
  if (error instanceof ProblemError) return inWords(error);
  const status = (error as { status?: unknown }).status;
  if (typeof status === 'number' && status > 0)
    return `The store refused it (status ${status}). Try again, or look at the server's log.`;
  return 'The store could not be reached. Try again once the connection is back.';
}
