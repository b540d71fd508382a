// Turns what PostgreSQL's programs, or the operating system, say about a failed start into a fault with a mend.
import { statfs } from 'node:fs/promises';
import { Fault } from '../domain/fault.ts';

/** The first pattern that matches decides, so the narrower ones come first. */
const REASONS: { said: RegExp; fault: (folder: string, match: RegExpMatchArray) => Fault }[] = [
  {
    said: /could not \w+ (anonymous )?(shared memory|semaphores)|cannot allocate memory/i,
    fault: () =>
      new Fault('unavailable', 'the built-in PostgreSQL gets no shared memory', {
        mend: 'free memory, or in a container give /dev/shm at least 64 MB (`--shm-size`), then start again',
      }),
  },
  {
    said: /no space left on device|disk quota exceeded/i,
    fault: (folder) =>
      new Fault('unavailable', `the disk that holds ${folder} is full`, {
        mend: 'free at least 200 MB there, or set PIXMILL_DATA to a folder on a larger disk',
      }),
  },
  {
    said: /read-only file system/i,
    fault: (folder) =>
      new Fault('denied', `${folder} lies on a file system that is mounted read-only`, {
        mend: 'mount it writable, or set PIXMILL_DATA to a folder on another disk',
      }),
  },
  {
    said: /error while loading shared libraries: (\S+?):/i,
    fault: (_, match) =>
      new Fault('invalid', `the built-in PostgreSQL misses the shared library ${match[1]}`, {
        mend: 'run `npm rebuild` in the folder where Pixmill is installed; if that does not help, set DATABASE_URL',
      }),
  },
  {
    said: /could not look up effective user ID (\d+)/i,
    fault: (_, match) =>
      new Fault('invalid', `user ${match[1]} has no entry in /etc/passwd, and PostgreSQL refuses to create a cluster for it`, {
        mend: 'add an entry for this user, run Pixmill as another user, or set DATABASE_URL',
      }),
  },
  {
    said: /permission denied|operation not permitted|wrong ownership/i,
    fault: (folder) =>
      process.geteuid?.() === 0
        ? new Fault(
            'denied',
            `root may not hand ${folder} to the user of the database, since some of its capabilities were taken away`,
            {
              mend: 'run Pixmill as an ordinary user that owns the folder, or leave CHOWN, SETUID, SETGID and DAC_OVERRIDE to root',
            },
          )
        : new Fault('denied', `user ${process.geteuid?.()} may not write in ${folder}, or not reach it`, {
            mend: `give the folder to the user that runs Pixmill (\`chown -R USER ${folder}\`), or set PIXMILL_DATA to another one`,
          }),
  },
  {
    said: /ENOENT|exec format error|ENOEXEC/i,
    fault: () =>
      new Fault('invalid', 'the built-in PostgreSQL cannot be run on this system', {
        mend: 'it needs the GNU C library, which Alpine Linux lacks: use a Debian-based image, or set DATABASE_URL',
      }),
  },
];

/**
 * @param said a program's output, or an error of the operating system
 * @param what was tried, for the message where the reason is not known: `starting the built-in PostgreSQL`
 */
export function faultOf(said: unknown, folder: string, what: string): Fault {
  if (said instanceof Fault) return said;
  const text = said instanceof Error ? said.message : String(said);
  for (const { said: pattern, fault } of REASONS) {
    const match = text.match(pattern);
    if (!match) continue;
    const known = fault(folder, match);
    return new Fault(known.code, known.message, { mend: known.mend ?? '', cause: said });
  }
  return new Fault('internal', `${what} failed`, { mend: `the last lines of ${folder}/server.log say why`, cause: said });
}

/** Bytes; with less left a server cannot start. */
const LEAST_SPACE = 4_000_000;

/** The same for the server, whose log does not say why it ended where the disk was full for the log too. */
export async function faultOfServer(said: string, folder: string): Promise<Fault> {
  const fault = faultOf(said, folder, 'starting the built-in PostgreSQL');
  if (fault.code !== 'internal') return fault;
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize < LEAST_SPACE ? faultOf(`no space left on device: ${said}`, folder, '') : fault;
}
