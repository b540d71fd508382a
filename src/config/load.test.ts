import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Fault } from '../domain/fault.ts';
import { matches, type Pipeline } from '../domain/pipeline.ts';
import { isCopy } from '../domain/recipe.ts';
import { compileConfig, loadConfig } from './load.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-config-'));
});
after(() => rm(folder, { recursive: true }));

const fingerprint = (recipe: object, siblings: object[]) => JSON.stringify([recipe, siblings]);
const to = { bucket: 'out', key: '{key}' };

/** The configuration with one pipeline `p` over the bucket `in` and one rendition `thumb`. */
function declare(recipe: object, pipeline: object = {}, target: object = to) {
  return { pipelines: { p: { source: { bucket: 'src' }, renditions: { thumb: { recipe, to: target } }, ...pipeline } } };
}

async function faultOf(config: unknown): Promise<string> {
  try {
    await compileConfig(config, '/c/pixmill.config.ts', fingerprint);
  } catch (error) {
    assert.ok(error instanceof Fault && error.code === 'invalid', String(error));
    assert.equal(error.mend, 'correct /c/pixmill.config.ts');
    return error.message;
  }
  throw new Error('the configuration was accepted');
}

async function compile(config: unknown): Promise<Pipeline> {
  const [pipeline] = (await compileConfig(config, join(folder, 'c.ts'), fingerprint)).pipelines;
  assert.ok(pipeline);
  return pipeline;
}

test('a width of 0 is refused by the name of its recipe', async () => {
  const message = await faultOf(declare({ resize: { width: 0 } }));
  assert.equal(message, 'pipeline "p", recipe "thumb": resize.width 0 is outside 1–8192');
});

test('all faults are reported at once', async () => {
  const config = {
    pipelines: {
      one: {
        source: { bucket: 'X' },
        renditions: { a: { recipe: { resize: { width: 9000 }, quality: 0, bogus: 1 }, to: { bucket: 'out', key: 'same.png' } } },
      },
      two: { source: { bucket: 'src' }, renditions: {} },
    },
    limits: { seconds: 0 },
  };
  const lines = (await faultOf(config)).split('\n');
  for (const part of [
    'pipeline "one": source.bucket must be a bucket name',
    'recipe "a": resize.width 9000 is outside 1–8192',
    'recipe "a": quality 0 is outside 1–100',
    'recipe "a": has no key "bogus"',
    'rendition "a": to.key gives every picture the same key',
    'pipeline "two": renditions needs at least one rendition',
    'limits.seconds 0 is outside 1–600',
  ]) {
    assert.ok(
      lines.some((line) => line.includes(part)),
      `${part}\nnot in\n${lines.join('\n')}`,
    );
  }
});

test('history goes back thirty days unless it is told otherwise, from a day to ten years', async () => {
  const compiled = async (said: object) => (await compileConfig({ ...declare({}), ...said }, '/c', fingerprint)).history;
  assert.deepEqual(await compiled({}), { days: 30 });
  assert.deepEqual(await compiled({ history: { days: 3650 } }), { days: 3650 });
  for (const days of [0, 3651, 1.5]) assert.match(await faultOf({ ...declare({}), history: { days } }), /^history\.days /);
});

test('a recipe gets its defaults, and says nothing it was not told', async () => {
  const { renditions } = await compile(declare({ resize: { width: 10 }, sharpen: true, blur: false }));
  assert.deepEqual(renditions[0]?.recipe, {
    resize: { width: 10, fit: 'inside', gravity: 'center', enlarge: false },
    grayscale: false,
    negate: false,
    sharpen: { sigma: 1, flat: 1, jagged: 2 },
    format: 'same',
    lossless: false,
    progressive: false,
    animated: false,
    background: '#ffffff',
    metadata: 'strip',
  });
});

test('settings that contradict each other are refused', async () => {
  assert.match(await faultOf(declare({ format: 'jpeg', lossless: true })), /lossless is for webp and avif/);
  assert.match(await faultOf(declare({ format: 'jpeg', animated: true })), /jpeg holds one frame/);
  assert.match(await faultOf(declare({ format: 'webp', effort: 9 })), /effort 9 is outside 0–6/);
  assert.match(await faultOf(declare({ format: 'gif', effort: 0 })), /effort 0 is outside 1–10/);
  assert.match(await faultOf(declare({ resize: {} })), /needs a width, a height or both/);
  assert.match(await faultOf(declare({}, {}, { bucket: 'out', key: '{size}/{name}' })), /\{size\} is no placeholder/);
});

