// Forms as browsers post them to the built-in store, written by hand: their parts, their policy, its signature.
import { createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Form } from '../src/localstore/form.ts';
import type { Credentials } from '../src/localstore/keys.ts';
import { formatAmzDate, sign, signingKey } from '../src/localstore/sigv4.ts';
import type { TestStore } from './local-store.ts';
import { type RawAnswer, sendRaw } from './s3-request.ts';

export interface Part {
  name: string;
  value: Buffer | string;
  fileName?: string;
  /** Further lines of its head. */
  head?: string[];
}

export const BOUNDARY = '----a-boundary-of-tests';
export const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

/** The body of a form. */
export function encodeForm(parts: Part[]): Buffer {
  const pieces = parts.flatMap(({ name, value, fileName, head = [] }) => {
    const file = fileName === undefined ? '' : `; filename="${fileName}"`;
    const lines = [`--${BOUNDARY}`, `Content-Disposition: form-data; name="${name}"${file}`, ...head, '', ''];
    return [Buffer.from(lines.join('\r\n')), Buffer.from(value), Buffer.from('\r\n')];
  });
  return Buffer.concat([...pieces, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

export const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

export interface SignedForm {
  /** `/pictures` where nothing is said. */
  url?: string;
  version?: 2 | 4;
  /** Fields that the policy has a condition for; `key` is `form` where nothing is said. */
  fields?: Record<string, string>;
  /** Beside those for the fields and the bucket. */
  conditions?: unknown[];
  expiration?: string;
  /** The text of the policy instead of one made of the above. */
  policy?: string;
  /** When it is signed. */
  time?: Date;
  key?: Credentials;
  file?: Buffer | string;
  fileName?: string;
  /** Changes the parts, among them policy and signature, before they are sent. */
  forge?(parts: Part[]): Part[];
  headers?: Record<string, string>;
}

/** The parts of a form that is in order, but for what `forge` does to it. */
export function signForm(store: Pick<TestStore, 'key'>, form: SignedForm): Part[] {
  const key = form.key ?? store.key;
  const amzDate = formatAmzDate(form.time ?? new Date());
  const scope = { accessKeyId: key.accessKeyId, date: amzDate.slice(0, 8), region: 'us-east-1' };
  const fields: Record<string, string> = { key: 'form', ...form.fields };
  if (form.version !== 2) {
    fields['x-amz-algorithm'] = 'AWS4-HMAC-SHA256';
    fields['x-amz-credential'] = `${key.accessKeyId}/${scope.date}/us-east-1/s3/aws4_request`;
    fields['x-amz-date'] = amzDate;
  }
  const bucket = form.url?.split('/')[1] ?? 'pictures';
  const conditions = [
    { bucket },
    ...Object.keys(fields).map((name) => ['starts-with', `$${name}`, '']),
    ...(form.conditions ?? []),
  ];
  const document = form.policy ?? JSON.stringify({ expiration: form.expiration ?? inAnHour(), conditions });
  const policy = Buffer.from(document).toString('base64');
  const proof =
    form.version === 2
      ? { AWSAccessKeyId: key.accessKeyId, signature: createHmac('sha1', key.secretAccessKey).update(policy).digest('base64') }
      : { 'x-amz-signature': sign(signingKey(key.secretAccessKey, scope), policy) };
  const parts: Part[] = Object.entries({ ...fields, policy, ...proof }).map(([name, value]) => ({ name, value }));
  parts.push({ name: 'file', value: form.file ?? 'bytes', fileName: form.fileName ?? 'file.bin' });
  return form.forge?.(parts) ?? parts;
}

/** Posts a signed form. */
export function postForm(store: Pick<TestStore, 'port' | 'key'>, form: SignedForm = {}): Promise<RawAnswer> {
  return postParts(store, signForm(store, form), form.url, form.headers);
}

/** Posts a form as it is. */
export function postParts(store: Pick<TestStore, 'port'>, parts: Part[], url = '/pictures', headers = {}): Promise<RawAnswer> {
  const body = encodeForm(parts);
  const length = { 'content-length': String(body.length) };
  return sendRaw(
    store.port,
    'POST',
    url,
    { host: `127.0.0.1:${store.port}`, 'content-type': FORM_TYPE, ...length, ...headers },
    body,
  );
}

/** For `forge`: without the parts of these names. */
export const without =
  (...names: string[]) =>
  (parts: Part[]) =>
    parts.filter(({ name }) => !names.includes(name));

/** For `forge`: with other values under these names. */
export const having = (values: Record<string, string>) => (parts: Part[]) =>
  parts.map((part) => ({ ...part, value: values[part.name] ?? part.value }));

/** A request of which so much is known as reading a form needs. */
export function formRequest(pieces: Iterable<Buffer>, type = FORM_TYPE): IncomingMessage {
  const source = Readable.from(pieces, { objectMode: true, highWaterMark: 1 });
  return Object.assign(source, { headers: { 'content-type': type } }) as unknown as IncomingMessage;
}

/** The body in pieces that end at these places. */
export function cut(body: Buffer, places: number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % body.length)), body.length].sort((a, b) => a - b);
  return ends.map((end, at) => body.subarray(ends[at - 1] ?? 0, end)).filter((piece) => piece.length > 0);
}

/** The file of a form, one character per byte. */
export async function readFile(form: Form): Promise<string> {
  const pieces: Buffer[] = [];
  await form.readFile((bytes) => void pieces.push(Buffer.from(bytes)));
  return Buffer.concat(pieces).toString('latin1');
}
