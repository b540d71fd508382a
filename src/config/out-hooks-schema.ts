// What the configuration says of out-hooks: whom Pixmill tells what it has done.
import { z } from 'zod';
import { CHANGE_KINDS } from '../domain/change.ts';

const MIN_SECRET = 24;

const url = z.string().superRefine((said, context) => {
  const complain = (message: string) => context.addIssue({ code: 'custom', message });
  if (said.length > 1000) return complain('is longer than 1000 characters');
  const parsed = URL.parse(said);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) return complain('must be a URL that begins with http:// or https://');
  // It would be shown with the rest of the address, and the signature proves more.
  if (parsed.username || parsed.password) complain('must hold no user name and no password: receivers check the signature');
  if (parsed.hash) complain('must hold no "#": it is never sent');
});

/** As Standard Webhooks has it: bytes in base64 behind `whsec_`, or any text, which then is the key as it is. */
const secret = z.string({ error: 'is missing' }).superRefine((said, context) => {
  const [, base64] = /^whsec_(.*)$/s.exec(said) ?? [];
  const complain = (message: string) => context.addIssue({ code: 'custom', message });
  if (base64 === undefined) {
    if (said.length < MIN_SECRET) complain(`has fewer than ${MIN_SECRET} characters; "openssl rand -base64 32" makes a good one`);
  } else if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || Buffer.from(base64, 'base64').length < MIN_SECRET) {
    complain(`must have at least ${MIN_SECRET} bytes in base64 behind "whsec_"`);
  }
});

const outHook = z.strictObject({
  url,
  secret,
  /** What it is told of; everything where this is left out. */
  on: z.array(z.enum(CHANGE_KINDS)).min(1, 'names nothing').optional(),
  /** Of which pipelines; of all where this is left out. */
  pipelines: z.array(z.string()).min(1, 'names no pipeline').optional(),
  /** Addresses of the machine and of its networks are allowed too. */
  allowPrivate: z.boolean().default(false),
});

export const outHooksSchema = z
  .array(outHook)
  .superRefine((hooks, context) => {
    for (const [index, { url }] of hooks.entries()) {
      if (hooks.findIndex((other) => other.url === url) < index) {
        context.addIssue({ code: 'custom', path: [index, 'url'], message: 'stands there twice' });
      }
    }
  })
  .default([]);

export type OutHookConfig = z.output<typeof outHook>;
