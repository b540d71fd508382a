// Brings the schema up or down, one migration at a time, guarded against two at once by Kysely's own lock.
import { type Kysely, sql } from 'kysely';
import { type Migration, type MigrationResult, Migrator } from 'kysely/migration';
import { Fault } from '../domain/fault.ts';
import * as ledger from './migrations/0001-ledger.ts';
import * as store from './migrations/0002-store.ts';
import * as accessKeys from './migrations/0003-access-keys.ts';
import * as bucketSettings from './migrations/0004-bucket-settings.ts';
import * as completedUploads from './migrations/0005-completed-uploads.ts';
import * as events from './migrations/0006-events.ts';
import * as copies from './migrations/0007-copies.ts';
import * as hookTokens from './migrations/0008-hook-tokens.ts';
import * as logRecords from './migrations/0009-log-records.ts';

/** Named here rather than found in a folder, so that a published build cannot miss one. */
const MIGRATIONS: Record<string, Migration> = {
  '0001-ledger': ledger,
  '0002-store': store,
  '0003-access-keys': accessKeys,
  '0004-bucket-settings': bucketSettings,
  '0005-completed-uploads': completedUploads,
  '0006-events': events,
  '0007-copies': copies,
  '0008-hook-tokens': hookTokens,
  '0009-log-records': logRecords,
};

// biome-ignore lint/suspicious/noExplicitAny: the migrator works on any schema, which is the point of it
type AnyDatabase = Kysely<any>;

function migrator(db: AnyDatabase): Migrator {
  return new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
}

/** Applies every migration that is missing. @returns the names applied */
export async function migrateUp(db: AnyDatabase): Promise<string[]> {
  return applied(await run(() => migrator(db).migrateToLatest()));
}

/** Reverts exactly the newest migration. @returns its name, or nothing where none is applied */
export async function migrateDown(db: AnyDatabase): Promise<string[]> {
  return applied(await run(() => migrator(db).migrateDown()));
}

/** Each known migration and when it was applied, in order. */
export async function migrationStatus(db: AnyDatabase): Promise<{ name: string; appliedAt: Date | undefined }[]> {
  const infos = await migrator(db).getMigrations();
  return infos.map((info) => ({ name: info.name, appliedAt: info.executedAt }));
}

/** @throws Fault `unavailable` where the schema is not the one that this program was written for; nothing is changed */
export async function requireSchema(db: AnyDatabase): Promise<void> {
  const missing = (await migrationStatus(db)).filter(({ appliedAt }) => appliedAt === undefined).map(({ name }) => name);
  if (missing.length > 0) {
    throw new Fault('unavailable', `the schema of the database is not up to date: it lacks ${missing.join(', ')}`, {
      mend: 'run "pixmill migrate up" on this database, with this release',
    });
  }
  const { rows } = await sql<{ name: string }>`SELECT name FROM kysely_migration`.execute(db);
  const unknown = rows.map(({ name }) => name).filter((name) => !(name in MIGRATIONS));
  if (unknown.length > 0) {
    throw new Fault('unavailable', `the schema of the database is newer than this program: it has ${unknown.join(', ')}`, {
      mend: 'start the newer release',
    });
  }
}

async function run(step: () => ReturnType<Migrator['migrateToLatest']>): Promise<MigrationResult[]> {
  const { error, results } = await step();
  if (error) {
    const failed = results?.find((result) => result.status === 'Error')?.migrationName;
    throw new Fault('unavailable', failed ? `migration ${failed} failed` : 'the schema of the database cannot be migrated', {
      cause: error,
      mend: 'the database was written by a newer Pixmill, or by hand: start the newer release, or restore a backup',
    });
  }
  return results ?? [];
}

function applied(results: MigrationResult[]): string[] {
  return results.filter((result) => result.status === 'Success').map((result) => result.migrationName);
}
