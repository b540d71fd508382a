// Deliveries to out-hooks that are not done yet, as the API shows them.
import { z } from 'zod';
import { pageOf, time } from './common.ts';

const id = z.uuid().describe('Identifier of the delivery; another one once it was given up, or redriven');

export const deliveryState = z.enum(['waiting', 'failed']).describe('`failed`: given up, until it is redriven');

export const receiver = z.string().min(1).max(1000).describe('URL of the out-hook, as the configuration has it');

export const delivery = z
  .object({
    id,
    state: deliveryState,
    url: receiver,
    eventId: z.string().describe('`id` of the CloudEvent, and its `webhook-id`: always the same'),
    type: z.string(),
    subject: z.string().describe('`bucket/key`'),
    tries: z.int(),
    reason: z.string().nullable().describe('Why the last try failed'),
    at: time.describe('When it began to wait, or was given up'),
    nextTryAt: time.nullable(),
  })
  .meta({ id: 'Delivery' });

export const deliveryPage = pageOf(delivery).meta({ id: 'DeliveryPage' });

/** Which deliveries to try again. */
export const deliveryRedrive = z
  .strictObject({
    ids: z.array(id).min(1).max(1000).optional(),
    url: receiver.optional(),
    all: z.literal(true).optional(),
  })
  .refine((which) => Object.values(which).some((value) => value !== undefined), 'say which: ids, url, or all')
  .refine(
    ({ ids, url, all }) => all === undefined || (ids ?? url) === undefined,
    'all stands alone: leave out the rest, or leave out all',
  )
  .meta({ id: 'DeliveryRedrive' });

export const deliveriesRedriven = z
  .object({ redriven: z.int().describe('Deliveries that will be tried again; those that merely wait are not among them') })
  .meta({ id: 'DeliveriesRedriven' });
