// Sends pictures straight into the store: Uppy carries them, Pixmill signs each one's way.
import AwsS3 from '@uppy/aws-s3';
import Uppy, { type UppyFile } from '@uppy/core';
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
  const places = new Map<string, { bucket: string; key: string }>();

  uppy.use(AwsS3<UploadMeta, UploadBody>, {
    limit: AT_ONCE,
    shouldUseMultipart: false,
    // The server chooses the key; until then the file's own id stands for it.
    generateObjectKey: ({ id }) => id,
    async signRequest({ key: id }) {
      const file = uppy.getFile(id);
      const { pipeline } = file.meta;
      const upload = await answer(
        pixmill.POST('/api/v1/uploads', {
          body: {
            name: file.name,
            type: pictureType(file) ?? '',
            size: file.size ?? 0,
            ...(pipeline !== undefined && { pipeline }),
          },
        }),
      );
      places.set(id, { bucket: upload.bucket, key: upload.key });
      return { url: upload.url, key: upload.key, headers: upload.headers };
    },
  });

  uppy.on('upload-success', (file) => {
    const place = file && places.get(file.id);
    if (place) void tellArrived(place);
  });
  // Uppy has written its own words into the file by the time this is called.
  uppy.on('upload-error', (file, error) => {
    if (file) uppy.setFileState(file.id, { error: uploadWords(error) });
  });
  return uppy;
}

/** The object is safe in the store by now; if this word is lost, the store's own event or the next run finds it. */
async function tellArrived(place: { bucket: string; key: string }): Promise<void> {
  for (const wait of [...TELL_AGAIN_MS, undefined]) {
    try {
      await answer(pixmill.POST('/api/v1/uploads/complete', { body: place }));
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
  return 'The store could not be reached from this browser. Check the connection and try again.';
}
