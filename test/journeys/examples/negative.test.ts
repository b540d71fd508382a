// The pipeline of negatives, as its README says it: in with s3cmd, hash and name by psql, out with s3cmd.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { missing, startExample } from '../../example.ts';
import { fixture } from '../../fixtures/make.ts';
import { assertCorner, CORNERS } from '../../fixtures/picture.ts';

const example = await startExample('negative');
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Asserts that it is red no more at the upper left. */
function assertNegated(bytes: Buffer): Promise<void> {
  const [red, green, blue] = CORNERS.topLeft;
  return assertCorner(bytes, [255 - red, 255 - green, 255 - blue]);
}

test('the steps of the README', { skip: missing('s3cmd', 'psql') }, async () => {
  const cat = await fixture('plain.jpg');
  await writeFile(join(example.folder, 'cat1.jpg'), cat);
  await example.next();
  await example.settled();
  const { stdout } = await example.next();
  const negative = await readFile(join(example.folder, 'negated_cat1.jpg'));
  await assertNegated(negative);
  const hash = sha256(negative);
  assert.match(stdout, /^ +timestamp +\| +negated_image_name +\| +negated_image_hash +$/m, 'the three columns');
  assert.match(stdout, new RegExp(`^ *\\d{4}-\\S+ \\S+ \\| negated_cat1\\.jpg +\\| ${hash}$`, 'm'), 'one row with the hash');
  assert.match(stdout, new RegExp(`^${hash} +negated_cat1\\.jpg$`, 'm'), 'sha256sum says the same');
  assert.doesNotMatch(stdout, /s3:\/\/input_bucket\//, 'the input bucket is empty');
  const [row] = await example.query('SELECT original_sha256 FROM rendition_log WHERE output_key = $1', ['negated_cat1.jpg']);
  assert.equal(row?.original_sha256, sha256(cat));
  assert.ok(example.finished());
});

test('any name comes through, SQL in it too, and names in two folders do not meet', async () => {
  const picture = await fixture('plain.png');
  const names = ['a cat (1).png', `it's "so"; DROP TABLE rendition; --.png`, 'one/cat.png', 'two/cat.png', 'ä+b%20c.png'];
  for (const name of names) await example.put('input_bucket', name, picture);
  await example.settled();
  for (const name of names) {
    const slash = name.lastIndexOf('/') + 1;
    const negative = await example.get('output_bucket', `${name.slice(0, slash)}negated_${name.slice(slash)}`);
    assert.ok(negative, name);
    await assertNegated(negative);
    assert.equal(await example.get('input_bucket', name), undefined, `${name} is delivered`);
    const rows = await example.query('SELECT output_sha256 FROM rendition_log WHERE original_key = $1', [name]);
    assert.deepEqual(rows, [{ output_sha256: sha256(negative) }]);
  }
});

test('what cannot be converted stays where it is, is not logged, and stops nothing else', async () => {
  await example.put('input_bucket', '0-broken.jpg', Buffer.from('no picture'));
  await example.put('input_bucket', '1-good.png', await fixture('plain.png'));
  await example.settled();
  assert.ok(await example.get('input_bucket', '0-broken.jpg'), 'its only copy');
  assert.ok(await example.get('output_bucket', 'negated_1-good.png'));
  assert.deepEqual(await example.query(`SELECT 1 FROM rendition_log WHERE original_key = '0-broken.jpg'`), []);
});

test('psql from pixmill env reads, and does not alter the ledger by a slip', { skip: missing('psql') }, async () => {
  const { inShell } = example;
  const slip = await inShell(`psql -c 'DELETE FROM rendition'`);
  assert.equal(slip.code, 1);
  assert.match(slip.stderr, /cannot execute DELETE in a read-only transaction/);
  assert.equal((await inShell(`psql -Atc 'SELECT count(*) > 0 FROM rendition_log'`)).stdout, 't\n');
});
