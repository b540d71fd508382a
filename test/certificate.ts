// A certificate made for one test, signed by itself. Node reads X.509 and cannot write it; this is the least that it reads.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface TestCertificate {
  pem: string;
  privateKey: KeyObject;
}

const SEQUENCE = 0x30;
/** sha256WithRSAEncryption */
const ALGORITHM = der(SEQUENCE, Buffer.from('06092a864886f70d01010b0500', 'hex'));

/** @param validTo when it ends; it has been valid for a day */
export function makeCertificate(validTo = new Date(Date.now() + 86_400_000)): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const name = der(SEQUENCE, der(0x31, der(SEQUENCE, Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from('sns.test')))));
  const validity = der(SEQUENCE, time(new Date(Date.now() - 86_400_000)), time(validTo));
  const body = der(
    SEQUENCE,
    Buffer.from('a003020102', 'hex'), // version 3
    Buffer.from('020101', 'hex'), // serial number 1
    ALGORITHM,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('RSA-SHA256', body, privateKey);
  const bytes = der(SEQUENCE, body, ALGORITHM, der(0x03, Buffer.from([0]), signature));
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return { pem: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'), privateKey };
}

function time(at: Date): Buffer {
  return der(
    0x17,
    Buffer.from(
      `${at
        .toISOString()
        .replace(/[-:T]|\.\d+/g, '')
        .slice(2)}`,
    ),
  );
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length =
    content.length < 0x80
      ? [content.length]
      : content.length < 0x100
        ? [0x81, content.length]
        : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}
