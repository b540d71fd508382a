// Believes a push of Google Cloud (Pub/Sub, Eventarc, Cloud Scheduler) by the token that it carries.
import { createRemoteJWKSet, customFetch, errors, jwtVerify } from 'jose';
import { Fault } from '../../domain/fault.ts';
import { type Fetch, fetchText } from './bounded-fetch.ts';

const KEYS = 'https://www.googleapis.com/oauth2/v3/certs';
const ISSUERS = ['https://accounts.google.com', 'accounts.google.com'];

export interface GoogleSender {
  /** Whom the tokens must be for: what the subscription has as its audience. */
  audience: string;
  /** The service account that the subscription sends as. */
  email: string;
}

/**
 * @returns checks a token, and answers with the account's e-mail
 * @throws Fault `unauthenticated` that names the claim; `unavailable` where Google's keys cannot be fetched now
 */
export function openGoogleVerifier(
  { audience, email }: GoogleSender,
  fetch: Fetch,
  now: () => number = Date.now,
): (token: string) => Promise<string> {
  // Kept for ten minutes; for a key that is not among them asked again, at most every half minute.
  const keys = createRemoteJWKSet(new URL(KEYS), {
    [customFetch]: async (url: string) => new Response(await fetchText(fetch, url, 'the list of Google’s keys')),
  });
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: ISSUERS,
        audience,
        algorithms: ['RS256'],
        requiredClaims: ['exp', 'iat'],
        clockTolerance: 30,
        currentDate: new Date(now()),
      });
      if (payload.email !== email) throw refuse('email');
      if (payload.email_verified !== true) throw refuse('email_verified');
      return email;
    } catch (error) {
      if (error instanceof Fault) throw error;
      if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired) throw refuse(error.claim);
      throw new Fault('unauthenticated', 'this is no token of Google', { cause: error, mend: MEND });
    }
  };
}

const MEND = 'docs/events.md says how a subscription is made, and what hooks.google of the configuration must say of it';

function refuse(claim: string): Fault {
  return new Fault('unauthenticated', `the token of Google is refused for its claim "${claim}"`, { mend: MEND });
}
