// What a shell needs so that PostgreSQL's own programs reach the built-in database.
import type { Local } from '../main/data-folder.ts';

export function databaseVariables({
  host,
  port,
  user,
  password,
  database,
}: NonNullable<Local['database']>): Record<string, string> {
  return { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database };
}

/**
 * psql that reads, unless told otherwise: a statement typed in haste must not alter the ledger. The setting stays in that
 * function, since a server started from the same shell would heed it too.
 */
export const DATABASE_SCRIPT = [
  // They would lead to another server, or win over the variables.
  'unset PGHOSTADDR PGSERVICE',
  `psql() { PGOPTIONS='-c default_transaction_read_only=on' command psql "$@"; }`,
].join('\n');
