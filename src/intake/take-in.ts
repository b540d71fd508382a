// Takes in messages as a queue hands them on: a batch in one transaction, and each by itself where one of them spoils it.
import { sql } from 'kysely';
import { Fault } from '../domain/fault.ts';
import type { Message, Provenance } from './message.ts';
import { parseMessages } from './parse.ts';
import { type Envelope, isRefusal, type MessageServices, receiveEnvelopes, rejectMessage } from './receive-messages.ts';

/** A message as a queue hands it on. */
export interface QueuedMessage {
  /** The queue's own name for it. */
  id: string;
  body: string;
}

/** What became of a message. */
export type Taken =
  /** It is recorded, and its work enqueued. */
  | { kind: 'received'; messages: Message[] }
  /** It makes no sense, and that is recorded. */
  | { kind: 'refused'; fault: Fault }
  /** Nothing was done: it must come again. */
  | { kind: 'failed'; error: unknown };

type Sender = Pick<Provenance, 'door' | 'sender'>;

/** @returns what became of each, in the order given */
export async function takeIn(services: MessageServices, given: QueuedMessage[], from: Sender): Promise<Taken[]> {
  const envelopes = given.map(understand);
  const good = envelopes.filter((envelope): envelope is Envelope => !(envelope instanceof Fault));
  const received = good.length > 1 && (await receiveTogether(services, good, from));
  const taken: Taken[] = [];
  let away: Taken | undefined;
  for (const [index, envelope] of envelopes.entries()) {
    const payload = given[index]?.body ?? '';
    if (received && !(envelope instanceof Fault)) taken.push({ kind: 'received', messages: envelope.messages });
    else taken.push(away ?? (await takeOne(services, envelope, { ...from, payload })));
    // With the database away the rest would wait for it, one after the other.
    if (taken[index]?.kind === 'failed' && !away && !(await answers(services))) away = taken[index];
  }
  return taken;
}

/** @returns false where they were not, and nothing of them was done */
async function receiveTogether(services: MessageServices, envelopes: Envelope[], from: Sender): Promise<boolean> {
  try {
    await receiveEnvelopes(services, envelopes, from);
    return true;
  } catch (error) {
    services.log.debug({ ...from, err: error }, 'a batch could not be recorded; each message by itself');
    return false;
  }
}

async function takeOne(services: MessageServices, envelope: Envelope | Fault, from: Provenance): Promise<Taken> {
  try {
    if (envelope instanceof Fault) throw envelope;
    await receiveEnvelopes(services, [envelope], from);
    return { kind: 'received', messages: envelope.messages };
  } catch (error) {
    return isRefusal(error) ? reject(services, error, from) : { kind: 'failed', error };
  }
}

async function reject(services: MessageServices, fault: Fault, from: Provenance): Promise<Taken> {
  try {
    await rejectMessage(services, from, fault.message);
    return { kind: 'refused', fault };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

/** What is inside goes by its own name, where it has one. */
function understand({ id, body }: QueuedMessage): Envelope | Fault {
  try {
    const messages = parseMessages({ headers: {}, body }).map((message) => ({ id, ...message }));
    return { messages, payload: body };
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

async function answers({ db }: MessageServices): Promise<boolean> {
  return sql`SELECT 1`.execute(db).then(
    () => true,
    () => false,
  );
}
