// From the names on the command line to files and their keys.
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Fault } from '../../domain/fault.ts';
import { MAX_KEY_BYTES } from '../../domain/key-template.ts';
import { fileFault } from '../file-fault.ts';
import { printableName } from '../printable.ts';

export interface LocalFile {
  path: string;
  key: string;
  /** Bytes. */
  size: number;
}

export interface Collected {
  files: LocalFile[];
  /** One for each file or folder that cannot be uploaded. */
  faults: Fault[];
  /** Names in folders that begin with a dot, which are left out. */
  hidden: number;
}

/**
 * Finds every file. The key is the prefix and behind it the name of a file, or the path below a folder, exactly and with `/`
 * between its parts.
 * @throws Fault `collision` where two files would have the same key: one of them would be lost
 */
export async function collectFiles(names: string[], prefix: string): Promise<Collected> {
  const collected: Collected = { files: [], faults: [], hidden: 0 };
  for (const name of names) await collect(name, `${prefix}${basename(name)}`, prefix, collected);
  return { ...collected, files: distinct(collected.files) };
}

/** @param inside what the keys of a folder's files begin with */
async function collect(path: string, key: string, inside: string, into: Collected): Promise<void> {
  try {
    const about = await stat(path);
    if (about.isDirectory()) return await collectFolder(path, inside, into);
    if (!about.isFile()) throw new Fault('invalid', `${printableName(path)} is neither a file nor a folder`);
    if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
      throw new Fault('invalid', `${printableName(path)}: its key would be longer than ${MAX_KEY_BYTES} bytes`);
    }
    into.files.push({ path, key, size: about.size });
  } catch (error) {
    into.faults.push(error instanceof Fault ? error : fileFault(path, 'read', error));
  }
}

async function collectFolder(folder: string, prefix: string, into: Collected): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const key = `${prefix}${entry.name}`;
    if (entry.name.startsWith('.')) into.hidden++;
    // A link to a folder may lead back here.
    else if (entry.isSymbolicLink() && (await isFolder(path))) into.faults.push(linkFault(path));
    else await collect(path, key, `${key}/`, into);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (about) => about.isDirectory(),
    () => false,
  );
}

function linkFault(path: string): Fault {
  return new Fault('invalid', `${printableName(path)} is a link to a folder, which is not followed`, {
    mend: 'name the folder itself',
  });
}

/** Each file once, however often it was named. */
function distinct(files: LocalFile[]): LocalFile[] {
  const byKey = new Map<string, LocalFile>();
  for (const file of files) {
    const other = byKey.get(file.key);
    if (other !== undefined && resolve(other.path) !== resolve(file.path)) {
      const [one, two, key] = [other.path, file.path, file.key].map(printableName);
      throw new Fault('collision', `${one} and ${two} would both have the key ${key}`, {
        mend: 'upload the folder that holds both, or give each a --prefix of its own',
      });
    }
    byKey.set(file.key, file);
  }
  return [...byKey.values()];
}
