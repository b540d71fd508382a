// The built-in store alone in a process, for tests that kill it: `node local-store-process.ts DATABASE-URL FOLDER`. Prints its
// port and keys as JSON when it listens.
import { openDatabase } from '../src/ledger/database.ts';
import { openLocalStore } from '../src/localstore/local-store.ts';
import type { StoreTables } from '../src/localstore/tables.ts';

const [, , url = '', folder = ''] = process.argv;
const { db } = openDatabase<StoreTables>({ url }, 8);
const line = (data: object, message: string) => console.error(message, data);
const store = await openLocalStore({
  db,
  folder,
  region: 'us-east-1',
  log: { debug: () => {}, info: line, warn: line, error: line },
  onChanges: async () => {},
  afterCommit: () => {},
  allowOrigin: () => false,
  orphanGrace: 0,
});
const key = await store.ensureKey();
await store.createBucket('pictures');
const { port } = await store.listen('127.0.0.1', 0);
console.log(JSON.stringify({ port, key }));