test('a schedule that would never fall due is refused, with what is wrong', async () => {
  const swept = (sweep: string) => faultOf(declare({}, { sweep }));
  assert.match(
    await swept('61 * * * *'),
    /pipeline "p": sweep "61 \* \* \* \*" is no cron expression: .*61 .*0-59; write five fields/,
  );
  for (const sweep of ['hourly', '@never', '* * * *', '* * * * * *', '0 0 30 2 *', 'a b c d e', '']) {
    assert.match(await swept(sweep), /sweep ".*" is no cron expression/, sweep);
  }
  for (const sweep of ['*/15 * * * *', '0 3 * * MON-FRI', '@daily', '0 3 1,15 * *']) {
    assert.equal((await compile(declare({}, { sweep }))).sweep, sweep);
  }
});

test('a copy has nothing beside it, and a key that is known without a decode', async () => {
  const { renditions } = await compile(declare({ copy: true }));
  assert.deepEqual(renditions[0]?.recipe, { copy: true });
  assert.match(
    await faultOf(declare({ copy: true, resize: { width: 10 }, format: 'webp' })),
    /recipe "thumb": copy passes the file on as it is: take "resize", "format" away, or "copy"$/,
  );
  assert.match(await faultOf(declare({ copy: false })), /recipe "thumb": copy is true, or left out/);
  assert.match(
    await faultOf(declare({ copy: true }, {}, { bucket: 'out', key: '{stem}.{format}' })),
    /rendition "thumb": to\.key has \{format\}, which nobody knows of a copy: take \{ext\}/,
  );
});

test('a copy beside other renditions shares no decode with them', async () => {
  const thumb = { recipe: { resize: { width: 10 } }, to };
  const file = { recipe: { copy: true }, to: { bucket: 'archive', key: '{key}' } };
  const mixed = await compile({ pipelines: { p: { source: { bucket: 'src' }, renditions: { file, thumb } } } });
  const alone = await compile({ pipelines: { p: { source: { bucket: 'src' }, renditions: { thumb } } } });
  assert.equal(mixed.renditions[1]?.fingerprint, alone.renditions[0]?.fingerprint);
});

test('outputs that fall into their own source are refused by name', async () => {
  assert.match(
    await faultOf(declare({}, {}, { bucket: 'src', key: '{key}-thumb' })),
    /pipeline "p": its outputs fall into its own source/,
  );
  assert.match(
    await faultOf(declare({}, { source: { bucket: 'src', prefix: 'a/' } }, { bucket: 'src', key: '{dir}thumbs/{name}' })),
    /own source/,
  );
});

test('one bucket serves as source and destination where "exclude", "match" or a prefix tells them apart', async () => {
  await compile(declare({}, { source: { bucket: 'src', exclude: '*-thumb' } }, { bucket: 'src', key: '{key}-thumb' }));
  await compile(declare({}, { source: { bucket: 'src', prefix: 'images/' } }, { bucket: 'src', key: 'thumbnails/{name}' }));
  await compile(
    declare({ format: 'webp' }, { source: { bucket: 'src', match: '*.jpg' } }, { bucket: 'src', key: '{dir}{stem}.webp' }),
  );
});

test('two pipelines that feed each other are refused by both names', async () => {
  const pipeline = (from: string, dest: string) => ({
    source: { bucket: from },
    renditions: { r: { recipe: {}, to: { bucket: dest, key: '{key}' } } },
  });
  const message = await faultOf({ pipelines: { ab: pipeline('aaa', 'bbb'), ba: pipeline('bbb', 'aaa') } });
  assert.match(message, /"ab" → "ba" → "ab" feed each other/);
  // A chain that ends is no loop.
  await compileConfig({ pipelines: { ab: pipeline('aaa', 'bbb'), bc: pipeline('bbb', 'ccc') } }, '/c', fingerprint);
});

