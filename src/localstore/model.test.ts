// Random sequences of requests on few keys, each answered as the model of S3 answers it, and the same state in the end.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { startTestStore, type TestStore } from '../../test/local-store.ts';
import { type Condition, type Page, S3Model } from '../../test/s3-model.ts';
import { type RawAnswer, type RawRequest, rawRequest } from '../../test/s3-request.ts';

const KEYS = ['a', 'a/b', 'a/b/c', 'a b+%', 'é', '\u{1f600}', 'ﬁ'];
/** The least that a part may have which is not the last one. */
const BIG = Buffer.alloc(5 * 1024 * 1024, 'big');

/** So many other sequences instead of the usual ones: worth a run when an operation or the lane changes. */
const MORE = Number(process.env.MODEL_RUNS ?? 0);

let store: TestStore;
let runs = 0;

before(async () => {
  store = await startTestStore();
});

after(() => store.stop());

const key = fc.constantFrom(...KEYS);
const small = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes));
const meta = fc.constantFrom('', 'one', 'two');
const tags = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('', 'x y')), {
  maxLength: 2,
  selector: ([name]) => name,
});
const when = fc.constantFrom<Condition>('none', 'none', 'none', 'absent', 'current', 'other');
const upload = fc.nat(2);
const number = fc.integer({ min: 1, max: 3 });
const prefix = fc.constantFrom('', 'a', 'a/', 'a/b', 'x');
const delimiter = fc.constantFrom('', '/', 'b', '/b');

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('put'), key, body: small, meta, tags, when }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('copy'), from: key, key, replaced: fc.option(meta), when }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove'), key, when }) },
  fc.record({ kind: fc.constant('removeMany'), keys: fc.array(key, { minLength: 1, maxLength: 4 }) }),
  fc.record({ kind: fc.constant('tag'), key, tags }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('begin'), key, meta }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('part'), upload, number, body: fc.oneof(small, fc.constant(BIG)) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('complete'),
      upload,
      again: fc.boolean(),
      numbers: fc.option(fc.array(number, { maxLength: 3 }), { freq: 1 }),
    }),
  },
  fc.record({ kind: fc.constant('abort'), upload }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('list'), prefix, delimiter, most: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('read'), key, start: fc.nat(25), length: fc.nat(25) }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');
const encode = (name: string) => encodeURIComponent(name);
const form = (pairs: [string, string][]) => pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');

/** The store's side of a run: a bucket of its own. */
class Run {
  readonly model = new S3Model();
  readonly ids: string[] = [];
  readonly bucket = `run-${++runs}`;

  send(method: string, target: string, more: Omit<RawRequest, 'url'> = {}): Promise<RawAnswer> {
    return rawRequest(store, { ...more, method, url: `/${this.bucket}${target}` });
  }

  /** Headers of a condition; what the current version is the model knows. */
  condition(of: string, state: Condition): Record<string, string> {
    if (state === 'absent') return { 'if-none-match': '*' };
    if (state === 'current') return { 'if-match': `"${this.model.objects.get(of)?.etag ?? '*'}"`.replace('"*"', '*') };
    return state === 'other' ? { 'if-match': '"other"' } : {};
  }

  async same(answer: Promise<RawAnswer>, expected: string): Promise<RawAnswer> {
    const got = await answer;
    assert.equal(got.status < 300 ? '' : got.code, expected, got.body.toString().slice(0, 300));
    return got;
  }

  async act(one: Action): Promise<unknown> {
    const { model } = this;
    switch (one.kind) {
      case 'put': {
        const headers = this.condition(one.key, one.when);
        headers['x-amz-meta-m'] = one.meta;
        headers['x-amz-tagging'] = form(one.tags);
        const expected = model.put(one.key, one.body, one.meta, one.tags, one.when);
        return this.same(this.send('PUT', `/${encode(one.key)}`, { headers, body: one.body }), expected);
      }
      case 'copy': {
        const headers = this.condition(one.key, one.when);
        headers['x-amz-copy-source'] = `${this.bucket}/${encode(one.from)}`;
        if (one.replaced !== null) {
          headers['x-amz-metadata-directive'] = 'REPLACE';
          headers['x-amz-meta-m'] = one.replaced;
        }
        const expected = model.copy(one.from, one.key, one.replaced ?? undefined, one.when);
        return this.same(this.send('PUT', `/${encode(one.key)}`, { headers }), expected);
      }
      case 'remove': {
        const state = one.when === 'absent' ? 'none' : one.when;
        const headers = this.condition(one.key, state);
        return this.same(this.send('DELETE', `/${encode(one.key)}`, { headers }), model.remove(one.key, state));
      }
      case 'removeMany': {
        for (const name of one.keys) model.remove(name, 'none');
        const body = `<Delete>${one.keys.map((name) => `<Object><Key>${name}</Key></Object>`).join('')}</Delete>`;
        const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
        return this.same(this.send('POST', '?delete', { body, headers }), '');
      }
      case 'tag': {
        const set = one.tags.map(([name, value]) => `<Tag><Key>${name}</Key><Value>${value}</Value></Tag>`);
        const body = `<Tagging><TagSet>${set.join('')}</TagSet></Tagging>`;
        return this.same(this.send('PUT', `/${encode(one.key)}?tagging`, { body }), model.tag(one.key, one.tags));
      }
      case 'begin': {
        model.begin(one.key, one.meta);
        const headers = { 'x-amz-meta-m': one.meta };
        const { body } = await this.same(this.send('POST', `/${encode(one.key)}?uploads`, { headers }), '');
        return this.ids.push(/<UploadId>(.*)<\/UploadId>/.exec(body.toString())?.[1] ?? '');
      }
      case 'part':
        return this.withUpload(one.upload, 'PUT', `partNumber=${one.number}&`, one.body, (at) =>
          model.part(at, one.number, one.body),
        );
      case 'abort':
        return this.withUpload(one.upload, 'DELETE', '', undefined, (at) => model.abort(at));
      case 'complete': {
        const parts = model.uploads[one.upload]?.parts;
        // Usually all that were uploaded, as clients do.
        const numbers = one.numbers ?? [...(parts?.keys() ?? [])].sort();
        const etags = numbers.map((at) => md5(parts?.get(at) ?? Buffer.from('none')));
        const list = numbers.map((at, i) => `<Part><PartNumber>${at}</PartNumber><ETag>"${etags[i]}"</ETag></Part>`).join('');
        const body = Buffer.from(`<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`);
        const complete = () => this.withUpload(one.upload, 'POST', '', body, (at) => model.complete(at, numbers, etags));
        await complete();
        return one.again && complete();
      }
      case 'list':
        return this.compareLists(one.prefix, one.delimiter, one.most);
      case 'read':
        return this.read(one.key, one.start, one.length);
    }
  }

