// The tables of the built-in store's index, as Kysely sees them. The schema itself is in the ledger's migrations.
import type { Generated, JSONColumnType } from 'kysely';
import type { BucketRights } from '../domain/ports.ts';
import type { CorsRule } from './cors-rule.ts';

/** A piece of an object that was uploaded in parts: part number, blob (null where empty), bytes, checksum in base64. */
export type Piece = [number: number, blob: string | null, size: number, checksum: string | null];

/** `type` is what S3 calls it: over the whole object, or over the checksums of its parts. */
export interface StoredChecksum {
  algorithm: ChecksumAlgorithm;
  /** Base64; with `-N` behind it where it is composite. */
  value: string;
  type: 'FULL_OBJECT' | 'COMPOSITE';
}

export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256' | 'SHA512' | 'MD5';

export interface StoreTables {
  store_access_key: {
    id: string;
    secret: string;
    name: string;
    rights: JSONColumnType<BucketRights> | null;
    created_at: Generated<Date>;
    last_used_at: Date | null;
  };
  store_bucket: {
    name: string;
    created_at: Generated<Date>;
    cors: JSONColumnType<CorsRule[]> | null;
    tags: JSONColumnType<[string, string][]> | null;
  };
  store_object: {
    bucket: string;
    key: string;
    blob: string | null;
    pieces: JSONColumnType<Piece[]> | null;
    size: number;
    etag: string;
    checksum: JSONColumnType<StoredChecksum> | null;
    headers: JSONColumnType<Record<string, string>>;
    metadata: JSONColumnType<Record<string, string>>;
    tags: JSONColumnType<[string, string][]> | null;
    modified_at: Date;
    upload: Generated<string | null>;
  };
  store_upload: {
    id: string;
    bucket: string;
    key: string;
    headers: JSONColumnType<Record<string, string>>;
    metadata: JSONColumnType<Record<string, string>>;
    tags: JSONColumnType<[string, string][]> | null;
    checksum_algorithm: ChecksumAlgorithm | null;
    checksum_type: 'FULL_OBJECT' | 'COMPOSITE' | null;
    created_at: Date;
  };
  store_part: {
    upload: string;
    number: number;
    blob: string | null;
    size: number;
    etag: string;
    checksum: string | null;
    modified_at: Date;
  };
  store_garbage: { blob: string };
}
