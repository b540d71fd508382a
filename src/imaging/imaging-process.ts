// One imaging process as its server sees it: started with a memory limit, given one picture at a time, killed at the deadline.
import { Fault } from '../domain/fault.ts';
import type { ImageLimits, Log, PictureBytes, RenderedPicture, RenderTarget } from '../domain/ports.ts';
import type { Answer, Done, Failed, Hello, Job } from './protocol.ts';
import { type Child, type Death, deathFault, memoryFor, spawnLimited, startFault } from './spawn.ts';
import { type Message, messageReader, opening } from './wire.ts';

export interface ImagingProcess {
  /** Name and versions of the library, once the process can work. */
  readonly ready: Promise<string>;
  /** Resolves when the process has ended, for whatever reason. */
  readonly gone: Promise<void>;
  readonly alive: boolean;
  readonly pid: number | undefined;
  /** Faults: those of the picture, `timeout` at the deadline, `too_large` and `internal` where the process died of it. */
  render(input: PictureBytes, targets: readonly RenderTarget[]): Promise<RenderedPicture>;
  /** Ends the process at once; a picture in work is `unavailable`. */
  kill(): void;
}

export interface ProcessOptions {
  limits: ImageLimits;
  /** Bytes of each watermark by its SHA-256 in hex. */
  watermarks: ReadonlyMap<string, Buffer>;
  log: Log;
  /** Bytes that a picture may take; by default as many as the largest picture within the limits may need. */
  memory?: number;
}

/** A process that is not ready by then is given up, in milliseconds. */
const START_MS = 30_000;

/** How much of what a process says on its standard error is kept to explain its death, in characters. */
const LAST_WORDS = 2_000;

export function startProcess(options: ProcessOptions): ImagingProcess {
  const { limits, log, memory = memoryFor(limits) } = options;
  const child = spawnLimited(memory);
  const ready = Promise.withResolvers<string>();
  const gone = Promise.withResolvers<void>();
  let work: PromiseWithResolvers<RenderedPicture> | undefined;
  let deadline: NodeJS.Timeout | undefined = setTimeout(() => child.kill('SIGKILL'), START_MS);
  let ending: Death['ending'];
  let lastWords = '';

  const finish = (): PromiseWithResolvers<RenderedPicture> | undefined => {
    clearTimeout(deadline);
    const finished = work;
    work = undefined;
    return finished;
  };

  const take = ({ header, body }: Message<Answer>): void => {
    const finished = finish();
    if (header.kind === 'ready') ready.resolve(header.engine);
    else if (header.kind === 'failed') finished?.reject(toldFault(header));
    else finished?.resolve(assemble(header, body));
  };

  const read = messageReader<Answer>(take);
  child.stdout.on('data', (piece: Buffer) => {
    try {
      read(piece);
    } catch (error) {
      // Whatever took the process over does not get at the server.
      lastWords = String(error);
      child.kill('SIGKILL');
    }
  });
  child.stderr.setEncoding('utf8').on('data', (said: string) => {
    lastWords = (lastWords + said).slice(-LAST_WORDS);
    log.debug({ pid: child.pid, said }, 'an imaging process said something');
  });
  // A process that died has closed its input; its death is told by `close`.
  child.stdin.on('error', () => {});
  child.on('error', (error) => {
    ready.reject(startFault(error));
    if (child.pid === undefined) gone.resolve();
  });
  child.on('close', (code, signal) => {
    const fault = deathFault({ code, signal, ending, lastWords, memory, ms: limits.ms });
    if (ending !== 'stop')
      log.warn({ pid: child.pid, code, signal, lastWords, fault: fault.message }, 'an imaging process ended');
    finish()?.reject(fault);
    ready.reject(startFault(fault));
    gone.resolve();
  });
  // Whoever starts a process may wait for `gone` alone.
  ready.promise.catch(() => {});

  sendHello(child, options);

  return {
    ready: ready.promise,
    gone: gone.promise,
    pid: child.pid,
    get alive() {
      return child.pid !== undefined && child.exitCode === null && child.signalCode === null && !child.killed;
    },
    render(input, targets) {
      work = Promise.withResolvers();
      deadline = setTimeout(() => {
        ending = 'deadline';
        child.kill('SIGKILL');
      }, limits.ms);
      if (Buffer.isBuffer(input)) send(child, { targets }, [input]);
      else send(child, { targets, file: { path: input.path, size: input.size } }, []);
      return work.promise;
    },
    kill() {
      ending ??= 'stop';
      child.kill('SIGKILL');
    },
  };
}

/** Hands the process its limits and the watermarks, as its first message. */
function sendHello(child: Child, { limits, watermarks }: ProcessOptions): void {
  const marks = [...watermarks].map(([sha256, bytes]) => ({ sha256, bytes: bytes.length }));
  send(child, { limits, marks } satisfies Hello, [...watermarks.values()]);
}

function send(child: Child, header: Hello | Job, parts: readonly Buffer[]): void {
  child.stdin.cork();
  child.stdin.write(opening(header, parts));
  for (const part of parts) child.stdin.write(part);
  child.stdin.uncork();
}

/** Gives each output its part of the body. */
function assemble({ picture, outputs }: Done, body: Buffer): RenderedPicture {
  let at = 0;
  const cut = outputs.map(({ bytes, ...output }) => {
    const part = body.subarray(at, at + bytes);
    at += bytes;
    return { ...output, body: part };
  });
  return { ...picture, outputs: cut };
}

function toldFault({ code, message, mend, cause }: Failed): Fault {
  return new Fault(code, message, { ...(mend === undefined ? {} : { mend }), cause });
}
