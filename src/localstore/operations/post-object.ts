// PostObject: an upload by a form, as far as its policy goes.
import { checkKeyLength } from '../address.ts';
import { adoptHeaders } from '../adopted-headers.ts';
import { KEPT, readAttributes, refuseUnsupported } from '../attributes.ts';
import { receiveBlob } from '../body.ts';
import { type Call, type ReplyHeaders, sendEmpty, sendXml } from '../call.ts';
import { checksumHeader } from '../checksum.ts';
import { checkWrite, writeCondition } from '../conditions.ts';
import type { Form } from '../form.ts';
import { missingField } from '../form-signature.ts';
import { checkPolicy, readPolicy, type Sizes } from '../post-policy.ts';
import type { Take } from '../read-request.ts';
import { invalidArgument, S3Error } from '../s3-error.ts';
import { uriEncode } from '../sigv4.ts';
import { readTags } from '../tags.ts';
import { plainDocument } from '../xml.ts';
import { readTagging } from './tagging.ts';

type Fields = ReadonlyMap<string, string>;

/** Fields that mean what headers of these names mean to PutObject, beside those that begin with `x-amz-`. */
const HEADERS = [...KEPT, 'content-md5', 'if-match', 'if-none-match'];

export async function postObject(call: Call): Promise<void> {
  const { form, services, bucket } = call;
  if (!form) throw new S3Error('MethodNotAllowed', undefined, { details: { Method: call.method } });
  const fields = fillIn(form);
  const key = readKey(fields);
  // For the log, and for the resource that an error names.
  call.address.key = key;
  const sizes = checkPolicy(readPolicy(fields.get('policy') ?? ''), new Map([...fields, ['bucket', bucket]]), Date.now());
  const headers = headersOf(fields);
  refuseUnsupported(headers);
  const attributes = readAttributes(headers);
  const tagging = fields.get('tagging');
  const tags = tagging === undefined ? readTags(headers) : readTagging(Buffer.from(tagging), 'Object');
  const when = writeCondition(headers);
  if (when) checkWrite(when, await services.index.find(bucket, key));
  else await services.index.requireBucket(bucket);
  const source = { atMost: lengthOf(call), read: (take: Take) => readWithin(form, sizes, take) };
  const { blob, size, md5, checksum } = await receiveBlob({ ...call, headers }, undefined, source);
  const stored = checksum && ({ ...checksum, type: 'FULL_OBJECT' } as const);
  await services.lane.write({
    kind: 'put',
    bucket,
    key,
    when,
    row: { blob, pieces: null, size, etag: md5, checksum: stored ?? null, ...attributes, tags },
  });
  answer(call, fields, key, {
    etag: `"${md5}"`,
    ...(stored && { [checksumHeader(stored.algorithm)]: stored.value, 'x-amz-checksum-type': stored.type }),
  });
}

/** The name of the file may stand in every field, and the policy is about what they are with it. */
function fillIn({ fields, fileName }: Form): Fields {
  return new Map([...fields].map(([name, value]) => [name, value.replace(/\$\{filename\}/g, () => fileName)]));
}

function readKey(fields: Fields): string {
  const key = fields.get('key');
  if (key === undefined) throw missingField('key');
  if (key === '') throw invalidArgument('key', '', 'User key must have a length greater than 0.');
  if (key.includes('\0') || !key.isWellFormed())
    throw new S3Error('InvalidURI', 'A key must be Unicode, without NUL characters.');
  checkKeyLength(key);
  return key;
}

function headersOf(fields: Fields): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  adoptHeaders(headers, fields, HEADERS);
  const acl = fields.get('acl');
  if (acl !== undefined) headers['x-amz-acl'] ??= acl;
  return headers;
}

/** The whole form's, where that is known: the file is smaller. */
function lengthOf({ headers }: Call): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

/** Throws `EntityTooLarge` with the first byte too many, and `EntityTooSmall`. */
async function readWithin(form: Form, { least, most }: Sizes, take: Take): Promise<void> {
  let size = 0;
  await form.readFile((bytes) => {
    size += bytes.length;
    if (size > most) throw new S3Error('EntityTooLarge', undefined, { details: { MaxSizeAllowed: String(most) } });
    return take(bytes);
  });
  if (size >= least) return;
  throw new S3Error('EntityTooSmall', undefined, {
    details: { ProposedSize: String(size), MinSizeAllowed: String(least) },
  });
}

function answer(call: Call, fields: Fields, key: string, headers: ReplyHeaders & { etag: string }): void {
  const { bucket } = call;
  const back = redirection(fields.get('success_action_redirect') ?? fields.get('redirect'));
  if (back) {
    const result = `bucket=${uriEncode(bucket)}&key=${uriEncode(key)}&etag=${uriEncode(headers.etag)}`;
    back.search += `${back.search === '' ? '?' : '&'}${result}`;
    sendEmpty(call, 303, { ...headers, location: back.href });
    return;
  }
  const place = call.address.virtualHost ? '' : `/${bucket}`;
  const location = `http://${call.headers.host ?? 'localhost'}${place}/${uriEncode(key)}`;
  const status = fields.get('success_action_status');
  if (status === '201') {
    const document = plainDocument('PostResponse', { Location: location, Bucket: bucket, Key: key, ETag: headers.etag });
    sendXml(call, 201, document, { ...headers, location });
  } else sendEmpty(call, status === '200' ? 200 : 204, { ...headers, location });
}

/** Where the browser is to go next. What is no address of the web counts as not given, as in S3. */
function redirection(text: string | undefined): URL | undefined {
  const url = text === undefined ? null : URL.parse(text);
  return url && /^https?:$/.test(url.protocol) ? url : undefined;
}
