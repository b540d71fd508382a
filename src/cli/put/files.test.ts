import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { collectFiles } from './files.ts';

const folder = await mkdtemp(join(tmpdir(), 'pixmill-files-'));
after(() => rm(folder, { recursive: true }));
const write = async (path: string, text = 'x') => {
  await mkdir(join(folder, path, '..'), { recursive: true });
  await writeFile(join(folder, path), text);
  return join(folder, path);
};
const keysOf = (files: { key: string }[]) => files.map(({ key }) => key).sort();

test('the key of a file is its name, and in a folder the path below it, behind the prefix as it stands', async () => {
  const single = await write('single.jpg', 'four');
  await write('album/a.jpg');
  await write('album/deep/er/b c.jpg');
  const { files, faults } = await collectFiles([single, join(folder, 'album')], 'p-');
  assert.deepEqual(faults, []);
  assert.deepEqual(keysOf(files), ['p-a.jpg', 'p-deep/er/b c.jpg', 'p-single.jpg']);
  assert.equal(files.find(({ key }) => key === 'p-single.jpg')?.size, 4);
});

test('hidden names in folders are counted and left out, and one that is named is taken', async () => {
  await write('shy/.DS_Store');
  await write('shy/.git/config');
  const named = await write('shy/.named.jpg');
  const { files, hidden } = await collectFiles([join(folder, 'shy'), named], '');
  assert.deepEqual([keysOf(files), hidden], [['.named.jpg'], 3]);
});

test('links to files are followed, and links to folders are named as faults', async () => {
  const target = await write('real/x.jpg');
  await mkdir(join(folder, 'links'));
  await symlink(target, join(folder, 'links/y.jpg'));
  await symlink('..', join(folder, 'links/up'));
  await symlink('nowhere', join(folder, 'links/broken.jpg'));
  const { files, faults } = await collectFiles([join(folder, 'links')], '');
  assert.deepEqual(keysOf(files), ['y.jpg']);
  const said = faults.map(({ message }) => message.slice(folder.length)).sort();
  assert.deepEqual(said, [
    '/links/broken.jpg cannot be read: there is no such file or folder',
    '/links/up is a link to a folder, which is not followed',
  ]);
});

test('a file named twice is uploaded once, and two files of one key are refused', async () => {
  const one = await write('one/same.jpg');
  const two = await write('two/same.jpg');
  assert.equal((await collectFiles([one, `${folder}/one/../one/same.jpg`], '')).files.length, 1);
  await assert.rejects(collectFiles([one, two], 'p/'), {
    code: 'collision',
    message: /one\/same\.jpg and .*two\/same\.jpg .* p\/same\.jpg/,
  });
});

test('a key that S3 would not take is a fault of its file alone', async () => {
  const { files, faults } = await collectFiles([await write('long.jpg'), await write('l.jpg')], 'x'.repeat(1017));
  assert.deepEqual([files.length, faults.length], [1, 1]);
  assert.match(faults[0]?.message ?? '', /long\.jpg: its key would be longer than 1024 bytes/);
});
