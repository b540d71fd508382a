// What every answer carries: a name of the request, and one of the process that answered it, as S3's clients log them.
import { randomBytes } from 'node:crypto';

/** `x-amz-id-2` and `HostId`: the same for everything that this process answers. */
export const HOST_ID = randomBytes(24).toString('base64');

let prefix = randomBytes(4).toString('hex').toUpperCase();
let count = 0;

/** Sixteen digits that no other request of this process has, and hardly one of another. */
export function nextRequestId(): string {
  count = (count + 1) % 0x100000000;
  if (count === 0) prefix = randomBytes(4).toString('hex').toUpperCase();
  return prefix + count.toString(16).toUpperCase().padStart(8, '0');
}

/** Headers of the answer to the request of that name. */
export function answerHeaders(id: string): Record<string, string> {
  return { server: 'Pixmill', 'x-amz-request-id': id, 'x-amz-id-2': HOST_ID };
}
