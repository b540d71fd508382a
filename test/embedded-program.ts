// Started by tests to be killed: runs the built-in PostgreSQL on a folder and prints the server's pid and address.
import { startEmbedded } from '../src/ledger/embedded.ts';
import { holdFolder } from '../src/ledger/embedded-hold.ts';

const [, , folder = '', hold] = process.argv;
const log = { debug() {}, info() {}, warn: console.error, error: console.error };
const server = await startEmbedded(folder, log);
if (hold === 'hold') await holdFolder(server.address);
console.log(JSON.stringify({ serverPid: server.pid, address: server.address }));
setInterval(() => {}, 60_000);
