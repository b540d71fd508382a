// Headers that keep browsers from doing what the page does not need.
import type { IncomingMessage } from 'node:http';
import type { FastifyHelmetOptions } from '@fastify/helmet';

/** @param s3Endpoint where the browser sends its uploads, by the `Host` it asked for */
export function securityHeaders(s3Endpoint: (requestHost: string) => string): FastifyHelmetOptions {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        // Previews of what is about to be uploaded are blobs.
        imgSrc: ["'self'", 'blob:', 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'", (request) => originOf(s3Endpoint(hostOf(request as IncomingMessage)))],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    // Whether this name shall only ever be reached by HTTPS is for whoever terminates it to say.
    strictTransportSecurity: false,
  };
}

function hostOf({ headers }: IncomingMessage): string {
  return headers.host ?? '127.0.0.1';
}

/** Only ever a plain origin, so that no `Host` can add to the policy: hosts of URLs may hold quotes. */
function originOf(url: string): string {
  const origin = URL.canParse(url) ? new URL(url).origin : '';
  return /^https?:\/\/[\w.:[\]-]+$/.test(origin) ? origin : "'self'";
}