test('whom events are believed from is checked with the rest, and nobody is by default', async () => {
  const hooks = async (said: object) => (await compileConfig({ ...declare({}), hooks: said }, '/c', fingerprint)).hooks;
  assert.deepEqual(await hooks({}), { open: false, out: [] });
  const topics = ['arn:aws:sns:us-east-1:123456789012:pictures'];
  const google = { audience: 'https://pix.example/hooks/events', email: 'push@p.iam.gserviceaccount.com' };
  assert.deepEqual(await hooks({ open: true, sns: { topics }, google }), { open: true, sns: { topics }, google, out: [] });
  const faulty = { open: 'yes', sns: { topics: ['pictures'] }, google: { audience: '', email: 'x' }, tokens: [] };
  const message = await faultOf({ ...declare({}), hooks: faulty });
  for (const fault of [
    /^hooks\.open /m,
    /^hooks\.sns\.topics\.0 must be the ARN of a topic/m,
    /^hooks\.google\.audience is empty/m,
    /^hooks\.google\.email must be the e-mail/m,
    /^hooks has no key "tokens"/m,
  ]) {
    assert.match(message, fault);
  }
});

test('out-hooks are checked with the rest, and their secrets are not told', async () => {
  const hooks = async (out: object[]) => (await compileConfig({ ...declare({}), hooks: { out } }, '/c', fingerprint)).hooks.out;
  const secret = 'not-a-secret-of-24-chars';
  const url = 'https://example.com/hook';
  assert.deepEqual(await hooks([]), []);
  assert.deepEqual(await hooks([{ url, secret }]), [{ url, secret, allowPrivate: false }]);
  const full = { url, secret: `whsec_${'A'.repeat(32)}`, on: ['made', 'failed'], pipelines: ['p'], allowPrivate: true };
  assert.deepEqual(await hooks([full]), [full]);
  const out = [
    { url: 'ftp://example.com', secret: 'short-word' },
    { url: 'https://me:hidden@example.com/#x', secret: 'whsec_c2hvcnQtd29yZA==' },
    { url, secret: 'whsec_no base64 at all, but a long one', on: [], pipelines: [] },
    { url: 'https://example.com/other', on: ['moved'] },
  ];
  const message = await faultOf({ ...declare({}), hooks: { out } });
  for (const fault of [
    /^hooks\.out\.0\.url must be a URL that begins with http/m,
    /^hooks\.out\.0\.secret has fewer than 24 characters/m,
    /^hooks\.out\.1\.url must hold no user name and no password/m,
    /^hooks\.out\.1\.url must hold no "#"/m,
    /^hooks\.out\.1\.secret must have at least 24 bytes/m,
    /^hooks\.out\.2\.secret must have at least 24 bytes in base64/m,
    /^hooks\.out\.2\.on names nothing/m,
    /^hooks\.out\.2\.pipelines names no pipeline/m,
    /^hooks\.out\.3\.secret is missing/m,
    /^hooks\.out\.3\.on\.0 /m,
  ]) {
    assert.match(message, fault);
  }
  assert.doesNotMatch(message, /short-word|c2hvcnQ|no base64 at all|hidden/);
  const twice = [
    { url, secret },
    { url, secret },
  ];
  assert.match(await faultOf({ ...declare({}), hooks: { out: twice } }), /^hooks\.out\.1\.url stands there twice/m);
  const unknown = [{ url, secret, pipelines: ['p', 'nope'] }];
  assert.match(await faultOf({ ...declare({}), hooks: { out: unknown } }), /hooks\.out\.0\.pipelines names "nope", .* only: p$/m);
});

