// GET deliveries, and POST deliveries/redrive to try again those that were given up.
import { z } from 'zod';
import type { DeliveryPosition } from '../../domain/delivery.ts';
import { Fault } from '../../domain/fault.ts';
import type { Api } from '../api.ts';
import type { HttpServices } from '../services.ts';
import { cursor, limit } from '../shapes/common.ts';
import { deliveriesRedriven, deliveryPage, deliveryRedrive, deliveryState, receiver } from '../shapes/delivery.ts';

const tags = ['deliveries'];

export function deliveryRoutes(app: Api, { deliveries }: HttpServices): void {
  app.get(
    '/deliveries',
    {
      schema: {
        tags,
        summary: 'Events that wait to be delivered, or were given up, newest first',
        querystring: z.object({ state: deliveryState.optional(), url: receiver.optional(), limit, cursor: cursor.optional() }),
        response: { 200: deliveryPage },
      },
    },
    async ({ query: { limit, cursor, ...filter } }) => {
      const { rows, next } = await deliveries.list(filter, limit, unpackPosition(cursor));
      const items = rows.map(({ position: _, at, nextTryAt, ...row }) => ({
        ...row,
        at: at.toISOString(),
        nextTryAt: nextTryAt?.toISOString() ?? null,
      }));
      return { items, next: packPosition(next) };
    },
  );

  app.post(
    '/deliveries/redrive',
    {
      schema: {
        tags,
        summary: 'Tries events again that were given up',
        body: deliveryRedrive,
        response: { 200: deliveriesRedriven },
      },
    },
    async ({ body: { ids, url } }) => ({ redriven: await deliveries.redrive({ ids, url }) }),
  );
}

function packPosition(position: DeliveryPosition | undefined): string | null {
  return position === undefined ? null : Buffer.from(`${position.at}.${position.id}`).toString('base64url');
}

function unpackPosition(cursor: string | undefined): DeliveryPosition | undefined {
  if (cursor === undefined) return undefined;
  const [, at, id] = /^(\d{1,16})\.([0-9a-f-]{36})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (id === undefined || !z.guid().safeParse(id).success) {
    throw new Fault('invalid', 'this cursor was not handed out here', { mend: 'begin without a cursor, and follow "next"' });
  }
  return { at: Number(at), id };
}
