// Sends one event to one receiver, signed, and judges the answer.
import type { CloudEvent } from './event.ts';
import { type Answer, post } from './post.ts';
import { signedHeaders } from './signature.ts';

/** Longest wait that a receiver may ask for, in seconds. */
const MAX_WAIT = 6 * 3600;

export interface Receiver {
  url: string;
  secret: string;
  allowPrivate: boolean;
}

/** How it went. `later` comes not before so many seconds; `never` means that the receiver wants no more of it. */
export type Sent =
  | { result: 'delivered' }
  | { result: 'later'; reason: string; seconds: number }
  | { result: 'never'; reason: string };

/** @param options `version` of Pixmill; `timeoutMs` until the receiver must have answered */
export async function send(
  event: CloudEvent,
  { url, secret, allowPrivate }: Receiver,
  { version, timeoutMs }: { version: string; timeoutMs?: number | undefined },
): Promise<Sent> {
  const body = JSON.stringify(event);
  const headers = {
    'content-type': 'application/cloudevents+json',
    'user-agent': `Pixmill/${version}`,
    ...signedHeaders(event.id, Math.floor(Date.now() / 1000), body, secret),
  };
  try {
    return judge(await post({ url, headers, body, allowPrivate, ...(timeoutMs !== undefined && { timeoutMs }) }));
  } catch (error) {
    return { result: 'later', reason: (error as Error).message, seconds: 0 };
  }
}

function judge({ status, retryAfter }: Answer): Sent {
  if (status >= 200 && status < 300) return { result: 'delivered' };
  if (status === 410) return { result: 'never', reason: 'answered 410: it is gone' };
  if (status >= 300 && status < 400) {
    return { result: 'later', reason: `answered ${status}: redirects are not followed`, seconds: 0 };
  }
  const asked = status === 429 || status === 503 ? waitOf(retryAfter) : 0;
  return { result: 'later', reason: `answered ${status}`, seconds: asked };
}

/** Seconds or a date (RFC 9110, 10.2.3). What is neither asks for nothing. */
function waitOf(retryAfter: string | undefined): number {
  if (retryAfter === undefined) return 0;
  const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? 0 : Math.min(Math.max(0, Math.ceil(seconds)), MAX_WAIT);
}
