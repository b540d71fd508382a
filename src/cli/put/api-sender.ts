// Sends files by presigned URLs of the API, for servers of which we hold only a token. The server chooses the keys.
import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { Fault } from '../../domain/fault.ts';
import type { Connection } from '../connect.ts';
import { fileFault } from '../file-fault.ts';
import { printableName } from '../printable.ts';
import { contentTypeOf, type Sender } from './sender.ts';

export function openApiSender({ pixmill, ask }: Connection, bucket: string): Sender {
  return {
    bucket,
    async send({ path, size }, onBytes, signal) {
      const body = { name: basename(path), type: contentTypeOf(path), size, bucket };
      const upload = await ask(pixmill.POST('/api/v1/uploads', { body })).catch((error) => {
        throw error instanceof Fault ? named(path, error) : error;
      });
      // A file of known length that is read as it is sent.
      const file = await openAsBlob(path).catch((error) => {
        throw fileFault(path, 'read', error);
      });
      const response = await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: file, signal }).catch((cause) => {
        signal.throwIfAborted();
        throw new Fault(
          'store_unavailable',
          `${printableName(path)}: the store at ${new URL(upload.url).host} cannot be reached`,
          { cause },
        );
      });
      const said = await response.text();
      if (!response.ok) {
        throw new Fault('store_unavailable', `${printableName(path)}: the store answered ${response.status}`, { cause: said });
      }
      onBytes(size);
      return { bucket: upload.bucket, key: upload.key };
    },
  };
}

function named(path: string, { code, message, mend, cause }: Fault): Fault {
  return new Fault(code, `${printableName(path)}: ${message}`, { cause, ...(mend !== undefined && { mend }) });
}
