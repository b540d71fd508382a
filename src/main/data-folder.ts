// The data folder, and the file in it by which commands find the server that runs on it.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Fault } from '../domain/fault.ts';
import { makeFolder } from '../localstore/files.ts';

const FILE = 'local.json';

const localSchema = z.object({
  /** Where the server listens. */
  url: z.string(),
  /** An API token for commands on this machine. */
  token: z.string(),
  /** The built-in S3 endpoint, where it runs. */
  s3: z
    .object({
      endpoint: z.string(),
      /** A file of a server that knew no other. */
      region: z.string().default('us-east-1'),
      accessKeyId: z.string(),
      secretAccessKey: z.string(),
    })
    .optional(),
  /** The built-in database, where it runs: on a Unix socket, as the user that owns the ledger. */
  database: z
    .object({ host: z.string(), port: z.number(), user: z.string(), password: z.string(), database: z.string() })
    .optional(),
});

/** What commands on this machine need to know. */
export type Local = z.output<typeof localSchema>;

/** Creates the folder, and in it that of the store, for this user alone; or says why it cannot serve. */
export async function prepareDataFolder(folder: string): Promise<void> {
  // Under root the database runs as another user, who must get through to its own folder.
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  try {
    await makeFolder(folder, mode);
    await makeFolder(storeFolder(folder), 0o700);
    await writeFile(join(folder, '.writable'), '');
  } catch (error) {
    throw new Fault('denied', `the data folder ${folder} cannot be written: ${(error as NodeJS.ErrnoException).code}`, {
      cause: error,
      mend: 'make it writable for this user, or name another one in PIXMILL_DATA',
    });
  }
}

/** Where the built-in store keeps its bytes. */
export function storeFolder(folder: string): string {
  return join(folder, 'store');
}

/** Reads what the last server on this folder left; undefined where none has, or where it cannot be read. */
export async function readLocal(folder: string): Promise<Local | undefined> {
  const text = await readFile(join(folder, FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return localSchema.parse(JSON.parse(text));
  } catch {
    // Damaged: the next start writes it anew.
    return undefined;
  }
}

/** Writes it, readable for this user alone, never half. */
export async function writeLocal(folder: string, local: Local): Promise<void> {
  const file = join(folder, FILE);
  await writeFile(`${file}.new`, `${JSON.stringify(local, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