  /** A request about one of the uploads that were begun; nothing where there are not so many yet. */
  async withUpload(at: number, method: string, query: string, body: Buffer | undefined, expected: (at: number) => string) {
    const of = this.model.uploads[at];
    if (!of) return;
    const sent = this.send(method, `/${encode(of.key)}?${query}uploadId=${this.ids[at]}`, body && { body });
    await this.same(sent, expected(at));
  }

  async read(name: string, start: number, length: number): Promise<void> {
    const there = this.model.objects.get(name);
    const headers = length === 0 ? {} : { range: `bytes=${start}-${start + length - 1}` };
    const beyond = length > 0 && start >= (there?.body.length ?? 0);
    const expected = there ? (beyond ? 'InvalidRange' : '') : 'NoSuchKey';
    const answer = await this.same(this.send('GET', `/${encode(name)}`, { headers }), expected);
    if (!there || beyond) return;
    assert.ok(answer.body.equals(length === 0 ? there.body : there.body.subarray(start, start + length)));
    assert.equal(answer.headers.etag, `"${there.etag}"`);
    assert.equal(answer.headers['x-amz-meta-m'], there.meta);
    assert.equal(answer.headers['x-amz-tagging-count'], there.tags.length === 0 ? undefined : String(there.tags.length));
  }

  /** Objects in both versions of the listing, and uploads, page by page. */
  async compareLists(from: string, by: string, most: number): Promise<void> {
    const query = `encoding-type=url&prefix=${encode(from)}&delimiter=${encode(by)}`;
    const { model } = this;
    assert.deepEqual(await this.pages(`?list-type=2&max-keys=${most}&${query}`), model.list(from, by));
    assert.deepEqual(await this.pages(`?max-keys=${most}&${query}`), model.list(from, by));
    assert.deepEqual(await this.pages(`?uploads&max-uploads=${most}&${query}`), model.listUploads(from, by));
  }

  async pages(query: string): Promise<Page> {
    const all: Page = { entries: [], prefixes: [] };
    for (let next = ''; ; ) {
      const xml = (await this.same(this.send('GET', `${query}${next}`), '')).body.toString();
      const one = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(xml)?.[1];
      const every = (name: RegExp) => [...xml.matchAll(name)].map((found) => decodeURIComponent(found[1] ?? ''));
      all.entries.push(...every(/<Key>(.*?)<\/Key>/g));
      all.prefixes.push(...every(/<CommonPrefixes><Prefix>(.*?)<\/Prefix>/g));
      if (one('IsTruncated') === 'false') return all;
      const token = one('NextContinuationToken');
      const marker = one('NextMarker') ?? encode(all.entries.at(-1) ?? '');
      if (token !== undefined) next = `&continuation-token=${token}`;
      else if (!query.startsWith('?uploads')) next = `&marker=${marker}`;
      else next = `&key-marker=${one('NextKeyMarker')}&upload-id-marker=${one('NextUploadIdMarker') ?? ''}`;
    }
  }
}

test('whatever is asked in whatever order, the answers are those of S3', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40, size: 'max' }), async (actions) => {
      const run = new Run();
      await store.store.createBucket(run.bucket);
      for (const one of actions) await run.act(one);
      await run.compareLists('', '', 3);
      for (const name of KEYS) await run.read(name, 0, 0);
    }),
    MORE > 0 ? { numRuns: MORE } : { numRuns: 30, seed: 20_261_125 },
  );
});
