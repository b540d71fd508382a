// Chooses the user under which PostgreSQL runs (it refuses root) and starts programs as that user.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { lchown, lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../domain/fault.ts';
import type { Binaries } from './embedded-binaries.ts';
import { faultOf } from './embedded-faults.ts';

export interface Account {
  uid: number;
  gid: number;
  /** `plain` and `setpriv` leave root; `same` is the user that we already are. */
  way: 'same' | 'plain' | 'setpriv';
  /** The capability kept with `setpriv`, so that folders closed to the user can still be passed through. */
  capability?: Capability;
}

type Capability = 'dac_read_search' | 'dac_override';

/** Bits of the capabilities (linux/capability.h). The first suffices and cannot write, the second is what containers leave. */
const CAPABILITIES: [Capability, number][] = [
  ['dac_read_search', 2],
  ['dac_override', 1],
];

/** Nothing of our environment reaches the server: PGDATA, LD_PRELOAD and their like would change what it does. */
const ENVIRONMENT = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** Starts a program as that user, with a working directory that everybody may enter. */
export function spawnAs(account: Account, program: string, args: string[], options: SpawnOptions): ChildProcess {
  const all = { ...options, cwd: '/', env: ENVIRONMENT };
  if (account.way === 'same') return spawn(program, args, all);
  if (account.way === 'plain') return spawn(program, args, { ...all, uid: account.uid, gid: account.gid });
  const capability = `+${account.capability}`;
  const ids = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'];
  // Without this bit access(2), by which PostgreSQL looks for its own files, would disregard the capability.
  const kept = ['--securebits=+no_setuid_fixup', `--inh-caps=${capability}`, `--ambient-caps=${capability}`];
  return spawn('setpriv', [...ids, ...kept, '--', program, ...args], all);
}

/** Runs a program to its end; at most 64 kB of its output are kept. A program that cannot be started, or takes over `ms`, has code -1. */
export async function runAs(
  account: Account,
  program: string,
  args: string[],
  ms: number,
): Promise<{ code: number; output: string }> {
  return new Promise((done) => {
    let output = '';
    let child: ChildProcess;
    try {
      child = spawnAs(account, program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: ms, killSignal: 'SIGKILL' });
    } catch (error) {
      // Where root may not switch users, for one, spawn throws.
      return done({ code: -1, output: (error as Error).message });
    }
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-65_536);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.on('error', (error) => done({ code: -1, output: `${output}${error.message}` }));
    child.on('close', (code) => done({ code: code ?? -1, output }));
  });
}

/**
 * The user that is to own the server's files: ourselves, or as root the owner of the folder, else `postgres`, else `nobody`.
 * @param owned the folder, or the cluster in it where there is one
 */
export async function chooseAccount(owned: string): Promise<Account> {
  const uid = process.geteuid?.() ?? 0;
  if (uid !== 0) return { uid, gid: process.getegid?.() ?? uid, way: 'same' };
  const owner = await lstat(owned);
  if (owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, way: 'plain' };
  const users = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', '_postgres', 'nobody']) {
    const user = users.find((fields) => fields[0] === name);
    // macOS writes nobody's ids as -2.
    if (user && Number(user[2]) !== 0) return { uid: Number(user[2]) >>> 0, gid: Number(user[3]) >>> 0, way: 'plain' };
  }
  return { uid: 65_534, gid: 65_534, way: 'plain' };
}

/**
 * Proves that the account can run PostgreSQL on that folder, which it owns by now. As root it falls back to keeping one
 * capability, for folders under a closed one such as /root.
 * @returns the account in the way that works
 * @throws Fault `denied` where none does
 */
export async function reachable(account: Account, folder: string, binaries: Binaries): Promise<Account> {
  // A start as an ordinary user finds out by itself, with PostgreSQL's own words.
  if (account.way === 'same') return account;
  const script = 'cd "$0" && [ -w . ] && [ -r "$1" ] && exec "$2" --version';
  const args = ['-c', script, folder, binaries.catalogue, binaries.postgres];
  const said: string[] = [];
  for (const way of [account, ...(await capableWays(account))]) {
    const { code, output } = await runAs(way, '/bin/sh', args, 30_000);
    if (code === 0) return way;
    said.push(`${way.way} ${way.capability ?? ''}: ${output}`);
  }
  const known = faultOf(said.join('\n'), folder, 'running the built-in PostgreSQL');
  const mayNotSwitch = said.every((text) => /EPERM|setresuid failed/.test(text));
  if (mayNotSwitch || (known.code !== 'denied' && known.code !== 'internal')) throw known;
  throw new Fault(
    'denied',
    `PostgreSQL does not run as root, and user ${account.uid} cannot reach ${folder} and ${binaries.postgres}`,
    {
      mend:
        'put the data (PIXMILL_DATA) and the installation where that user can enter, for example /var/lib/pixmill and /opt/pixmill, ' +
        'or run Pixmill as an ordinary user',
      cause: said.join('\n'),
    },
  );
}

async function capableWays(account: Account): Promise<Account[]> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const held = BigInt(`0x${status.match(/^CapEff:\s*([0-9a-f]+)$/m)?.[1] ?? '0'}`);
  return CAPABILITIES.filter(([, bit]) => (held >> BigInt(bit)) & 1n).map(([capability]) => ({
    ...account,
    way: 'setpriv',
    capability,
  }));
}

/** As root gives a file or folder to the account; a link itself, not what it points to. */
export async function giveTo(account: Account, path: string): Promise<void> {
  if (account.way === 'same') return;
  if ((await lstat(path)).uid !== account.uid) await lchown(path, account.uid, account.gid);
}

/** The same for a folder with all in it. */
export async function giveAllTo(account: Account, path: string): Promise<void> {
  if (account.way === 'same') return;
  await giveTo(account, path);
  for (const name of await readdir(path, { recursive: true })) await giveTo(account, join(path, name));
}
