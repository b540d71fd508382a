import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { ChunkDecoder } from './chunked.ts';
import { S3Error } from './s3-error.ts';
import { type ChunkSigner, chunkSigner, signingKey } from './sigv4.ts';

// The 66,560 letters `a` of "Signature Calculations: Transferring Payload in Multiple Chunks" in the S3 API reference.
const SCOPE = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', date: '20130524', region: 'us-east-1' };
const SIGNING_KEY = signingKey('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', SCOPE);
const signerFrom = (seed: string) => chunkSigner(SIGNING_KEY, '20130524T000000Z', SCOPE, seed);
const PLAIN_SEED = '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9';
const TRAILER_SEED = '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e';

function body(signatures: string[], trailer: string): Buffer {
  const sizes = [65_536, 1024, 0];
  const chunks = sizes.map((size, at) => {
    const data = size === 0 ? '' : `${'a'.repeat(size)}\r\n`;
    return `${size.toString(16)};chunk-signature=${signatures[at]}\r\n${data}`;
  });
  return Buffer.from(`${chunks.join('')}${trailer}\r\n`);
}

const SIGNED = body(
  [
    'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  ],
  '',
);

const TRAILED = body(
  [
    'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
    '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
    '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
  ],
  'x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n',
);

function decode(signer: ChunkSigner | undefined, pieces: Buffer[]) {
  const decoder = new ChunkDecoder(signer);
  const data = Buffer.concat(pieces.flatMap((piece) => decoder.push(piece)));
  return { data, trailers: Object.fromEntries(decoder.end()) };
}

test('the published signed chunks are accepted, and the trailer with its signature', () => {
  assert.equal(decode(signerFrom(PLAIN_SEED), [SIGNED]).data.toString(), 'a'.repeat(66_560));
  const trailed = decode(signerFrom(TRAILER_SEED), [TRAILED]);
  assert.equal(trailed.data.length, 66_560);
  assert.deepEqual(trailed.trailers, { 'x-amz-checksum-crc32c': 'sOO8/Q==' });
});

test('no byte of signed chunks can be changed', () => {
  const places = fc.integer({ min: 0, max: TRAILED.length - 1 });
  fc.assert(
    fc.property(places, fc.integer({ min: 1, max: 255 }), (place, change) => {
      const forged = Buffer.from(TRAILED);
      forged[place] = (forged[place] as number) ^ change;
      let result: ReturnType<typeof decode>;
      try {
        result = decode(signerFrom(TRAILER_SEED), [forged]);
      } catch (error) {
        return error instanceof S3Error;
      }
      // Letters of a size or of a trailer's name mean the same in both cases, as does the empty line that may be missing.
      return result.data.equals(Buffer.alloc(66_560, 'a')) && result.trailers['x-amz-checksum-crc32c'] === 'sOO8/Q==';
    }),
    { numRuns: 400 },
  );
});

function frame(chunks: Uint8Array[], trailers: Record<string, string>): Buffer {
  const parts = chunks
    .filter((chunk) => chunk.length > 0)
    .flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), Buffer.from(chunk), Buffer.from('\r\n')]);
  const lines = Object.entries(trailers).map(([name, value]) => `${name}:${value}\r\n`);
  return Buffer.concat([...parts, Buffer.from(`0\r\n${lines.join('')}\r\n`)]);
}

function split(bytes: Buffer, cuts: number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, at) => bytes.subarray(places[at], end));
}

const chunkLists = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
const cutLists = fc.array(fc.nat(5000), { maxLength: 40 });

test('however the bytes arrive, the data and the trailers come out the same', () => {
  fc.assert(
    fc.property(chunkLists, cutLists, (chunks, cuts) => {
      const trailers = { 'x-amz-checksum-crc32': hash('md5', Buffer.concat(chunks)) };
      const result = decode(undefined, split(frame(chunks, trailers), cuts));
      assert.deepEqual(result.data, Buffer.concat(chunks));
      assert.deepEqual(result.trailers, trailers);
    }),
  );
});

test('a body cut short anywhere before its last line is incomplete', () => {
  fc.assert(
    fc.property(chunkLists, fc.nat(5000), (chunks, cut) => {
      const whole = frame(chunks, {});
      // The last CR LF may be missing, and the LF of the line before it.
      const short = whole.subarray(0, cut % Math.max(1, whole.length - 3));
      assert.throws(() => decode(undefined, [short]), S3Error);
    }),
  );
});

test('arbitrary bytes end in an S3 error or in data, never in anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), cutLists, (bytes, cuts) => {
      try {
        decode(undefined, split(Buffer.from(bytes), cuts));
      } catch (error) {
        assert.ok(error instanceof S3Error);
      }
    }),
  );
});

test('framing that lies is refused', () => {
  const refused = (text: string) => assert.throws(() => decode(undefined, [Buffer.from(text)]), S3Error);
  refused('3\r\nabcd\r\n0\r\n\r\n');
  refused('-3\r\nabc\r\n0\r\n\r\n');
  refused('3\nabc\n0\n\n');
  refused('ffffffffff\r\n');
  refused('3\r\nabc\r\n0\r\n\r\nmore');
  refused('0\r\na:b\r\nA:b\r\n\r\n');
  refused(`0\r\n${Array.from({ length: 17 }, (_, at) => `a${at}:b\r\n`).join('')}\r\n`);
  refused('1'.repeat(2000));
  assert.throws(() => decode(signerFrom(PLAIN_SEED), [Buffer.from('3\r\nabc\r\n0\r\n\r\n')]), S3Error);
});
