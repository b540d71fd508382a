// ListMultipartUploads.
import { sql } from 'kysely';
import { storageClassOf } from '../attributes.ts';
import { type Call, queryNumber, sendXml } from '../call.ts';
import { element, xmlDocument } from '../xml.ts';
import { ownerXml, requireBucketNow } from './bucket.ts';
import { nameEncoder } from './list-objects.ts';

const MAX_UPLOADS = 1000;
/** Rows looked at in one go; with a delimiter many may fold into one entry. */
const ROWS = 1000;

interface Row {
  id: string;
  key: string;
  created_at: Date;
  headers: Record<string, string>;
  checksum_algorithm: string | null;
  checksum_type: string | null;
}

interface Page {
  uploads: Row[];
  prefixes: string[];
  truncated: boolean;
  next: { key: string; id: string } | undefined;
}

export async function listUploads(call: Call): Promise<void> {
  const encode = nameEncoder(call);
  await requireBucketNow(call);
  const prefix = call.query.get('prefix') ?? '';
  const delimiter = call.query.get('delimiter') ?? '';
  const keyMarker = call.query.get('key-marker') ?? '';
  // It counts only together with the other one.
  const idMarker = keyMarker === '' ? '' : (call.query.get('upload-id-marker') ?? '');
  const most = queryNumber(call, 'max-uploads', MAX_UPLOADS, MAX_UPLOADS);
  const page = await readPage(call, { prefix, delimiter, keyMarker, idMarker, most });
  const uploads = page.uploads.map((row) => {
    const fields = [
      element('Key', encode(row.key)),
      element('UploadId', row.id),
      ownerXml('Initiator'),
      ownerXml(),
      element('StorageClass', storageClassOf(row.headers)),
      element('Initiated', row.created_at.toISOString()),
      element('ChecksumAlgorithm', row.checksum_algorithm ?? undefined),
      element('ChecksumType', row.checksum_type ?? undefined),
    ];
    return `<Upload>${fields.join('')}</Upload>`;
  });
  const content = [
    element('Bucket', call.bucket),
    element('KeyMarker', encode(keyMarker)),
    element('UploadIdMarker', idMarker),
    page.next ? element('NextKeyMarker', encode(page.next.key)) + element('NextUploadIdMarker', page.next.id) : '',
    element('Prefix', encode(prefix)),
    delimiter === '' ? '' : element('Delimiter', encode(delimiter)),
    element('MaxUploads', most),
    element('EncodingType', call.query.get('encoding-type') || undefined),
    element('IsTruncated', page.truncated),
    ...uploads,
    ...page.prefixes.map((name) => `<CommonPrefixes>${element('Prefix', encode(name))}</CommonPrefixes>`),
  ];
  sendXml(call, 200, xmlDocument('ListMultipartUploadsResult', content.join('')));
}

async function readPage(
  call: Call,
  query: { prefix: string; delimiter: string; keyMarker: string; idMarker: string; most: number },
): Promise<Page> {
  const { prefix, delimiter, most } = query;
  const page: Page = { uploads: [], prefixes: [], truncated: false, next: undefined };
  if (most === 0) return page;
  let after = { key: query.keyMarker, id: query.idMarker };
  // A key marker alone leaves out all uploads of that key.
  let wholeKey = after.id === '';
  for (;;) {
    const found = await sql<Row>`
      SELECT id, key, created_at, headers, checksum_algorithm, checksum_type FROM store_upload
      WHERE bucket = ${call.bucket} AND starts_with(key, ${prefix})
        AND (key > ${after.key} OR (key = ${after.key} AND ${!wholeKey} AND id > ${after.id}))
      ORDER BY key, id LIMIT ${ROWS}`.execute(call.services.db);
    for (const row of found.rows) {
      const cut = delimiter === '' ? -1 : row.key.indexOf(delimiter, prefix.length);
      const fold = cut < 0 ? undefined : row.key.slice(0, cut + delimiter.length);
      after = { key: row.key, id: row.id };
      wholeKey = false;
      if (fold !== undefined && (fold === page.prefixes.at(-1) || fold === query.keyMarker)) continue;
      if (page.uploads.length + page.prefixes.length >= most) return { ...page, truncated: true };
      if (fold === undefined) page.uploads.push(row);
      else page.prefixes.push(fold);
      page.next = fold === undefined ? after : { key: fold, id: '' };
    }
    if (found.rows.length < ROWS) return { ...page, next: undefined };
  }
}
