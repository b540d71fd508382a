import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { S3Error } from './s3-error.ts';
import { element, escapeXml } from './xml.ts';
import { childrenNamed, childText, readXml } from './xml-read.ts';

// XML 1.0 has no way to write these, so that they cannot come back.
const unwritable = /[^\P{Cc}\t\n\r\u007f-\u009f]|[\ufffe\uffff]|\p{Surrogate}/u;

test('whatever is written as an element is read as it was', () => {
  const texts = fc.string({ unit: 'binary' }).filter((text) => !unwritable.test(text) && !text.includes('\0'));
  fc.assert(
    fc.property(texts, (text) => {
      const document = readXml(Buffer.from(`<a>${element('Key', text)}</a>`), 'a');
      assert.equal(childText(document, 'Key'), text);
    }),
  );
});

test('control characters become references, as S3 writes them', () => {
  assert.equal(escapeXml('a\u0001<b>&"\r\n'), 'a&#1;&lt;b&gt;&amp;&quot;&#13;&#10;');
});

test('prefixes, CDATA and references are understood', () => {
  const text = '<s3:D xmlns:s3="u"><s3:E>&#34;a&#34;<![CDATA[<b>]]></s3:E><s3:E/></s3:D>';
  const document = readXml(Buffer.from(text), 'D');
  assert.deepEqual(
    childrenNamed(document, 'E').map((node) => node.text),
    ['"a"<b>', ''],
  );
});

test('entities, bad XML, other roots, depth and bad UTF-8 are refused', () => {
  const refused = (text: string | Buffer) => assert.throws(() => readXml(Buffer.from(text), 'a'), S3Error);
  refused('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>');
  refused('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>');
  refused('<a>&unknown;</a>');
  refused('<a>');
  refused('');
  refused('<b/>');
  refused(`${'<a>'.repeat(17)}${'</a>'.repeat(17)}`);
  refused(Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e]));
});

test('arbitrary bytes are a document or MalformedXML', () => {
  const pieces = fc.array(fc.constantFrom('<', '>', 'a', '/', '&', ';', '"', '=', '!', '[', ']', '-', '?', ' ', '\0', 'é'));
  fc.assert(
    fc.property(pieces, (some) => {
      try {
        readXml(Buffer.from(some.join('')), 'a');
      } catch (error) {
        assert.ok(error instanceof S3Error);
      }
    }),
  );
});
