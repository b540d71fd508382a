// One transaction's worth of writes to the index: a few statements over many rows, an outcome for each write.
import { CompiledQuery, type Kysely, sql, type Transaction } from 'kysely';
import { checkWrite, type WriteCondition } from './conditions.ts';
import { S3Error } from './s3-error.ts';
import type { Piece, StoredChecksum, StoreTables } from './tables.ts';

/** What the index keeps of an object's version. */
export interface ObjectRow {
  blob: string | null;
  pieces: Piece[] | null;
  size: number;
  etag: string;
  checksum: StoredChecksum | null;
  headers: Record<string, string>;
  metadata: Record<string, string>;
  tags: [string, string][] | null;
}

export interface PutWrite {
  kind: 'put';
  bucket: string;
  key: string;
  when: WriteCondition | undefined;
  row: ObjectRow;
  /** The multipart upload that ends with this write; its other parts are dropped. */
  upload?: string;
}

export interface DeleteWrite {
  kind: 'delete';
  bucket: string;
  key: string;
  when: WriteCondition | undefined;
}

export interface PartWrite {
  kind: 'part';
  upload: string;
  number: number;
  row: { blob: string | null; size: number; etag: string; checksum: string | null };
}

export type Write = PutWrite | DeleteWrite | PartWrite;

/** `existed`: something was there before. */
export type Outcome = { existed: boolean; at: Date } | S3Error;

/** A visible change; the shape that the store's owner is told of. */
export interface StoreChange {
  bucket: string;
  key: string;
  kind: 'put' | 'delete';
  etag?: string;
  size?: number;
  at: Date;
}

export interface Applied {
  outcomes: Outcome[];
  changes: StoreChange[];
  /** Blobs that no row names any more; listed in `store_garbage`. */
  dropped: string[];
}

/** The blobs that an object's bytes are in. */
export function blobsOf(row: Pick<ObjectRow, 'blob' | 'pieces'>): string[] {
  if (row.blob !== null) return [row.blob];
  return (row.pieces ?? []).flatMap(([, blob]) => (blob === null ? [] : [blob]));
}

/** Applies writes to different objects, in any order. A write whose condition fails has an error as its outcome. */
export async function applyBatch(tx: Transaction<StoreTables>, writes: readonly Write[], at: Date): Promise<Applied> {
  const outcomes: Outcome[] = writes.map(() => ({ existed: false, at }));
  const dropped: string[] = [];
  const changes: StoreChange[] = [];
  const puts: PutWrite[] = [];
  const deletes: DeleteWrite[] = [];

  const objects = writes.flatMap((write, index) => (write.kind === 'part' ? [] : [{ write, index }]));
  const current = await readCurrent(
    tx,
    objects.map(({ write }) => write),
  );
  const ended = await endUploads(
    tx,
    objects.flatMap(({ write }) => (write.kind === 'put' && write.upload ? [write.upload] : [])),
  );
  for (const { write, index } of objects) {
    const there = current.get(nameOf(write));
    try {
      checkWrite(write.when, there);
      if (write.kind === 'put') {
        if (write.upload) dropped.push(...takeParts(write, ended.get(write.upload)));
        puts.push(write);
        changes.push({ bucket: write.bucket, key: write.key, kind: 'put', etag: write.row.etag, size: write.row.size, at });
      } else if (there) {
        deletes.push(write);
        changes.push({ bucket: write.bucket, key: write.key, kind: 'delete', at });
      }
      if (there) dropped.push(...blobsOf(there));
      outcomes[index] = { existed: there !== undefined, at };
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      outcomes[index] = error;
    }
  }
  const ready = puts.flatMap((write) => (write.upload ? [write.upload] : []));
  if (ready.length > 0) await sql`DELETE FROM store_upload WHERE id = ANY(${ready}::text[])`.execute(tx);
  if (puts.length > 0) await putRows(tx, puts, at);
  if (deletes.length > 0) await deleteRows(tx, deletes);
  dropped.push(...(await putParts(tx, writes, outcomes, at)));
  if (dropped.length > 0) {
    await sql`INSERT INTO store_garbage SELECT unnest(${dropped}::text[]) ON CONFLICT DO NOTHING`.execute(tx);
  }
  return { outcomes, changes, dropped };
}

interface Current {
  bucket: string;
  key: string;
  etag: string;
  blob: string | null;
  pieces: Piece[] | null;
}

function nameOf({ bucket, key }: { bucket: string; key: string }): string {
  return `${bucket}/${key}`;
}

/** `($1, $2), ($3, $4)`: lists of values, which the database takes with half the work that arrays or JSON cost it. */
function tuples(rows: number, columns: number): string {
  const tuple = (row: number) => Array.from({ length: columns }, (_, column) => `$${row * columns + column + 1}`).join(', ');
  return Array.from({ length: rows }, (_, row) => `(${tuple(row)})`).join(', ');
}

/** What is there now, by name. */
async function readCurrent(tx: Kysely<StoreTables>, writes: readonly (PutWrite | DeleteWrite)[]): Promise<Map<string, Current>> {
  if (writes.length === 0) return new Map();
  const text = `SELECT bucket, key, etag, blob, pieces FROM store_object WHERE (bucket, key) IN (${tuples(writes.length, 2)})`;
  const { rows } = await tx.executeQuery<Current>(CompiledQuery.raw(text, namesOf(writes)));
  return new Map(rows.map((row) => [nameOf(row), row]));
}

