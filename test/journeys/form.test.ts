// Uploads by form from a real browser into the whole program: from somebody else's page, and from the program's own.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { GetObjectCommand, PutBucketCorsCommand } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import type { Page } from 'playwright-core';
import { NO_BROWSER } from '../browser.ts';
import { fixture } from '../fixtures/make.ts';
import { type Stage, setStage } from '../page.ts';
import { until } from '../program.ts';

const Bucket = 'pictures';
// biome-ignore lint/suspicious/noTemplateCurlyInString: S3 writes it so
const FILE_NAME = '${filename}';

const inHtml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');

describe('uploads by form', { skip: NO_BROWSER }, () => {
  let stage: Stage;
  let other: Server;
  let origin: string;
  let html = '';

  before(async () => {
    stage = await setStage();
    other = createServer((request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(request.url?.startsWith('/done') ? '<title>Thank you</title>' : `<title>Form</title>${html}`);
    });
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    // Another name than the one by which the page of the program would be known.
    origin = `http://localhost:${(other.address() as AddressInfo).port}`;
  });

  after(async () => {
    other?.close();
    other?.closeAllConnections();
    await stage?.strike();
  });

  /** A form as somebody's page would have it. */
  async function presign(Fields: Record<string, string>, Conditions: ['starts-with', string, string][] = []) {
    const client = stage.program.client();
    const { url, fields } = await createPresignedPost(client, {
      Bucket,
      Key: `forms/${FILE_NAME}`,
      Fields,
      Conditions: [['content-length-range', 1, 1_000_000], ...Conditions],
      Expires: 600,
    });
    client.destroy();
    return { url, fields };
  }

  async function show(Fields: Record<string, string>): Promise<Page> {
    const { url, fields } = await presign(Fields, [['starts-with', '$Content-Type', 'image/']]);
    const hidden = Object.entries(fields).map(([name, value]) => `<input type="hidden" name="${name}" value="${inHtml(value)}">`);
    const chosen = '<input name="Content-Type" value="image/png"><input type="file" name="file"><button>Send</button>';
    html = `<form method="post" enctype="multipart/form-data" action="${url}">${hidden.join('')}${chosen}</form>`;
    const page = await (await stage.stranger()).newPage();
    await page.goto(origin);
    return page;
  }

  const png = async (name: string) => ({ name, mimeType: 'image/png', buffer: await fixture('plain.png') });

  async function stored(Key: string): Promise<{ same: boolean; type: string | undefined }> {
    const client = stage.program.client();
    const { Body, ContentType } = await client.send(new GetObjectCommand({ Bucket, Key }));
    const same = Buffer.from((await Body?.transformToByteArray()) ?? []).equals(await fixture('plain.png'));
    client.destroy();
    return { same, type: ContentType };
  }

  const rendered = (key: string) =>
    until(`a rendition of ${key}`, async () => {
      const client = stage.program.client();
      const found = await client.send(new GetObjectCommand({ Bucket: 'thumbnails', Key: `${key}.webp` })).catch(() => undefined);
      client.destroy();
      return found && true;
    });

  test('the form of another page stores the chosen picture, which is rendered, and leads back to that page', async () => {
    const page = await show({ success_action_redirect: `${origin}/done?from=form` });
    await page.locator('input[type=file]').setInputFiles(await png('ä b & "c".png'));
    await page.getByRole('button', { name: 'Send' }).click();
    await page.waitForURL(/done/);
    assert.equal(await page.title(), 'Thank you');
    const { searchParams } = new URL(page.url());
    // The browser writes quotation marks in the names of files so.
    const key = 'forms/ä b & %22c%22.png';
    assert.deepEqual([searchParams.get('from'), searchParams.get('bucket'), searchParams.get('key')], ['form', Bucket, key]);
    assert.match(searchParams.get('etag') ?? '', /^"[0-9a-f]{32}"$/);
    assert.deepEqual(await stored(key), { same: true, type: 'image/png' });
    await rendered(key);
    await page.close();
  });

  test('a form that asks for 201 shows what was stored, and one that was refused why', async () => {
    const page = await show({ success_action_status: '201' });
    await page.locator('input[type=file]').setInputFiles(await png('second.png'));
    const [answer] = await Promise.all([page.waitForResponse(/pictures/), page.getByRole('button', { name: 'Send' }).click()]);
    assert.equal(answer.status(), 201);
    assert.match(await answer.text(), /<PostResponse>.*<Key>forms\/second\.png<\/Key>/);
    await page.goBack();
    await page.locator('input[name=Content-Type]').fill('text/html');
    await page.locator('input[type=file]').setInputFiles(await png('third.png'));
    const [refusal] = await Promise.all([page.waitForResponse(/pictures/), page.getByRole('button', { name: 'Send' }).click()]);
    assert.equal(refusal.status(), 403);
    assert.match(await refusal.text(), /Policy Condition failed: \[&quot;starts-with&quot;, &quot;\$Content-Type&quot;/);
    await page.getByText('Policy Condition failed').last().waitFor();
    await assert.rejects(stored('forms/third.png'), { name: 'NoSuchKey' });
    await page.close();
  });

  /** Posts from the page, and tells what its script gets to see. */
  function fetchForm(page: Page, { url, fields }: Awaited<ReturnType<typeof presign>>, name: string, file: string) {
    return page.evaluate(
      async ({ url, fields, name, file }) => {
        const form = new FormData();
        for (const [field, value] of Object.entries(fields)) form.append(field, value);
        form.append('file', new Blob([Uint8Array.from(atob(file), (char) => char.charCodeAt(0))]), name);
        const answer = await fetch(url, { method: 'POST', body: form });
        return { status: answer.status, etag: answer.headers.get('etag'), text: await answer.text() };
      },
      { url, fields, name, file },
    );
  }

  test('a script of the page of the program posts a form and reads the answer, refusals too', async () => {
    const page = await stage.open('/', await stage.stranger());
    const file = (await fixture('plain.png')).toString('base64');
    const form = await presign({ success_action_status: '201', 'Content-Type': 'image/png' });
    const answer = await fetchForm(page, form, 'script.png', file);
    assert.equal(answer.status, 201);
    assert.match(answer.etag ?? '', /^"[0-9a-f]{32}"$/);
    assert.match(answer.text, /<Key>forms\/script\.png</);
    assert.deepEqual(await stored('forms/script.png'), { same: true, type: 'image/png' });
    const forged = { ...form, fields: { ...form.fields, Policy: 'e30=' } };
    const refusal = await fetchForm(page, forged, 'script.png', file);
    assert.deepEqual([refusal.status, /<Code>SignatureDoesNotMatch</.test(refusal.text)], [403, true]);
    await page.close();
    assert.deepEqual(stage.faults(), []);
  });

  test('a script of another page posts a form too, and reads the answer once the bucket lets it', async () => {
    const page = await show({});
    const form = await presign({ 'Content-Type': 'image/png' });
    const file = (await fixture('plain.png')).toString('base64');
    await assert.rejects(fetchForm(page, form, 'foreign.png', file), /Failed to fetch/);
    assert.deepEqual(await stored('forms/foreign.png'), { same: true, type: 'image/png' });
    const client = stage.program.client();
    const rule = { AllowedOrigins: [origin], AllowedMethods: ['POST'], ExposeHeaders: ['ETag'] };
    await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [rule] } }));
    client.destroy();
    const answer = await fetchForm(page, form, 'foreign.png', file);
    assert.deepEqual([answer.status, /^"[0-9a-f]{32}"$/.test(answer.etag ?? '')], [204, true]);
    await page.close();
  });
});
