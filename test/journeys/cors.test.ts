// Pages of other people in a real browser, which calls the built-in store for them only where the bucket's rules allow it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import {
  type CORSRule,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Page } from 'playwright-core';
import { NO_BROWSER } from '../browser.ts';
import { fixture } from '../fixtures/make.ts';
import { handOver, rendition, type Stage, setStage, signInLink, sizeOf } from '../page.ts';

const Bucket = 'pictures';

describe('a page of another origin', { skip: NO_BROWSER }, () => {
  let stage: Stage;
  let s3: S3Client;
  let foreign: Server;
  /** The store and our own page are at 127.0.0.1, which is another host to a browser. */
  let origin: string;

  before(async () => {
    stage = await setStage();
    foreign = createServer((_, response) =>
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>shop</title>'),
    );
    foreign.listen(0, '127.0.0.1');
    await once(foreign, 'listening');
    origin = `http://localhost:${(foreign.address() as AddressInfo).port}`;
    const { endpoint, region, ...credentials } = stage.program.s3;
    // By default the URLs would carry the checksum of an empty body.
    s3 = new S3Client({ endpoint, region, forcePathStyle: true, credentials, requestChecksumCalculation: 'WHEN_REQUIRED' });
  });

  after(async () => {
    s3?.destroy();
    foreign?.close();
    await stage?.strike();
  });

  const setRules = (...CORSRules: CORSRule[]) => s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));

  interface Sent {
    method?: string;
    type?: string;
    /** Of a body; that of a POST is text. */
    body?: { base64: string } | string;
  }

  /** What the page's script gets; a word where the browser keeps it from it. */
  function call(page: Page, url: string, sent: Sent = {}) {
    return page.evaluate(
      async ({ url, sent: { method = 'GET', type, body } }) => {
        const bytes = typeof body === 'object' ? Uint8Array.from(atob(body.base64), (letter) => letter.charCodeAt(0)) : body;
        try {
          const answer = await fetch(url, {
            method,
            ...(type !== undefined && { headers: { 'content-type': type } }),
            ...(bytes !== undefined && { body: bytes }),
          });
          return { status: answer.status, etag: answer.headers.get('etag'), text: await answer.text() };
        } catch (error) {
          return (error as Error).name;
        }
      },
      { url, sent },
    );
  }

  const put = (page: Page, url: string, bytes: Buffer, type?: string) =>
    call(page, url, { method: 'PUT', body: { base64: bytes.toString('base64') }, ...(type !== undefined && { type }) });

  /** The browser's own reason, taken out of what went wrong. */
  function refusals(): string[] {
    return stage.faults().filter((fault) => fault.includes('has been blocked by CORS policy'));
  }

  test('is kept by the browser from a bucket without rules, though it has presigned URLs', async () => {
    const page = await stage.open(origin);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'notes/there.txt', Body: 'there' }));
    const Key = 'refused.png';
    const write = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key, ContentType: 'image/png' }));
    assert.equal(await put(page, write, await fixture('plain.png'), 'image/png'), 'TypeError');
    assert.match(refusals().at(-1) ?? '', /Response to preflight request doesn't pass access control check/);
    await assert.rejects(s3.send(new HeadObjectCommand({ Bucket, Key })), { name: 'NotFound' });
    const read = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'notes/there.txt' }));
    assert.equal(await call(page, read), 'TypeError');
    assert.equal(refusals().length, 2);
    await page.close();
  });

  test('uploads, also in parts, and reads where a rule lets it', async () => {
    await setRules({
      AllowedOrigins: [origin],
      AllowedMethods: ['GET', 'PUT', 'POST'],
      AllowedHeaders: ['*'],
      ExposeHeaders: ['ETag'],
    });
    const before = refusals().length;
    const page = await stage.open(origin);

    const picture = await fixture('plain.png');
    const Key = 'from the shop.png';
    const write = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key, ContentType: 'image/png' }));
    const etag = `"${createHash('md5').update(picture).digest('hex')}"`;
    assert.deepEqual(await put(page, write, picture, 'image/png'), { status: 200, etag, text: '' });
    assert.equal((await s3.send(new HeadObjectCommand({ Bucket, Key }))).ContentType, 'image/png');

    const large = { Bucket, Key: 'notes/large.bin' };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(large));
    const parts = [Buffer.alloc(5 * 1024 * 1024, 'a'), Buffer.from('the end')];
    const Parts: { PartNumber: number; ETag: string }[] = [];
    for (const [at, bytes] of parts.entries()) {
      const part = { ...large, UploadId, PartNumber: at + 1 };
      const sent = await put(page, await getSignedUrl(s3, new UploadPartCommand(part)), bytes);
      assert.ok(typeof sent === 'object' && sent.etag !== null, `part ${at + 1}: ${JSON.stringify(sent)}`);
      Parts.push({ PartNumber: at + 1, ETag: sent.etag });
    }
    const complete = await getSignedUrl(s3, new CompleteMultipartUploadCommand({ ...large, UploadId }));
    const list = Parts.map(({ PartNumber, ETag }) => `<Part><PartNumber>${PartNumber}</PartNumber><ETag>${ETag}</ETag></Part>`);
    const body = `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`;
    const completed = await call(page, complete, { method: 'POST', type: 'application/xml', body });
    assert.ok(typeof completed === 'object' && completed.status === 200, JSON.stringify(completed));
    const read = await call(page, await getSignedUrl(s3, new GetObjectCommand(large)));
    assert.ok(typeof read === 'object' && read.text === Buffer.concat(parts).toString());

    // An error is for the page to read, too.
    const none = await call(page, await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'notes/none' })));
    assert.ok(typeof none === 'object' && none.status === 404 && /<Code>NoSuchKey/.test(none.text));
    assert.equal(refusals().length, before);

    const other = await stage.open(origin.replace('localhost', 'other.localhost'));
    assert.equal(await put(other, write, picture, 'image/png'), 'TypeError');
    assert.equal(refusals().length, before + 1);
    await Promise.all([page.close(), other.close()]);
  });

  test('reads a picture that it has shown before', async () => {
    // What is shown is asked for without an origin, and the answer, which says nothing of pages, is kept by the browser.
    const kept = { Bucket, Key: 'notes/kept.png' };
    await s3.send(new PutObjectCommand({ ...kept, Body: await fixture('plain.png'), CacheControl: 'max-age=3600' }));
    const url = await getSignedUrl(s3, new GetObjectCommand(kept));
    const page = await stage.open(origin);
    await page.setContent(`<img src="${url.replaceAll('&', '&amp;')}" alt="kept">`);
    assert.ok((await sizeOf(page.getByAltText('kept'))).width > 0);
    const read = await call(page, url);
    assert.ok(typeof read === 'object' && read.status === 200, JSON.stringify(read));
    await page.close();
  });

  test('takes nothing from our own page, whose uploads go on beside any rule', async () => {
    await setRules({ AllowedOrigins: ['*'], AllowedMethods: ['PUT'] });
    const page = await stage.open(signInLink(stage));
    const before = refusals().length;
    await sizeOf(rendition(page, 'from the shop.png'));
    await page.getByRole('button', { name: 'Choose pictures' }).waitFor();
    await handOver(page, 'drop', 'our own.jpg', await fixture('plain.jpg'));
    await page.getByRole('button', { name: /^Upload/ }).click();
    await sizeOf(rendition(page, 'our own.jpg'));
    assert.equal(refusals().length, before);
  });

  test('meets no other trouble on the way', () => {
    assert.deepEqual(
      stage.faults().filter((fault) => !fault.includes('has been blocked by CORS policy')),
      [],
    );
  });
});