function namesOf(writes: readonly { bucket: string; key: string }[]): string[] {
  return writes.flatMap(({ bucket, key }) => [bucket, key]);
}

/** The blobs of the parts of each upload that is to end; an upload that is not there is missing. */
async function endUploads(tx: Kysely<StoreTables>, ids: readonly string[]): Promise<Map<string, Set<string>>> {
  if (ids.length === 0) return new Map();
  const found = await sql<{ id: string; blob: string | null }>`
    SELECT u.id, p.blob FROM store_upload u LEFT JOIN store_part p ON p.upload = u.id
    WHERE u.id = ANY(${ids}::text[])`.execute(tx);
  const uploads = new Map<string, Set<string>>();
  for (const { id, blob } of found.rows) {
    const blobs = uploads.get(id) ?? new Set();
    uploads.set(id, blobs);
    if (blob !== null) blobs.add(blob);
  }
  return uploads;
}

/** @returns the parts that the finished object does not use */
function takeParts(write: PutWrite, there: Set<string> | undefined): string[] {
  if (!there) throw new S3Error('NoSuchUpload');
  const used = new Set(blobsOf(write.row));
  // Replaced between the client's list and now.
  for (const blob of used) if (!there.has(blob)) throw new S3Error('InvalidPart');
  return [...there].filter((blob) => !used.has(blob));
}

const COLUMNS = [
  'bucket',
  'key',
  'blob',
  'pieces',
  'size',
  'etag',
  'checksum',
  'headers',
  'metadata',
  'tags',
  'modified_at',
  'upload',
];
const REPLACED = COLUMNS.slice(2).map((column) => `${column} = excluded.${column}`);

/** Throws `NoSuchBucket` where one of them has none. */
async function putRows(tx: Kysely<StoreTables>, puts: readonly PutWrite[], at: Date): Promise<void> {
  const json = (value: unknown) => (value === null ? null : JSON.stringify(value));
  const values = puts.flatMap(({ bucket, key, row, upload }) => [
    ...[bucket, key, row.blob, json(row.pieces), row.size, row.etag, json(row.checksum)],
    ...[JSON.stringify(row.headers), JSON.stringify(row.metadata), json(row.tags), at, upload ?? null],
  ]);
  const text = `INSERT INTO store_object (${COLUMNS.join(', ')}) VALUES ${tuples(puts.length, COLUMNS.length)}
    ON CONFLICT (bucket, key) DO UPDATE SET ${REPLACED.join(', ')}`;
  try {
    await tx.executeQuery(CompiledQuery.raw(text, values));
  } catch (error) {
    // The foreign key.
    if ((error as { code?: unknown }).code === '23503') throw new S3Error('NoSuchBucket', undefined, { cause: error });
    throw error;
  }
}

async function deleteRows(tx: Kysely<StoreTables>, deletes: readonly DeleteWrite[]): Promise<void> {
  const text = `DELETE FROM store_object WHERE (bucket, key) IN (${tuples(deletes.length, 2)})`;
  await tx.executeQuery(CompiledQuery.raw(text, namesOf(deletes)));
}

/** @returns the blobs of parts that were replaced */
async function putParts(tx: Kysely<StoreTables>, writes: readonly Write[], outcomes: Outcome[], at: Date): Promise<string[]> {
  const parts = writes.flatMap((write, index) => (write.kind === 'part' ? [{ write, index }] : []));
  if (parts.length === 0) return [];
  const ids = parts.map(({ write }) => write.upload);
  const numbers = parts.map(({ write }) => write.number);
  const found = await sql<{ id: string; number: number | null; blob: string | null }>`
    SELECT u.id, p.number, p.blob FROM unnest(${ids}::text[], ${numbers}::int[]) AS w (upload, number)
    JOIN store_upload u ON u.id = w.upload
    LEFT JOIN store_part p ON p.upload = w.upload AND p.number = w.number`.execute(tx);
  const uploads = new Set(found.rows.map((row) => row.id));
  const good = parts.filter(({ write, index }) => {
    if (uploads.has(write.upload)) return true;
    outcomes[index] = new S3Error('NoSuchUpload');
    return false;
  });
  const rows = JSON.stringify(good.map(({ write }) => ({ upload: write.upload, number: write.number, ...write.row })));
  if (good.length > 0) {
    await sql`
      INSERT INTO store_part (upload, number, blob, size, etag, checksum, modified_at)
      SELECT upload, number, blob, size, etag, checksum, ${at}::timestamptz
      FROM jsonb_to_recordset(${rows}::jsonb) AS r (upload text, number int, blob text, size bigint, etag text, checksum text)
      ON CONFLICT (upload, number) DO UPDATE SET blob = excluded.blob, size = excluded.size, etag = excluded.etag,
        checksum = excluded.checksum, modified_at = excluded.modified_at`.execute(tx);
  }
  return found.rows.flatMap((row) => (row.blob === null ? [] : [row.blob]));
}
