// The page in a real browser against the real program: from the sign-in link to the picture beside its rendition.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findBarriers, NO_BROWSER } from '../browser.ts';
import { fixture } from '../fixtures/make.ts';
import { picture } from '../fixtures/picture.ts';
import { card, handOver, jpeg, placeOf, rendition, type Stage, setStage, signInLink, sizeOf } from '../page.ts';

describe('the page', { skip: NO_BROWSER }, () => {
  let stage: Stage;
  before(async () => {
    stage = await setStage();
  });
  after(() => stage?.strike());

  async function countObjects(): Promise<number> {
    const { items } = (await (await stage.program.api('/api/v1/objects?limit=200')).json()) as { items: unknown[] };
    return items.length;
  }

  test('a browser that is not signed in is told how to get in, and is given nothing', async () => {
    const stranger = await stage.stranger();
    const page = await stage.open('/', stranger);
    await page.getByRole('heading', { name: 'Open your sign-in link' }).waitFor();
    await page.getByText('npx pixmill token link').waitFor();
    assert.deepEqual(await findBarriers(page), []);
    for (const path of ['objects', 'pipelines', 'objects/1', 'objects/1/content', 'renditions/1/content', 'feed', 'stats']) {
      const status = await page.evaluate(async (path) => (await fetch(`/api/v1/${path}`)).status, path);
      assert.equal(status, 401, path);
    }
    await stranger.close();
  });

  test('the link that the start printed signs in, and the empty page says what to do next', async () => {
    const page = await stage.open(signInLink(stage));
    await page.getByRole('heading', { name: 'Drop your first pictures here' }).waitFor();
    await page.getByText('npx pixmill put photo.jpg --bucket pictures').waitFor();
    await page.getByText('aws s3 cp photo.jpg s3://pictures/').waitFor();
    assert.deepEqual(await findBarriers(page), []);
    await page.close();
  });

  test('chosen pictures are shown, uploaded with progress, and their renditions appear without a reload', async () => {
    const page = await stage.open();
    await page.getByRole('button', { name: 'Choose pictures' }).waitFor();
    await page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));
    // Large enough that its rendition takes longer than its way onto the page.
    const large = await picture(6000, 4000).png({ compressionLevel: 1 }).toBuffer();
    await page
      .locator('input[type=file]')
      .setInputFiles([
        { name: 'large.png', mimeType: 'image/png', buffer: large },
        jpeg('small.jpg', await fixture('plain.jpg')),
      ]);
    const desk = page.getByRole('region', { name: '2 pictures ready' });
    await desk.getByText('small.jpg').waitFor();
    assert.equal(await countObjects(), 0, 'nothing is sent before somebody says so');
    await page.getByRole('button', { name: 'Upload 2 pictures' }).press('Enter');
    await page.getByRole('progressbar', { name: 'All uploads' }).waitFor();
    await card(page, 'large.png').getByText('N/A').waitFor();
    assert.deepEqual(await sizeOf(rendition(page, 'large.png')), { width: 256, height: 171 });
    assert.deepEqual(await sizeOf(rendition(page, 'small.jpg')), { width: 96, height: 64 });
    await desk.waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => 'sameDocument' in globalThis), true);
    assert.deepEqual(await findBarriers(page), []);
    await page.close();
  });

  test('pictures may be dropped anywhere and pasted, and what is no picture is named and left out', async () => {
    const page = await stage.open();
    await card(page, 'small.jpg').waitFor();
    await handOver(page, 'drop', 'dropped.jpg', await fixture('plain.jpg'));
    await page.getByRole('button', { name: 'Upload 1 picture' }).waitFor();
    await handOver(page, 'paste', 'image.png', await fixture('plain.jpg'));
    await page.getByRole('button', { name: 'Upload 2 pictures' }).waitFor();
    await page
      .locator('input[type=file]')
      .first()
      .setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('x') });
    await page.getByText('Not a picture, and left out: notes.txt').waitFor();
    await page.getByRole('button', { name: /^Remove pasted/ }).click();
    await page.getByRole('button', { name: 'Upload 1 picture' }).click();
    await sizeOf(rendition(page, 'dropped.jpg'));
    await page.close();
  });

  test('a picture opens large by keyboard with its facts and history, and Escape leads back to where one was', async () => {
    const page = await stage.open();
    await page.getByRole('link', { name: /large\.png/ }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'large.png' });
    for (const fact of ['6000 × 4000', '256 × 171', 'Saved', 'large.png.webp', 'Rendition made'])
      await dialog.getByText(fact).first().waitFor();
    assert.match((await dialog.locator('code').first().textContent()) ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual(await findBarriers(page), []);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.match((await page.locator(':focus').textContent()) ?? '', /large\.png/);
    await page.close();
  });

  test('a picture that arrives moves nothing: its room was kept', async () => {
    const page = await stage.open();
    await card(page, 'large.png').waitFor();
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/content*', async (route) => {
      await released;
      await route.continue();
    });
    await page.reload();
    const image = rendition(page, 'large.png');
    await image.waitFor({ state: 'attached' });
    const before = await placeOf(card(page, 'large.png'));
    release();
    await sizeOf(image);
    assert.deepEqual(await placeOf(card(page, 'large.png')), before);
    await page.close();
  });

  test('a recipe is tried at once on any picture, and nothing is stored', async () => {
    const stored = await countObjects();
    const page = await stage.open('/#try');
    await page.locator('input[type=file]').setInputFiles(jpeg('tried.jpg', await picture(800, 600).jpeg().toBuffer()));
    const result = page.getByRole('img', { name: 'Rendition' });
    assert.deepEqual(await sizeOf(result), { width: 256, height: 192 });
    await page.getByRole('button', { name: '64', exact: true }).click();
    await page.getByText('64 × 48').waitFor();
    await page.getByRole('radio', { name: 'AVIF' }).check();
    await page.getByRole('switch', { name: 'Negate' }).press('Space');
    await page.getByText('"negate": true').waitFor();
    await page.getByRole('definition').filter({ hasText: 'AVIF' }).waitFor();
    assert.deepEqual(await findBarriers(page), []);
    assert.equal(await countObjects(), stored);
    await page.close();
  });

  test('deleting asks first, and the picture leaves the list by itself', async () => {
    const page = await stage.open();
    await page.getByRole('link', { name: /dropped\.jpg/ }).click();
    await page.getByRole('button', { name: 'Delete this picture' }).click();
    const question = page.getByRole('dialog', { name: 'Delete this picture?' });
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    assert.equal(await card(page, 'dropped.jpg').count(), 1);
    await page.getByRole('button', { name: 'Delete this picture' }).click();
    await question.getByRole('button', { name: 'Delete', exact: true }).click();
    await card(page, 'dropped.jpg').waitFor({ state: 'detached' });
    await page.close();
  });

  test('in the dark, on a telephone and with little motion it has no barriers either, and nothing sticks out', async () => {
    const state = await stage.signedIn.storageState();
    const options = { colorScheme: 'dark', reducedMotion: 'reduce', viewport: { width: 390, height: 844 } } as const;
    const context = await stage.stranger({ ...options, storageState: state });
    const page = await stage.open('/', context);
    await sizeOf(rendition(page, 'large.png'));
    assert.deepEqual(await findBarriers(page), []);
    assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
    await context.close();
  });

  test('signing out closes the page, in every tab', async () => {
    const [one, other] = [await stage.open(), await stage.open()];
    await card(other, 'large.png').waitFor();
    await one.getByRole('button', { name: 'Sign out' }).click();
    await one.getByRole('heading', { name: 'Open your sign-in link' }).waitFor();
    await other.reload();
    await other.getByRole('heading', { name: 'Open your sign-in link' }).waitFor();
  });

  test('in all this no script broke, and nothing went against the content security policy', () => {
    assert.deepEqual(stage.faults(), []);
  });
});