test('queues are checked with the rest, each by its name, and none reads what another lays aside', async () => {
  const url = 'https://sqs.eu-central-1.amazonaws.com/123456789012/';
  const compiled = await compileConfig(
    { ...declare({}), queues: { uploads: { url: `${url}a`, deadLetter: `${url}b` } } },
    '/c',
    fingerprint,
  );
  assert.deepEqual(compiled.queues, [
    { name: 'uploads', url: `${url}a`, deadLetter: `${url}b`, waitSeconds: 20, visibilitySeconds: 30 },
  ]);
  const queues = {
    'no name': { url },
    one: { url: 'arn:aws:sqs:eu-central-1:123456789012:a', waitSeconds: 21, visibilitySeconds: 1, bogus: 1 },
    two: { url: `${url}a`, deadLetter: `${url}b` },
    three: { url: `${url}b` },
    four: { url: `${url}a`, deadLetter: 'https://sqs.us-east-1.amazonaws.com/123456789012/c' },
  };
  const message = await faultOf({ ...declare({}), queues });
  for (const fault of [
    /^queue "no name": must be a name/m,
    /^queue "one": url must be the URL of a queue/m,
    /^queue "one": waitSeconds 21 is outside 1–20/m,
    /^queue "one": visibilitySeconds 1 is outside 3–43200/m,
    /^queue "one": has no key "bogus"/m,
  ]) {
    assert.match(message, fault);
  }
  const { 'no name': _, one: __, ...rest } = queues;
  const related = await faultOf({ ...declare({}), queues: rest });
  assert.match(related, /^queue "two": deadLetter is read from as queue "three": .* go round for ever$/m);
  assert.match(related, /^queue "four": url is the one of queue "two" already$/m);
  assert.match(related, /^queue "four": deadLetter must be where the queue is, at https:\/\/sqs\.eu-central-1/m);
});

test('globs without a slash speak of the name, with one of the whole key', async () => {
  const pipeline = await compile(declare({}, { source: { bucket: 'src', match: ['*.jpg', 'raw/*.png'], exclude: '.*' } }));
  const taken = (key: string) => matches(pipeline, 'src', key);
  assert.deepEqual(['a.jpg', 'x/y/a.jpg', 'raw/b.png', 'a\nb.jpg'].map(taken), [true, true, true, true]);
  assert.deepEqual(['b.png', 'x/raw/b.png', '.a.jpg', 'x/.a.jpg', 'a.JPG', 'folder.jpg/'].map(taken), Array(6).fill(false));
});

// Such keys were in no glob at all, so that "exclude" did not keep a pipeline from its own outputs.
test('dots between slashes are names like any other', async () => {
  const pipeline = await compile(declare({}, { source: { bucket: 'src', exclude: ['made/**', '*.tmp'] } }));
  const taken = (key: string) => matches(pipeline, 'src', key);
  assert.deepEqual(['made/../../x', 'made/./x', 'made/..', '../a.tmp', './../a/x.tmp'].map(taken), Array(5).fill(false));
  assert.deepEqual(['../x', './x', '..', 'a/../made/x', '../made/x'].map(taken), Array(5).fill(true));
});

test('a watermark is read beside the configuration and named by its bytes', async () => {
  await writeFile(join(folder, 'mark.png'), 'bytes');
  const config = await compileConfig(declare({ watermark: { file: 'mark.png' } }), join(folder, 'c.ts'), fingerprint);
  const recipe = config.pipelines[0]?.renditions[0]?.recipe;
  const sha256 = (recipe && !isCopy(recipe) && recipe.watermark?.sha256) || '';
  assert.equal(config.watermarks.get(sha256)?.toString(), 'bytes');
  assert.match(await faultOf(declare({ watermark: { file: 'none.png' } })), /recipe "thumb": watermark "none.png": ENOENT/);
});

test('the file is found by its usual names, as TypeScript, JSON or YAML', async () => {
  const yaml =
    'pipelines:\n  p:\n    source: {bucket: src1}\n    renditions: {thumb: {recipe: {}, to: {bucket: out, key: "{key}"}}}\n';
  await writeFile(join(folder, 'pixmill.config.yaml'), yaml);
  assert.equal((await loadConfig(undefined, folder, fingerprint)).pipelines[0]?.source.bucket, 'src1');
  await writeFile(join(folder, 'pixmill.config.json'), JSON.stringify(declare({})));
  assert.equal((await loadConfig(undefined, folder, fingerprint)).pipelines[0]?.source.bucket, 'src');
  await writeFile(join(folder, 'broken.json'), '{');
  await assert.rejects(loadConfig('broken.json', folder, fingerprint), /broken\.json cannot be read/);
  await assert.rejects(loadConfig('missing.ts', folder, fingerprint), /missing\.ts cannot be read/);
  await assert.rejects(loadConfig(undefined, '/', fingerprint), /there is no pixmill\.config\.ts/);
});
