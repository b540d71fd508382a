// The page on a stage of its own: the whole program, a browser, and what tests find and do there.
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { build } from 'vite';
import { type Faults, launchBrowser, openTab } from './browser.ts';
import { fixture } from './fixtures/make.ts';
import { createDataFolder, type Program, removeDataFolder, startProgram, until } from './program.ts';

// What functions that run in the browser use of it: the rest of the program knows no DOM, and shall not.
declare const document: { body: { dispatchEvent(event: object): boolean } };
declare const DataTransfer: new () => { items: { add(file: File): void } };
declare const DragEvent: new (type: string, init: object) => object;
declare const ClipboardEvent: new (type: string, init: object) => object;

const WEB = resolve(import.meta.dirname, '../web');
const BUILT = resolve(import.meta.dirname, '../dist/web/index.html');

/** The program, a browser, and what happened in it. */
export interface Stage {
  program: Program;
  /** Opens a tab that somebody signed in sees, or somebody else's. */
  open(address?: string, context?: BrowserContext): Promise<Page>;
  /** A browser that has never been here. */
  stranger(options?: BrowserContextOptions): Promise<BrowserContext>;
  signedIn: BrowserContext;
  /** Of all tabs so far. */
  faults(): string[];
  /** Stops the program, and starts it again where it was. */
  restart(environment: NodeJS.ProcessEnv, meanwhile: () => Promise<void>): Promise<void>;
  strike(): Promise<void>;
}

/** Starts the program on a data folder of its own, and a browser that is not signed in yet. */
export async function setStage(): Promise<Stage> {
  await buildPage();
  const data = await createDataFolder();
  const [program, browser] = await Promise.all([startProgram(data), launchBrowser()]);
  const signedIn = await browser.newContext();
  const tabs: Faults[] = [];
  const stage: Stage = {
    program,
    signedIn,
    async open(address = '/', context = signedIn) {
      const { page, faults } = await openTab(context);
      tabs.push(faults);
      await page.goto(new URL(address, stage.program.url).href);
      return page;
    },
    stranger: (options) => browser.newContext(options),
    faults: () => tabs.flat(),
    async restart(environment, meanwhile) {
      const { port } = new URL(stage.program.url);
      await stage.program.stop();
      await meanwhile();
      stage.program = await startProgram(data, { PORT: port, ...environment });
    },
    async strike() {
      await browser.close();
      await stage.program.stop();
      await removeDataFolder(data);
    },
  };
  return stage;
}

/** The link that the first start printed. */
export function signInLink({ program }: Stage): string {
  const [link] = /http:\S+\/sign-in\?token=\S+/.exec(program.output()) ?? [];
  if (!link) throw new Error(`no sign-in link in:\n${program.output()}`);
  return link;
}

/** Builds the page to where the server serves it from, unless that is newer than everything it is made of. */
async function buildPage(): Promise<void> {
  const built = await stat(BUILT).catch(() => undefined);
  const sources = await readdir(WEB, { recursive: true });
  const changed = await Promise.all(sources.map(async (name) => (await stat(join(WEB, name))).mtimeMs));
  if (built && built.mtimeMs > Math.max(...changed)) return;
  await build({ configFile: join(WEB, 'vite.config.ts'), logLevel: 'error' });
}

/** Puts a picture into the bucket as any S3 client would. */
export async function put({ program }: Stage, key: string): Promise<void> {
  await program.client().send(new PutObjectCommand({ Bucket: 'pictures', Key: key, Body: await fixture('plain.png') }));
}

/** A file for a file chooser. */
export const jpeg = (name: string, buffer: Buffer) => ({ name, mimeType: 'image/jpeg', buffer });
/** The card of a picture in the list. */
export const card = (page: Page, name: string): Locator => page.locator('[aria-label=Pictures] > li', { hasText: name });
/** The rendition on its card. */
export const rendition = (page: Page, name: string): Locator => card(page, name).getByRole('img', { name: 'thumbnail' });

/** Waits until the browser has decoded the picture. @returns its own size in pixels */
export async function sizeOf(image: Locator): Promise<{ width: number; height: number }> {
  await image.waitFor();
  return until('the picture is decoded', async () => {
    const size = await image.evaluate(({ naturalWidth, naturalHeight }: { naturalWidth: number; naturalHeight: number }) => ({
      width: naturalWidth,
      height: naturalHeight,
    }));
    return size.width > 0 ? size : undefined;
  });
}

/** Hands the page files as if they were let go over it, or pasted. */
export async function handOver(page: Page, how: 'drop' | 'paste', name: string, bytes: Buffer): Promise<void> {
  await page.evaluate(
    ({ how, name, base64 }) => {
      const held = new DataTransfer();
      const file = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      held.items.add(new File([file], name, { type: 'image/jpeg' }));
      const event =
        how === 'drop'
          ? new DragEvent('drop', { dataTransfer: held, bubbles: true, cancelable: true })
          : new ClipboardEvent('paste', { clipboardData: held, bubbles: true, cancelable: true });
      document.body.dispatchEvent(event);
    },
    { how, name, base64: bytes.toString('base64') },
  );
}

type Laid = Record<'offsetTop' | 'offsetHeight' | 'offsetWidth', number>;

/** Where it is laid out; how it is moved in while it comes up does not count. */
export function placeOf(item: Locator): Promise<number[]> {
  return item.evaluate(({ offsetTop, offsetHeight, offsetWidth }: Laid) => [offsetTop, offsetHeight, offsetWidth]);
}
