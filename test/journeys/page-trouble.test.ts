// The page when things go wrong: files that lie, hostile names, uploads that break off, a server that goes away.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findBarriers, NO_BROWSER } from '../browser.ts';
import { fixture } from '../fixtures/make.ts';
import { card, jpeg, put, rendition, type Stage, setStage, signInLink, sizeOf } from '../page.ts';
import { until } from '../program.ts';

describe('the page in trouble', { skip: NO_BROWSER }, () => {
  let stage: Stage;
  before(async () => {
    stage = await setStage();
    await (await stage.open(signInLink(stage))).close();
  });
  after(() => stage?.strike());

  test('text that calls itself a picture fails in plain words, with what helps', async () => {
    const page = await stage.open();
    await page
      .locator('input[type=file]')
      .first()
      .setInputFiles(jpeg('letter.jpg', Buffer.from('Dear Sir or Madam\n')));
    await page.getByRole('button', { name: 'Upload 1 picture' }).click();
    await card(page, 'letter.jpg').getByText('Not a picture Pixmill can read').waitFor();
    await page.getByRole('link', { name: /letter\.jpg/ }).click();
    const dialog = page.getByRole('dialog', { name: 'letter.jpg' });
    await dialog.getByText(/Hand in a JPEG/).waitFor();
    await dialog.getByRole('button', { name: 'Try again' }).waitFor();
    assert.deepEqual(await findBarriers(page), []);
    await page.close();
  });

  test('a hostile key is text, and names in any script and direction are shown whole', async () => {
    const page = await stage.open();
    await page.getByText('Live', { exact: true }).waitFor();
    const names = ['<img src=x onerror="hacked=1">.png', '"><script>hacked=1</script>.png', 'صورة عائلية.png', '🦊🌸.png'];
    for (const Key of names) {
      await put(stage, Key);
      await sizeOf(rendition(page, Key));
    }
    await page.getByRole('link', { name: names[0] as string }).click();
    await page
      .getByRole('dialog', { name: names[0] as string })
      .getByText('Rendition made')
      .waitFor();
    assert.equal(await page.evaluate(() => 'hacked' in globalThis), false);
    await page.close();
  });

  test('an upload that breaks off says so and is tried again; one that is cancelled never arrives', async () => {
    const page = await stage.open();
    const store = `${stage.program.s3.endpoint}/**`;
    await page.route(store, (route) => route.abort());
    const chooser = page.locator('input[type=file]').first();
    await chooser.setInputFiles(jpeg('broken off.jpg', await fixture('plain.jpg')));
    await page.getByRole('button', { name: 'Upload 1 picture' }).click();
    await page.getByRole('alert').getByText('The store could not be reached').waitFor();
    await page.unroute(store);
    await page.getByRole('button', { name: 'Try again: broken off.jpg' }).click();
    await sizeOf(rendition(page, 'broken off.jpg'));

    // Held on its way until it is cancelled.
    await page.route(store, () => {});
    await chooser.setInputFiles(jpeg('cancelled.jpg', await fixture('plain.jpg')));
    await page.getByRole('button', { name: 'Upload 1 picture' }).click();
    await page.getByRole('button', { name: 'Cancel cancelled.jpg' }).click();
    await page.getByRole('region', { name: /Uploading|ready/ }).waitFor({ state: 'detached' });
    await page.unroute(store);
    const { items } = (await (await stage.program.api('/api/v1/objects?q=cancelled')).json()) as { items: unknown[] };
    assert.deepEqual(items, []);
    await page.close();
  });

  test('a run is started by its button; a server that goes away is announced, and its return mends the page', async () => {
    const page = await stage.open();
    await page.getByRole('button', { name: 'Run job thumbnail' }).click();
    await until('the run is on the ledger', async () => {
      const { items } = (await (await stage.program.api('/api/v1/runs')).json()) as {
        items: { state: string; trigger: string }[];
      };
      return items.find(({ state, trigger }) => state === 'done' && trigger === 'page');
    });
    await stage.restart({ HIDE_BUTTON: 'yes' }, () => page.getByText('Pixmill does not answer.').waitFor());
    await page.getByText('Pixmill does not answer.').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Run job thumbnail' }).waitFor({ state: 'detached' });
    await put(stage, 'later.png');
    await sizeOf(rendition(page, 'later.png'));
    await page.close();
  });

  test('in all this no script broke, and nothing went against the content security policy', () => {
    assert.deepEqual(stage.faults(), []);
  });
});
