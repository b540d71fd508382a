// Certificates by which SNS signs, fetched once and kept: the address says which one it is, and it never changes.
import { X509Certificate } from 'node:crypto';
import { Fault } from '../../domain/fault.ts';
import { type Fetch, fetchText } from './bounded-fetch.ts';

/** Each region has one at a time, and a new one about once a year. */
const MAX_KEPT = 32;
/** Strangers can name as many as they like; so often at most we ask for one, in a minute. */
const MAX_FETCHES = 20;

/** @returns reads the certificate at an address that was checked before */
export function openCertificates(fetch: Fetch, now: () => number): (url: string) => Promise<X509Certificate> {
  const kept = new Map<string, Promise<X509Certificate>>();
  let fetches: number[] = [];

  async function read(url: string): Promise<X509Certificate> {
    fetches = fetches.filter((at) => at > now() - 60_000);
    if (fetches.length >= MAX_FETCHES) {
      throw new Fault('unavailable', 'too many certificates were asked for', { mend: 'try again in a minute' });
    }
    fetches.push(now());
    const text = await fetchText(fetch, url, 'the certificate of SigningCertURL');
    try {
      return new X509Certificate(text);
    } catch (error) {
      throw new Fault('unauthenticated', 'what lies at SigningCertURL is no certificate', { cause: error });
    }
  }

  return async (url) => {
    const known = kept.get(url);
    if (known) return known;
    const reading = read(url);
    kept.set(url, reading);
    if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value as string);
    reading.catch(() => kept.delete(url));
    return reading;
  };
}
