import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CORS_METHODS, type CorsRule, findCorsRule, matchesPattern, readCorsRules, writeCorsRules } from './cors-rule.ts';
import { S3Error } from './s3-error.ts';

/** What a wildcard is, letter by letter. */
function matchesByDefinition(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  const rest = pattern.slice(1);
  if (pattern[0] === '*') return matchesByDefinition(rest, text) || (text !== '' && matchesByDefinition(pattern, text.slice(1)));
  return pattern[0] === text[0] && matchesByDefinition(rest, text.slice(1));
}

test('a wildcard stands for any text, none included, and the rest for itself', () => {
  // Few letters, so that they meet often; some mean something in regular expressions.
  const texts = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 6 });
  const literals = texts.map((text) => text.replaceAll('*', ''));
  const patterns = fc.oneof(
    literals,
    fc.tuple(literals, literals).map(([before, after]) => `${before}*${after}`),
  );
  let matched = 0;
  fc.assert(
    fc.property(patterns, texts, (pattern, text) => {
      const expected = matchesByDefinition(pattern, text);
      assert.equal(matchesPattern(pattern, text), expected);
      if (expected) matched++;
    }),
    { numRuns: 2000 },
  );
  assert.ok(matched > 50, `only ${matched} of them matched`);
});

const RULE: CorsRule = { origins: ['*'], methods: ['GET'], headers: [], exposed: [] };
const asks = (origin: string, method = 'GET', headers: string[] = []) => ({ origin, method, headers });

test('beginning and end of an origin are not told twice by the same letters', () => {
  const rules = [{ ...RULE, origins: ['http://*.example.com'] }];
  assert.ok(findCorsRule(rules, asks('http://a.example.com')));
  for (const origin of ['http://.example.co', 'https://a.example.com', 'http://example.com', 'http://a.example.com/']) {
    assert.equal(findCorsRule(rules, asks(origin)), undefined, origin);
  }
  assert.equal(findCorsRule([{ ...RULE, origins: ['aba*ba'] }], asks('aba')), undefined);
});

test('the first rule that allows everything wins; two that allow half each do not', () => {
  const rules: CorsRule[] = [
    { ...RULE, id: 'get', origins: ['http://a.test'] },
    { ...RULE, id: 'put', origins: ['http://*.test'], methods: ['PUT'], headers: ['Content-*'] },
    { ...RULE, id: 'all', methods: ['GET', 'PUT'] },
  ];
  const found = (...request: Parameters<typeof asks>) => findCorsRule(rules, asks(...request))?.id;
  assert.equal(found('http://a.test'), 'get');
  assert.equal(found('http://a.test', 'PUT', ['content-type', 'content-md5']), 'put');
  assert.equal(found('http://a.test', 'PUT'), 'put');
  assert.equal(found('http://b.example'), 'all');
  assert.equal(found('http://a.test', 'GET', ['content-type']), undefined);
  assert.equal(found('http://a.test', 'PUT', ['content-type', 'x-other']), undefined);
  assert.equal(found('http://a.test', 'DELETE'), undefined);
});

// XML 1.0 has no way to write these, so that they cannot come back.
const unwritable = /[^\P{Cc}\t\n\r\u007f-\u009f]|[\ufffe\uffff]|\p{Surrogate}/u;
const words = fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => !unwritable.test(text) && !/[*\0]/.test(text));
const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 20 }).filter((text) => !text.includes('*'));
const patterns = fc.oneof(
  words,
  fc.constant('*'),
  fc.tuple(words, words).map(([before, after]) => `${before}*${after}`),
);
const rules = fc.record(
  {
    origins: fc.array(patterns, { minLength: 1, maxLength: 4 }),
    methods: fc.subarray(CORS_METHODS, { minLength: 1 }),
    headers: fc.array(patterns, { maxLength: 4 }),
    exposed: fc.array(ascii, { maxLength: 4 }),
    id: words,
    maxAge: fc.nat(2_147_483_647),
  },
  { requiredKeys: ['origins', 'methods', 'headers', 'exposed'], noNullPrototype: true },
);
const ruleSets = fc.uniqueArray(rules, { minLength: 1, maxLength: 5, selector: ({ id }) => id ?? Symbol() });

