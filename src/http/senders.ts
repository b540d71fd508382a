// Says who sent an event: by a token, by a token of Google, by the signature of SNS. A cookie proves nothing here.
import type { FastifyRequest } from 'fastify';
import type { Accounts, Identity } from '../accounts/accounts.ts';
import type { HooksConfig } from '../config/hooks-schema.ts';
import { Fault } from '../domain/fault.ts';
import type { Body } from '../intake/formats/fields.ts';
import type { Fetch } from '../intake/verify/bounded-fetch.ts';
import { openGoogleVerifier } from '../intake/verify/google.ts';
import { openSnsVerifier } from '../intake/verify/sns.ts';

/** Where nobody has to say who they are. */
const ANYBODY = 'anybody';

const MEND =
  'send a hook token as "Authorization: Bearer …" or as "?token=…" ("npx pixmill token create NAME --hook" makes one); ' +
  'docs/events.md says how each store is taught to';

export interface Sender {
  name: string;
  /** Of a token. */
  identity?: Identity;
}

export interface Senders {
  /**
   * Who the request's head proves it to be from; undefined where it shows nothing, and its body may prove it.
   * @throws Fault `unauthenticated` where what it shows is wrong, or nothing else could prove it
   */
  ofHead(request: FastifyRequest): Promise<Sender | undefined>;
  /** Who the body proves it to be from: the signed message of SNS, or undefined where it is none. */
  ofBody(sns: Body | undefined): Promise<Sender>;
  /** Confirms a subscription of SNS. */
  confirm(sns: Body): Promise<void>;
}

export function openSenders(accounts: Accounts, { open, sns, google }: HooksConfig, fetch: Fetch): Senders {
  const signed = openSnsVerifier(sns?.topics ?? [], fetch);
  const ofGoogle = google && openGoogleVerifier(google, fetch);

  async function ofSecret(secret: string, kinds: readonly ('hook' | 'api')[]): Promise<Sender> {
    for (const kind of kinds) {
      const identity = await accounts.identify(kind, secret);
      if (identity) return { name: identity.name, identity };
    }
    throw refused('this token is not known here, or has ended');
  }

  return {
    async ofHead(request) {
      if (open) {
        refuseBrowsers(request);
        return { name: ANYBODY };
      }
      const { authorization } = request.headers;
      if (authorization !== undefined) {
        const [, secret = ''] = /^Bearer +([^ ]+)$/i.exec(authorization) ?? [];
        if (ofGoogle && isJwt(secret)) return { name: await ofGoogle(secret) };
        return ofSecret(secret, ['hook', 'api']);
      }
      const { token } = request.query as { token?: unknown };
      // What stands in an address is seen by many: never a token that may do everything.
      if (token !== undefined) return ofSecret(typeof token === 'string' ? token : '', ['hook']);
      if (!sns) throw refused('whoever sends events must say who they are');
      return undefined;
    },
    async ofBody(message) {
      if (!message) throw refused('whoever sends events must say who they are');
      return { name: await signed.verify(message) };
    },
    confirm: signed.confirm,
  };
}

/** Where all are let in, a page anywhere could make a browser of this network send something. Stores are no browsers. */
function refuseBrowsers({ headers }: FastifyRequest): void {
  if (headers.origin === undefined && headers['sec-fetch-site'] === undefined) return;
  throw new Fault('denied', 'events are not taken from browsers', { mend: 'leave out Origin and Sec-Fetch-Site' });
}

function isJwt(secret: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(secret);
}

function refused(complaint: string): Fault {
  return new Fault('unauthenticated', complaint, { mend: MEND });
}
