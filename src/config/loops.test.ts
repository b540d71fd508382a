import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../domain/fault.ts';
import { compileConfig } from './load.ts';

interface Declared {
  from: string;
  prefix?: string;
  match?: string | string[];
  exclude?: string | string[];
  to: string;
  recipe?: object;
}

const copy = { copy: true };

/** `bucket` or `bucket/key template`; the template is the whole key unless it says otherwise. */
function declare({ from, to, recipe = {}, ...about }: Declared) {
  const [bucket = '', ...template] = to.split('/');
  const target = { bucket, key: template.length > 0 ? template.join('/') : '{key}' };
  return { source: { bucket: from, ...about }, renditions: { r: { recipe, to: target } } };
}

/** What is said of these pipelines; `accepted` where there is nothing to say. */
async function verdict(pipelines: Record<string, Declared>): Promise<string> {
  const declared = Object.fromEntries(Object.entries(pipelines).map(([name, about]) => [name, declare(about)]));
  try {
    await compileConfig({ pipelines: declared }, '/c', () => 'f');
    return 'accepted';
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return error.message;
  }
}

const refused: Record<string, [Record<string, Declared>, RegExp]> = {
  'a copy back': [
    { ab: { from: 'aaa', to: 'bbb', recipe: copy }, ba: { from: 'bbb', to: 'aaa', recipe: copy } },
    /"ab" → "ba" → "ab"/,
  ],
  'a rendition of one and a copy of the other': [
    { ab: { from: 'aaa', to: 'bbb/{stem}.{format}' }, ba: { from: 'bbb', to: 'aaa', recipe: copy } },
    /"ab" → "ba" → "ab"/,
  ],
  'three in a circle, with a fourth that only listens': [
    {
      ab: { from: 'aaa', to: 'bbb' },
      bx: { from: 'bbb', to: 'xxx' },
      bc: { from: 'bbb', to: 'ccc', recipe: copy },
      ca: { from: 'ccc', to: 'aaa' },
    },
    /"ab" → "bc" → "ca" → "ab" feed each other/,
  ],
  'a copy into its own source': [
    { p: { from: 'aaa', to: 'aaa/copies/{name}', recipe: copy } },
    /"p": its outputs fall into its own source/,
  ],
  'a prefix in which no common name lies': [
    { ab: { from: 'aaa', to: 'bbb' }, ba: { from: 'bbb', prefix: 'quite/some/where/', to: 'aaa', recipe: copy } },
    /"ab" → "ba"/,
  ],
  'a prefix that the template writes': [
    { ab: { from: 'aaa', prefix: 'in/', to: 'bbb/out/{name}' }, ba: { from: 'bbb', prefix: 'out/', to: 'aaa/in/{name}' } },
    /"ab" → "ba"/,
  ],
  'globs that are alike and fit no common name': [
    { ab: { from: 'aaa', match: 'holiday-*.jpg', to: 'bbb' }, ba: { from: 'bbb', match: 'holiday-*.jpg', to: 'aaa' } },
    /"ab" → "ba"/,
  ],
  'a glob of folders, braces and classes': [
    {
      ab: { from: 'aaa', to: 'bbb', recipe: copy },
      ba: { from: 'bbb', match: 'raw/**/scan-[0-9]?.{tif,tiff}', to: 'aaa', recipe: copy },
    },
    /"ab" → "ba"/,
  ],
  'a glob that only the template’s own words fit': [
    {
      ab: { from: 'aaa', match: '*.dng', to: 'bbb/large-{stem}.jpg' },
      ba: { from: 'bbb', match: 'large-*.jpg', to: 'aaa/{stem}.dng' },
    },
    /"ab" → "ba"/,
  ],
  'an exclude that leaves other names open': [
    { ab: { from: 'aaa', to: 'bbb' }, ba: { from: 'bbb', exclude: '*.png', to: 'aaa' } },
    /"ab" → "ba"/,
  ],
  'a format that one writes and the other reads': [
    {
      ab: { from: 'aaa', match: '*.jpg', to: 'bbb/{stem}.{format}', recipe: { format: 'webp' } },
      ba: { from: 'bbb', match: '*.webp', to: 'aaa/{stem}.jpg', recipe: { format: 'jpeg' } },
    },
    /"ab" → "ba"/,
  ],
};

for (const [what, [pipelines, message]] of Object.entries(refused)) {
  test(`refused by name: ${what}`, async () => assert.match(await verdict(pipelines), message));
}

const accepted: Record<string, Record<string, Declared>> = {
  'a chain that ends': { ab: { from: 'aaa', to: 'bbb' }, bc: { from: 'bbb', to: 'ccc', recipe: copy } },
  'back and forth under prefixes of their own': {
    ab: { from: 'aaa', prefix: 'in/', to: 'bbb/fresh/{name}' },
    ba: { from: 'bbb', prefix: 'done/', to: 'aaa/back/{name}' },
  },
  'back and forth by extensions of their own': {
    ab: { from: 'aaa', match: '*.jpg', to: 'bbb', recipe: copy },
    ba: { from: 'bbb', match: '*.png', to: 'aaa', recipe: copy },
  },
  'what one writes, the other excludes': {
    ab: { from: 'aaa', to: 'bbb/{key}-thumb' },
    ba: { from: 'bbb', exclude: '*-thumb', to: 'aaa', recipe: copy },
  },
  'another format than the other reads': {
    ab: { from: 'aaa', match: '*.jpg', to: 'bbb/{stem}.{format}', recipe: { format: 'webp' } },
    ba: { from: 'bbb', match: '*.jpg', to: 'aaa/{stem}.{format}', recipe: { format: 'webp' } },
  },
  'a copy beside its source, told apart by the prefix': {
    p: { from: 'aaa', prefix: 'new/', to: 'aaa/old/{name}', recipe: copy },
  },
  'a copy beside its source, told apart by the glob': {
    p: { from: 'aaa', exclude: 'old/**', to: 'aaa/old/{key}', recipe: copy },
  },
};

for (const [what, pipelines] of Object.entries(accepted)) {
  test(`accepted: ${what}`, async () => assert.equal(await verdict(pipelines), 'accepted'));
}

test('two dozen pipelines over one bucket are judged in no time', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 24 }, (_, index) => [
      `p${index}`,
      { from: 'aaa', prefix: `in-${index}/`, match: ['**/*.{jpg,jpeg,png}', 'x-*'], to: `aaa/out/${index}/{key}` },
    ]),
  );
  const started = performance.now();
  assert.equal(await verdict(many), 'accepted');
  assert.ok(performance.now() - started < 5000);
});
