// What senders of events are answered.
import { z } from 'zod';

/** A message as it came, of any type: its shape says what it is. */
export const messageBody = z
  .custom<Buffer | undefined>((value) => value === undefined || value === null || Buffer.isBuffer(value))
  .meta({ type: 'string', format: 'binary' });

export const received = z
  .object({
    received: z.int().describe('Objects recorded and queued, and runs begun'),
    ignored: z.int().describe('Objects that no pipeline has in its source'),
  })
  .meta({ id: 'Received' });

export const validation = z
  .object({ validationResponse: z.string() })
  .meta({ id: 'EventGridValidation' })
  .describe('To Azure Event Grid, where it asks whether a subscription is wanted');

export const tokenInQuery = z.object({ token: z.string().max(200).optional().describe('A hook token') });
