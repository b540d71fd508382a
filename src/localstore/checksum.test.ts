import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CHECKSUM_ALGORITHMS, combineChecksums, expectedChecksum, startDigest } from './checksum.ts';
import { S3Error } from './s3-error.ts';
import type { ChecksumAlgorithm } from './tables.ts';

function checksum(algorithm: ChecksumAlgorithm, ...pieces: (string | Uint8Array)[]): string {
  const digest = startDigest(algorithm);
  for (const piece of pieces) digest.update(Buffer.from(piece));
  return digest.digest();
}

test('the check values of the catalogue of CRCs come out', () => {
  const hex = (algorithm: ChecksumAlgorithm) => Buffer.from(checksum(algorithm, '123456789'), 'base64').toString('hex');
  assert.equal(hex('CRC32'), 'cbf43926');
  assert.equal(hex('CRC32C'), 'e3069283');
  assert.equal(hex('CRC64NVME'), 'ae8b14860a799888');
  assert.equal(hex('SHA1'), 'f7c3bc1d808e04732adf679965ccc34ca7ae3441');
});

test('how the bytes are cut does not matter', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (pieces) => {
      for (const algorithm of CHECKSUM_ALGORITHMS) {
        assert.equal(checksum(algorithm, ...pieces), checksum(algorithm, Buffer.concat(pieces)));
      }
    }),
  );
});

test('the full checksum of parts is that of the whole', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 70 }), { minLength: 1, maxLength: 6 }), (pieces) => {
      for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME'] as const) {
        const parts = pieces.map((piece) => ({ size: piece.length, checksum: checksum(algorithm, piece) }));
        const whole = combineChecksums(algorithm, 'FULL_OBJECT', parts);
        assert.equal(whole.value, checksum(algorithm, Buffer.concat(pieces)));
      }
    }),
    { numRuns: 30 },
  );
});

test('a composite checksum is that of the checksums, with their number', () => {
  const parts = ['a', 'b'].map((text) => ({ size: 1, checksum: checksum('SHA256', text) }));
  const { value } = combineChecksums('SHA256', 'COMPOSITE', parts);
  const inner = parts.map((part) => Buffer.from(part.checksum, 'base64'));
  assert.equal(value, `${checksum('SHA256', ...inner)}-2`);
  assert.throws(() => combineChecksums('SHA256', 'COMPOSITE', [{ size: 1, checksum: null }]), S3Error);
});

test('what a request says about its checksum must fit together', () => {
  const crc32 = checksum('CRC32', 'x');
  assert.equal(expectedChecksum({}), undefined);
  assert.deepEqual(expectedChecksum({ 'x-amz-checksum-crc32': crc32 }), { algorithm: 'CRC32', value: crc32 });
  assert.deepEqual(expectedChecksum({ 'x-amz-trailer': 'x-amz-checksum-sha1' }), { algorithm: 'SHA1', value: undefined });
  assert.throws(() => expectedChecksum({ 'x-amz-checksum-crc32': 'AAAA' }), S3Error);
  assert.throws(() => expectedChecksum({ 'x-amz-sdk-checksum-algorithm': 'CRC32' }), S3Error);
  assert.throws(() => expectedChecksum({ 'x-amz-checksum-crc32': crc32, 'x-amz-checksum-crc32c': crc32 }), S3Error);
});
