// The pages of events, figures and files: what happened stands there, whoever made it happen.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import type { Locator, Page } from 'playwright-core';
import { findBarriers, NO_BROWSER } from '../browser.ts';
import { put, type Stage, setStage, signInLink } from '../page.ts';
import { until } from '../program.ts';

const HOSTILE = '<img src=x onerror="hacked=1">.png';

describe('the pages of history', { skip: NO_BROWSER }, () => {
  let stage: Stage;
  /** Of a sender called `minio`. */
  let hookToken: string;
  before(async () => {
    stage = await setStage();
    await (await stage.open(signInLink(stage))).close();
    const body = JSON.stringify({ kind: 'hook', name: 'minio' });
    const made = await stage.program.api('/api/v1/tokens', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    hookToken = ((await made.json()) as { secret: string }).secret;
  });
  after(() => stage?.strike());

  async function send(body: string): Promise<number> {
    const headers = { authorization: `Bearer ${hookToken}` };
    return (await fetch(new URL('/hooks/events', stage.program.url), { method: 'POST', headers, body })).status;
  }

  const table = (page: Page, label: string): Locator => page.getByRole('table', { name: label });
  const row = (page: Page, text: string): Locator => page.getByRole('row').filter({ hasText: text });

  test('where nothing was heard, the page says how to send an event; the others say as much', async () => {
    const page = await stage.open('/events/history');
    await page.getByRole('heading', { name: 'Nothing was heard yet' }).waitFor();
    await page.getByText('npx pixmill put photo.jpg --bucket pictures').waitFor();
    await page.getByText(`curl -X POST ${new URL(stage.program.url).origin}/hooks/events`).waitFor();
    await page.getByText('/events/cron').waitFor();
    assert.deepEqual(await findBarriers(page), []);
    await page.getByRole('link', { name: 'Files' }).click();
    await page.getByRole('heading', { name: 'No file in any source yet' }).waitFor();
    assert.deepEqual(await findBarriers(page), []);
    await page.getByRole('link', { name: 'Statistics' }).press('Enter');
    await page.getByText('No event was heard yet.').waitFor();
    assert.deepEqual(await findBarriers(page), []);
    await page.close();
  });

  test('a put appears by itself with its result, and so do an ignored and a refused message, which touch no picture', async () => {
    const page = await stage.open('/events/history');
    await page.getByRole('heading', { name: 'Nothing was heard yet' }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));
    await put(stage, 'first.png');
    await row(page, 'first.png').getByText('Rendered').waitFor();
    await row(page, 'first.png').getByText('Built-in store').waitFor();

    const objects = ['elsewhere/a.png', 'elsewhere/b.png'].map((name) => name.split('/'));
    const records = objects.map(([bucket, key]) => ({
      eventName: 'ObjectCreated:Put',
      eventSource: 'aws:s3',
      s3: { bucket: { name: bucket }, object: { key } },
    }));
    assert.equal(await send(JSON.stringify({ Records: records })), 200);
    await row(page, 'a.png').getByText('Ignored').waitFor();
    await row(page, 'b.png').getByText('Ignored').waitFor();
    // One message, whose sender is said once for both of its objects.
    assert.equal(await page.getByRole('cell').filter({ hasText: 'minio' }).count(), 1);

    assert.equal(await send('{"no": "event"}'), 400);
    await row(page, 'Rejected').getByText('Refused').waitFor();
    assert.equal(await page.evaluate(() => 'sameDocument' in globalThis), true);
    await page.close();
  });

  test('a message is shown as it was received, as text and nothing else, and so is a hostile key', async () => {
    const body = JSON.stringify({ bucket: 'pictures', key: HOSTILE, id: '<b>sent</b>' });
    assert.equal(await send(body), 200);
    const page = await stage.open('/events/history');
    const heard = row(page, HOSTILE);
    await heard.getByText('Gone').waitFor();
    assert.equal(await page.getByText(body).count(), 0, 'a message is fetched when somebody asks for it');
    await heard.getByRole('button', { name: 'Message' }).press('Enter');
    await page.getByRole('region', { name: 'Message as received' }).getByText(body).waitFor();
    await page.getByText('<b>sent</b>').first().waitFor();
    await put(stage, HOSTILE);
    await heard.getByText('Rendered').waitFor();
    await page.getByRole('link', { name: 'Files' }).click();
    await table(page, 'Files').getByText(HOSTILE, { exact: true }).waitFor();
    assert.equal(await page.evaluate(() => 'hacked' in globalThis), false);
    assert.deepEqual(await findBarriers(page), []);
    await page.close();
  });

  test('filters leave what they say, stand in the address, and the back button undoes them', async () => {
    const page = await stage.open('/events/history');
    await row(page, 'first.png').waitFor();
    await page.getByRole('combobox', { name: 'Outcome' }).selectOption('Ended badly');
    await row(page, 'first.png').waitFor({ state: 'detached' });
    await row(page, 'Rejected').waitFor();
    assert.match(page.url(), /\/events\/history\?outcome=error$/);
    await page.reload();
    await row(page, 'Rejected').waitFor();
    assert.equal(await row(page, 'first.png').count(), 0);
    await page.goBack();
    await row(page, 'first.png').waitFor();
    for (const [label, value, left, gone] of [
      ['Door', 'Webhook', 'a.png', 'first.png'],
      ['Bucket', 'pictures', 'first.png', 'a.png'],
    ] as const) {
      await page.getByRole('combobox', { name: label, exact: true }).selectOption(value);
      await row(page, gone).waitFor({ state: 'detached' });
      await row(page, left).waitFor();
      await page.goBack();
      await row(page, gone).waitFor();
    }
    await page.getByRole('combobox', { name: 'Sender' }).fill('minio');
    await row(page, 'first.png').waitFor({ state: 'detached' });
    await page.getByRole('searchbox', { name: 'Part of the key' }).fill('B.PN');
    await row(page, 'a.png').waitFor({ state: 'detached' });
    await row(page, 'b.png').waitFor();
    await page.getByRole('searchbox', { name: 'Part of the key' }).fill('nowhere');
    await page.getByText('No event is like that.').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await row(page, 'first.png').waitFor();
    assert.equal(await page.getByRole('combobox', { name: 'Sender' }).inputValue(), '');
    await page.close();
  });

  test('older events are a page further, and the newest one step back', async () => {
    const records = Array.from({ length: 60 }, (_, number) => ({ bucket: 'elsewhere', key: `many-${number}.png` }));
    for (const record of records) assert.equal(await send(JSON.stringify(record)), 200);
    const page = await stage.open('/events/history');
    await row(page, 'many-59.png').waitFor();
    assert.equal(await row(page, 'first.png').count(), 0);
    await page.getByRole('button', { name: 'Older' }).click();
    await row(page, 'first.png').waitFor();
    await page.getByRole('button', { name: 'Newest' }).click();
    await row(page, 'many-59.png').waitFor();
    await page.close();
  });

  test('the figures count what happened, and lead to the events behind them', async () => {
    const page = await stage.open('/events/stats');
    const webhooks = row(page, 'Webhook');
    await webhooks.waitFor();
    const [good, bad] = await Promise.all(
      [1, 2].map((place) =>
        webhooks
          .getByRole('cell')
          .nth(place - 1)
          .textContent(),
      ),
    );
    assert.equal(Number(bad), 1, 'the refused message');
    assert.ok(Number(good) >= 63, `${good}`);
    await page.getByRole('heading', { name: 'Latency' }).waitFor();
    await page.getByText('Nothing failed').waitFor();
    assert.deepEqual(await findBarriers(page), []);
    await page.getByRole('link', { name: 'Webhook' }).click();
    await row(page, 'many-59.png').waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Statistics' }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'Statistics' }).getAttribute('aria-current'), 'page');
    await page.close();
  });

  test('a rendition that somebody took away is not found, and is drift; its file leads to the picture', async () => {
    const page = await stage.open('/files');
    await page.getByText('Live', { exact: true }).waitFor();
    await row(page, 'first.png.webp').getByText('Present').waitFor();
    await stage.program.client().send(new DeleteObjectCommand({ Bucket: 'thumbnails', Key: 'first.png.webp' }));
    await page.getByRole('combobox', { name: 'Standing' }).selectOption('Drift');
    await row(page, HOSTILE).first().waitFor({ state: 'detached' });
    const lost = row(page, 'first.png.webp');
    await lost.getByText('Not found').waitFor();
    await lost.getByText('the ledger has it').waitFor();
    await page.getByRole('link', { name: 'first.png' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'first.png' });
    await dialog.getByText('Rendition made').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.match(page.url(), /\/files\?state=drift$/, 'closing leads back to the files as they were');
    await page.close();
  });

  test('in light and dark, wide and narrow, with a key as long as they get, there are no barriers and nothing sticks out', async () => {
    await put(stage, `${'long'.repeat(200)}.png`);
    const storageState = await stage.signedIn.storageState();
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const viewport of [
        { width: 390, height: 844 },
        { width: 1024, height: 800 },
        { width: 1280, height: 800 },
      ]) {
        const context = await stage.stranger({ colorScheme, viewport, reducedMotion: 'reduce', storageState });
        const page = await stage.open('/events/history', context);
        for (const link of ['Events', 'Statistics', 'Files']) {
          await page.getByRole('link', { name: link, exact: true }).click();
          await page.getByRole('heading', { level: 1, name: link }).waitFor();
          await until('it is drawn', async () => ((await page.getByRole('table').count()) > 0 ? true : undefined));
          const where = `${link}, ${colorScheme}, ${viewport.width}`;
          assert.deepEqual(await findBarriers(page), [], where);
          assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), where);
        }
        await context.close();
      }
    }
  });

  test('a list that takes its time keeps its room, and one that cannot be had is asked for again', async () => {
    const page = await stage.open();
    await page.route('**/api/v1/events*', () => {});
    await page.getByRole('link', { name: 'Events' }).click();
    await page.getByRole('progressbar', { name: 'Loading the events' }).waitFor();
    await page.close();
    const other = await stage.open('/events/history?outcome=nonsense');
    await other.getByRole('alert').getByRole('button', { name: 'Try again' }).waitFor();
    assert.deepEqual(await findBarriers(other), []);
    await other.close();
  });

  test('in all this no script broke, and nothing went against the content security policy', () => {
    assert.deepEqual(stage.faults(), []);
  });
});