test('rules are read as they were written', () => {
  fc.assert(
    fc.property(ruleSets, (set) => {
      assert.deepEqual(readCorsRules(Buffer.from(writeCorsRules(set as CorsRule[]))), set);
    }),
  );
});

const ORIGIN = '<AllowedOrigin>*</AllowedOrigin>';
const METHOD = '<AllowedMethod>GET</AllowedMethod>';
const document = (...contents: string[]) =>
  Buffer.from(`<CORSConfiguration>${contents.map((one) => `<CORSRule>${one}</CORSRule>`).join('')}</CORSConfiguration>`);

function refuses(body: Buffer, code: string, message: RegExp): void {
  assert.throws(
    () => readCorsRules(body),
    (error) => {
      assert.ok(error instanceof S3Error);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    },
  );
}

test('a document that is no set of rules is malformed, with the reason', () => {
  refuses(document(), 'MalformedXML', /1 to 100 CORSRules/);
  refuses(document(...Array(101).fill(ORIGIN + METHOD)), 'MalformedXML', /1 to 100 CORSRules/);
  assert.equal(readCorsRules(document(...Array(100).fill(ORIGIN + METHOD))).length, 100);
  refuses(Buffer.from('<CORSConfiguration><Rule/></CORSConfiguration>'), 'MalformedXML', /nothing else/);
  refuses(document(ORIGIN), 'MalformedXML', /at least one AllowedOrigin and one AllowedMethod/);
  refuses(document(METHOD), 'MalformedXML', /at least one AllowedOrigin and one AllowedMethod/);
  refuses(document(`${ORIGIN}${METHOD}<AllowCredentials/>`), 'MalformedXML', /no AllowCredentials/);
  refuses(document(`${ORIGIN}${METHOD}<ID><b/></ID>`), 'MalformedXML', /ID has text/);
  refuses(document(`${ORIGIN}${METHOD}<ID>a</ID><ID>b</ID>`), 'MalformedXML', /one ID/);
  for (const seconds of ['', '-1', '1.5', '1 ', 'soon', '2147483648', '99999999999']) {
    refuses(document(`${ORIGIN}${METHOD}<MaxAgeSeconds>${seconds}</MaxAgeSeconds>`), 'MalformedXML', /MaxAgeSeconds/);
  }
});

test("what S3 does not allow is refused in S3's words", () => {
  const with_ = (more: string) => document(ORIGIN + METHOD + more);
  for (const method of ['PATCH', 'OPTIONS', '*', 'get', '']) {
    const said = `Found unsupported HTTP method in CORS config. Unsupported method is ${method}`;
    assert.throws(() => readCorsRules(with_(`<AllowedMethod>${method}</AllowedMethod>`)), {
      code: 'InvalidRequest',
      message: said,
    });
  }
  const origin = 'http://*.example.*';
  assert.throws(() => readCorsRules(with_(`<AllowedOrigin>${origin}</AllowedOrigin>`)), {
    code: 'InvalidRequest',
    message: 'AllowedOrigin "http://*.example.*" can not have more than one wildcard.',
  });
  refuses(with_('<AllowedHeader>x-*-*</AllowedHeader>'), 'InvalidRequest', /^AllowedHeader "x-\*-\*" can not have more/);
  refuses(with_('<ExposeHeader>x-*</ExposeHeader>'), 'InvalidRequest', /^ExposeHeader "x-\*" contains wildcard/);
  const id = (length: number) => with_(`<ID>${'ä'.repeat(length)}</ID>`);
  refuses(id(256), 'InvalidRequest', /255 characters/);
  assert.equal(readCorsRules(id(255))[0]?.id?.length, 255);
  refuses(document(`${ORIGIN}${METHOD}<ID>a</ID>`, `${ORIGIN}${METHOD}<ID>a</ID>`), 'InvalidRequest', /unique/);
});

test('a header to expose that would split or break the answer is refused', () => {
  for (const name of ['a&#13;&#10;set-cookie: b', 'ä', '\u2028']) {
    refuses(
      document(`${ORIGIN}${METHOD}<ExposeHeader>${name}</ExposeHeader>`),
      'InvalidRequest',
      /cannot be the name of a header/,
    );
  }
});
