// Tokens and the session, as the API shows them. A secret is shown once, when it is made.
import { z } from 'zod';
import { id, time, words } from './common.ts';

export const token = z
  .object({
    id,
    kind: z.enum(['link', 'session', 'api', 'hook']).describe('A hook token sends events, and does nothing else'),
    name: z.string(),
    createdAt: time,
    expiresAt: time.nullable(),
    usedAt: time.nullable().describe('Last used, to the minute; of a link: when it was used up'),
    current: z.boolean().describe('This very request was made with it'),
  })
  .meta({ id: 'Token' });

export const tokenList = z.object({ items: z.array(token) }).meta({ id: 'TokenList' });

const expiresAt = z.iso.datetime({ offset: true }).optional();

export const newToken = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('api'), name: words, expiresAt }),
    z.strictObject({ kind: z.literal('hook'), name: words.describe('Of the sender, as history shows it'), expiresAt }),
    z.strictObject({ kind: z.literal('link') }),
  ])
  .meta({ id: 'NewToken' });

export const madeToken = z
  .object({
    id,
    kind: z.enum(['link', 'api', 'hook']),
    name: z.string(),
    secret: z.string().describe('Shown this once'),
    expiresAt: time.nullable(),
    path: z.string().nullable().describe('Of a link: where on this server to open it'),
  })
  .meta({ id: 'MadeToken' });

export const session = z
  .object({
    signedIn: z.boolean(),
    name: z.string().nullable().describe('Of the token that this request was made with'),
    hideButton: z.boolean().describe('The page shows no button that starts a run'),
    version: z.string().nullable(),
    s3Endpoint: z.string().nullable().describe('Where S3 tools reach the store, seen from where this request came'),
  })
  .meta({ id: 'Session' });
