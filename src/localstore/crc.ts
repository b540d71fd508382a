// CRC-32C and CRC-64/NVME, eight bytes a step from tables (about 1 GB/s), and how the CRCs of parts combine into that of the
// whole. CRC-32 itself is in `node:zlib`. All are reflected, start from all ones, and are inverted at the end.

const LANES = 8;

// biome-ignore lint/suspicious/noExplicitAny: arrays of numbers whose every index is in range, without a check at each of eight steps
type Numbers = any;

/** Tables of a reflected polynomial, as low and high halves: lane k holds the effect of a byte k places further on. */
function makeTables(polynomial: bigint): { low: Int32Array; high: Int32Array } {
  const low = new Int32Array(LANES * 256);
  const high = new Int32Array(LANES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
    low[byte] = Number(crc & 0xffffffffn);
    high[byte] = Number(crc >> 32n);
  }
  for (let at = 256; at < LANES * 256; at++) {
    const lo = low[at - 256] as number;
    const hi = high[at - 256] as number;
    low[at] = (low[lo & 255] as number) ^ ((lo >>> 8) | (hi << 24));
    high[at] = (high[lo & 255] as number) ^ (hi >>> 8);
  }
  return { low, high };
}

const CRC32C = makeTables(0x82f63b78n).low;

/** @param before the CRC of what came before; 0 at first. @returns unsigned */
export function crc32c(bytes: Uint8Array, before: number): number {
  const t: Numbers = CRC32C;
  const b: Numbers = bytes;
  const end = b.length - (b.length % LANES);
  let crc: number = ~before;
  let i = 0;
  for (; i < end; i += LANES) {
    const x = crc ^ (b[i] | (b[i + 1] << 8) | (b[i + 2] << 16) | (b[i + 3] << 24));
    crc =
      t[1792 + (x & 255)] ^
      t[1536 + ((x >>> 8) & 255)] ^
      t[1280 + ((x >>> 16) & 255)] ^
      t[1024 + (x >>> 24)] ^
      t[768 + b[i + 4]] ^
      t[512 + b[i + 5]] ^
      t[256 + b[i + 6]] ^
      t[b[i + 7]];
  }
  for (; i < b.length; i++) crc = t[(crc ^ b[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

const CRC64 = makeTables(0x9a6c9329ac4bc9b5n);

/** The two halves of a CRC-64. */
export type Crc64 = [low: number, high: number];

/** Continues `crc` in place; start from `[0, 0]`. */
export function crc64nvme(bytes: Uint8Array, crc: Crc64): void {
  const l: Numbers = CRC64.low;
  const h: Numbers = CRC64.high;
  const b: Numbers = bytes;
  const end = b.length - (b.length % LANES);
  let lo = ~crc[0];
  let hi = ~crc[1];
  let i = 0;
  for (; i < end; i += LANES) {
    const x = lo ^ (b[i] | (b[i + 1] << 8) | (b[i + 2] << 16) | (b[i + 3] << 24));
    const y = hi ^ (b[i + 4] | (b[i + 5] << 8) | (b[i + 6] << 16) | (b[i + 7] << 24));
    const a0 = 1792 + (x & 255);
    const a1 = 1536 + ((x >>> 8) & 255);
    const a2 = 1280 + ((x >>> 16) & 255);
    const a3 = 1024 + (x >>> 24);
    const a4 = 768 + (y & 255);
    const a5 = 512 + ((y >>> 8) & 255);
    const a6 = 256 + ((y >>> 16) & 255);
    const a7 = y >>> 24;
    lo = l[a0] ^ l[a1] ^ l[a2] ^ l[a3] ^ l[a4] ^ l[a5] ^ l[a6] ^ l[a7];
    hi = h[a0] ^ h[a1] ^ h[a2] ^ h[a3] ^ h[a4] ^ h[a5] ^ h[a6] ^ h[a7];
  }
  for (; i < b.length; i++) {
    const at = (lo ^ b[i]) & 255;
    lo = ((lo >>> 8) | (hi << 24)) ^ l[at];
    hi = (hi >>> 8) ^ h[at];
  }
  crc[0] = ~lo;
  crc[1] = ~hi;
}

const POLYNOMIALS = {
  CRC32: { width: 32n, reflected: 0xedb88320n },
  CRC32C: { width: 32n, reflected: 0x82f63b78n },
  CRC64NVME: { width: 64n, reflected: 0x9a6c9329ac4bc9b5n },
};

/**
 * Puts together the CRCs of pieces that follow one another: shifting what is known over the next piece's length is a
 * multiplication by x^(8·length) modulo the polynomial. Pieces of equal length, the usual case, share that power.
 */
export function combineCrcs(kind: keyof typeof POLYNOMIALS, pieces: readonly { crc: bigint; length: number }[]): bigint {
  const { width, reflected } = POLYNOMIALS[kind];
  const top = 1n << (width - 1n);
  const multiply = (a: bigint, b: bigint): bigint => {
    let product = 0n;
    let factor = b;
    for (let bit = top; bit > 0n; bit >>= 1n) {
      if (a & bit) product ^= factor;
      factor = factor & 1n ? (factor >> 1n) ^ reflected : factor >> 1n;
    }
    return product;
  };
  const powers = new Map<number, bigint>();
  const powerFor = (length: number): bigint => {
    // In reflected order the highest bit is x^0, the next x^1.
    let power = top;
    let square = top >> 1n;
    for (let bits = BigInt(length) * 8n; bits > 0n; bits >>= 1n) {
      if (bits & 1n) power = multiply(power, square);
      square = multiply(square, square);
    }
    powers.set(length, power);
    return power;
  };
  let whole = 0n;
  for (const { crc, length } of pieces) whole = multiply(powers.get(length) ?? powerFor(length), whole) ^ crc;
  return whole;
}
