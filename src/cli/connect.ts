// Finds the server that a command speaks to, and speaks to it.
import { resolve } from 'node:path';
import { answer, createPixmill, type Pixmill } from '../../sdk/client.ts';
import type { FeedEvent } from '../../sdk/feed.ts';
import { ProblemError } from '../../sdk/problem.ts';
import type { Environment } from '../config/env.ts';
import { Fault, type FaultCode } from '../domain/fault.ts';
import { type Local, readLocal } from '../main/data-folder.ts';

/** Milliseconds for which a server that is away is waited for, once it has answered. */
const PATIENCE = 30_000;

export interface Connection {
  url: string;
  pixmill: Pixmill;
  /** What the server left in the data folder, where it is the one on this machine. */
  local: Local | undefined;
  /** Unpacks an answer. @throws Fault: what the server refused with, or `unavailable` where it cannot be reached */
  ask: Ask;
  /** What changes from now on; begins with `resync`, and ends with the signal. @throws Fault `unavailable` */
  follow(signal: AbortSignal): AsyncGenerator<FeedEvent, void, undefined>;
}

type Ask = <Data>(asked: Promise<{ data?: Data; error?: unknown; response: Response }>) => Promise<Exclude<Data, undefined>>;

/** @throws Fault `unavailable` where no server is named and none has run here. Whether it answers shows at the first question. */
export async function connect(environment: Environment): Promise<Connection> {
  const { url, token, local, tokenFrom } = await locate(environment);
  const pixmill = createPixmill({ url, token });
  const ask: Ask = async (asked) => {
    try {
      return await answer(asked);
    } catch (error) {
      throw faultOf(error, url, tokenFrom);
    }
  };
  const follow = (signal: AbortSignal) => followPatiently(url, token, signal, (error) => faultOf(error, url, tokenFrom));
  return { url, pixmill, local, ask, follow };
}

/** What the last server on the data folder left for commands. @throws Fault `unavailable` where there is nothing */
export async function requireLocal({ data }: Environment): Promise<Local> {
  const folder = resolve(data);
  const local = await readLocal(folder);
  if (local) return local;
  throw new Fault('unavailable', `no server has run on the data folder ${folder}`, {
    mend: 'start one with "npm start", or name its folder in PIXMILL_DATA, or a server in PIXMILL_URL and PIXMILL_TOKEN',
  });
}

interface Place {
  url: string;
  token: string | undefined;
  tokenFrom: string;
  local: Local | undefined;
}

async function locate(environment: Environment): Promise<Place> {
  const { url, token } = environment.client;
  if (url === undefined) {
    const local = await requireLocal(environment);
    return { url: local.url, token: token ?? local.token, tokenFrom: token ? 'PIXMILL_TOKEN' : environment.data, local };
  }
  const left = await readLocal(resolve(environment.data));
  const local = left && new URL(left.url).origin === new URL(url).origin ? left : undefined;
  return { url, token: token ?? local?.token, tokenFrom: token ? 'PIXMILL_TOKEN' : environment.data, local };
}

function faultOf(error: unknown, url: string, tokenFrom: string): unknown {
  if (error instanceof ProblemError) {
    if (error.code === 'unknown') {
      return new Fault('unavailable', `${url} answers, but not as Pixmill does (HTTP ${error.status})`, {
        mend: 'correct PIXMILL_URL, or start Pixmill on that port',
      });
    }
    if (error.code === 'unauthenticated') {
      return new Fault('unauthenticated', `${url} does not know the token of ${tokenFrom}`, {
        mend: 'make one there with "pixmill token create", and name it in PIXMILL_TOKEN; or set PIXMILL_DATA to its data folder',
      });
    }
    return new Fault(error.code as FaultCode, error.message, error.mend === undefined ? {} : { mend: error.mend });
  }
  // What fetch throws where there was no answer: its cause says why.
  if (error instanceof TypeError && error.cause !== undefined) {
    return new Fault('unavailable', `no Pixmill answers at ${url}`, {
      cause: error,
      mend: 'start it with "npm start", or name a running one in PIXMILL_URL and PIXMILL_TOKEN',
    });
  }
  return error;
}

async function* followPatiently(
  url: string,
  token: string | undefined,
  signal: AbortSignal,
  toFault: (error: unknown) => unknown,
): AsyncGenerator<FeedEvent, void, undefined> {
  const giveUp = new AbortController();
  let heard = performance.now();
  let lost: unknown;
  // The feed comes back by itself for ever; a person who waits wants to be told at some point.
  const watched: typeof fetch = async (...request) => {
    try {
      const response = await fetch(...request);
      heard = performance.now();
      return response;
    } catch (error) {
      if (performance.now() - heard > PATIENCE) {
        lost = error;
        giveUp.abort();
      }
      throw error;
    }
  };
  try {
    for await (const event of createPixmill({ url, token, fetch: watched }).feed({
      signal: AbortSignal.any([signal, giveUp.signal]),
    })) {
      heard = performance.now();
      yield event;
    }
  } catch (error) {
    throw toFault(error);
  }
  if (lost !== undefined) throw toFault(lost);
}
