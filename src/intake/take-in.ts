// Takes in one message as a queue hands it on: understood and recorded, or refused and that recorded.
import { Fault } from '../domain/fault.ts';
import type { Provenance } from './message.ts';
import { parseMessages } from './parse.ts';
import { type MessageServices, type Received, receiveMessages, rejectMessage } from './receive-messages.ts';

/** Bytes of a message that history keeps. */
const KEPT_BYTES = 64 * 1024;

/** The message itself is at fault: sent again, it would be refused again. */
const REFUSED: ReadonlySet<string> = new Set(['invalid', 'too_large', 'unsupported']);

/** A message as a queue hands it on. */
export interface QueuedMessage {
  /** The queue's own name for it. */
  id: string;
  body: string;
}

/**
 * @returns what became of it, or why it was refused
 * @throws where it could not be recorded: nothing was done, and it must come again
 */
export async function takeIn(
  services: MessageServices,
  { id, body }: QueuedMessage,
  from: Pick<Provenance, 'door' | 'sender'>,
): Promise<Received | Fault> {
  const provenance = { ...from, payload: keptPart(body) };
  try {
    // What is inside goes by its own name, where it has one.
    const messages = parseMessages({ headers: {}, body }).map((message) => ({ id, ...message }));
    return await receiveMessages(services, messages, provenance);
  } catch (error) {
    if (!(error instanceof Fault && REFUSED.has(error.code))) throw error;
    await rejectMessage(services, provenance, error.message);
    return error;
  }
}

/** PostgreSQL holds neither NUL nor half a character. */
function keptPart(body: string): string {
  return Buffer.from(body).subarray(0, KEPT_BYTES).toString().replaceAll('\0', '\ufffd');
}
