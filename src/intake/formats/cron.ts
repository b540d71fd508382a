// Timers: Knative's ping, or anything at all at the address for timers. They may name pipelines.
import { z } from 'zod';
import type { Message } from '../message.ts';
import { isBody, label, named, readShape } from './fields.ts';

/** The type of a CloudEvent of Knative's timer. */
export const PING = 'dev.knative.sources.ping';

const name = label.max(63, 'is longer than any name of a pipeline');

const shape = z.object({
  pipeline: name.optional(),
  pipelines: z.array(name).min(1, 'names no pipeline').max(100, 'names more than 100').optional(),
});

/** @param said whatever the timer was told to send; only an object that names pipelines is heeded */
export function readCron(said: unknown, id?: string): Message {
  const { pipeline, pipelines } = isBody(said) ? readShape(shape, said) : {};
  const all = new Set([...(pipeline === undefined ? [] : [pipeline]), ...(pipelines ?? [])]);
  return { kind: 'cron', format: 'cron', ...named(id), pipelines: all.size === 0 ? 'all' : [...all] };
}
