// Migrations from the command line, on a database that this process has for itself.
import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type Environment, readEnvironment } from '../config/env.ts';
import { Fault } from '../domain/fault.ts';
import { migrateDown, migrateUp, migrationStatus } from '../ledger/migrate.ts';
import { prepareDataFolder } from '../main/data-folder.ts';
import { type OpenedDatabase, openConfiguredDatabase } from '../main/database.ts';
import { formatTable, formatTime } from './figures.ts';
import { openQuietLog } from './log.ts';
import { EXIT, type Output, UsageFault } from './output.ts';

/** Applies what is missing; creates the built-in database where there is none. */
export async function applyAll(output: Output): Promise<undefined> {
  const environment = readPlace();
  await prepareDataFolder(environment.data);
  const applied = await withDatabase(environment, ({ db }) => migrateUp(db));
  output.result({ applied }, applied.length > 0 ? `applied ${applied.join(', ')}` : 'every migration is applied already');
}

/** Reverts the newest one that is applied. @param sure nobody is asked */
export async function revertNewest(sure: boolean, output: Output): Promise<number> {
  const environment = readPlace();
  await requireDatabase(environment);
  return withDatabase(environment, async ({ db }) => {
    const newest = (await migrationStatus(db)).findLast(({ appliedAt }) => appliedAt !== undefined);
    const answer = newest === undefined || sure ? 'yes' : await ask(newest.name, output);
    const reverted = answer === 'yes' ? await migrateDown(db) : [];
    output.result({ reverted }, reverted.length > 0 ? `reverted ${reverted.join(', ')}` : 'nothing was reverted');
    return answer === 'cancel' ? EXIT.interrupted : EXIT.ok;
  });
}

/** Prints every migration there is. */
export async function listMigrations(output: Output): Promise<undefined> {
  const environment = readPlace();
  await requireDatabase(environment);
  const known = await withDatabase(environment, ({ db }) => migrationStatus(db));
  const migrations = known.map(({ name, appliedAt }) => ({ name, appliedAt: appliedAt?.toISOString() ?? null }));
  const rows = migrations.map(({ name, appliedAt }) => [name, appliedAt === null ? 'missing' : formatTime(appliedAt)]);
  output.result({ migrations }, formatTable(rows));
}

async function ask(migration: string, output: Output): Promise<'yes' | 'no' | 'cancel'> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new UsageFault(`reverting ${migration} deletes its tables, and there is nobody to ask`, 'say --yes if it is meant');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const cancelled = new AbortController();
  terminal.on('SIGINT', () => cancelled.abort());
  terminal.on('close', () => cancelled.abort());
  try {
    const question = `Revert ${migration} and delete its tables with everything in them? [y/N] `;
    const answer = await terminal.question(question, { signal: cancelled.signal });
    return /^y(es)?$/i.test(answer.trim()) ? 'yes' : 'no';
  } catch (error) {
    if (!cancelled.signal.aborted) throw error;
    output.note('');
    return 'cancel';
  } finally {
    terminal.close();
  }
}

function readPlace(): Environment {
  const environment = readEnvironment(process.env);
  return { ...environment, data: resolve(environment.data) };
}

/** Looking at a database, or taking from it, is no reason to create one. */
async function requireDatabase({ databaseUrl, data }: Environment): Promise<void> {
  if (databaseUrl !== undefined) return;
  await access(join(data, 'postgres')).catch((cause) => {
    throw new Fault('not_found', `there is no database in ${data}`, {
      cause,
      mend: 'name the data folder in PIXMILL_DATA, or the database in DATABASE_URL; "pixmill migrate up" creates one',
    });
  });
}

async function withDatabase<Result>(
  environment: Environment,
  use: (database: OpenedDatabase) => Promise<Result>,
): Promise<Result> {
  const database = await openConfiguredDatabase(environment, openQuietLog());
  try {
    return await use(database);
  } finally {
    await database.close();
  }
}
