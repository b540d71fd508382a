// A real browser for tests of the page: Debian's Chromium, or whatever CHROMIUM names.
import { accessSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

// What functions that run in the browser use of it: the rest of the program knows no DOM, and shall not.
declare const document: object;
declare function addEventListener(type: string, listener: (violation: Violation) => void): void;
interface Violation {
  violatedDirective: string;
  blockedURI: string;
  sourceFile: string;
  lineNumber: number;
}

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where the browser is; undefined where there is none. */
export const CHROMIUM = [process.env.CHROMIUM, ...PLACES].find((place) => place !== undefined && isThere(place));

/** For the `skip` of a test that needs a browser: false, or the reason. */
export const NO_BROWSER = CHROMIUM === undefined && 'there is no Chromium: install it, or name one in CHROMIUM';

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ ...(CHROMIUM !== undefined && { executablePath: CHROMIUM }), args: ARGUMENTS });
}

/** What went wrong in a page without anybody seeing it: violations of the policy, uncaught errors. */
export type Faults = string[];

/** A new tab that notes its faults. */
export async function openTab(context: BrowserContext): Promise<{ page: Page; faults: Faults }> {
  const page = await context.newPage();
  const faults: Faults = [];
  page.on('pageerror', (error) => faults.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    // Requests that fail are for the tests to look at; what a browser refuses is said here.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(message.text());
  });
  await page.exposeFunction('noteViolation', (violation: string) => faults.push(`policy: ${violation}`));
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile, lineNumber }) => {
      const { noteViolation } = globalThis as unknown as { noteViolation(violation: string): void };
      noteViolation(`${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`);
    });
  });
  return { page, faults };
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe finds against WCAG 2.2 AA and good practice, one line each; empty where all is well. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(AXE, 'utf8'));
  return page.evaluate(async () => {
    interface Found {
      violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
    }
    const { axe } = globalThis as unknown as { axe: { run(root: object, options: object): Promise<Found> } };
    const { violations } = await axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
  });
}

function isThere(file: string): boolean {
  try {
    accessSync(file);
    return true;
  } catch {
    return false;
  }
}
