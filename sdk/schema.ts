// Types of the API. Written by "npm run build:sdk" from what the routes say; not to be edited.

export interface paths {
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The same as hooks/events, for daemons that hand messages of a queue on
         * @description An event that is a CloudEvent is answered with no body. docs/events.md says how to point each store here.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/cloudevents-batch+json": Blob;
                    "application/cloudevents+json": Blob;
                    "application/json": Blob;
                    "text/plain": Blob;
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Received"] | components["schemas"]["EventGridValidation"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Access keys of the built-in S3 endpoint with their rights, newest first, without secrets */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AccessKeyList"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Makes an access key with rights per bucket; the secret is in this answer and nowhere else */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewAccessKey"];
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MadeAccessKey"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revokes an access key, and every URL that was presigned with it, at once */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Events that wait to be delivered, or were given up, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the page before */
                    cursor?: string;
                    /** @description Items on a page */
                    limit?: number;
                    /** @description `failed`: given up, until it is redriven */
                    state?: "waiting" | "failed";
                    /** @description URL of the out-hook, as the configuration has it */
                    url?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DeliveryPage"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries/redrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tries events again that were given up */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["DeliveryRedrive"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DeliveriesRedriven"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Events as received and what came of each, newest first */
        get: {
            parameters: {
                query?: {
                    bucket?: string;
                    /** @description `next` of the page before */
                    cursor?: string;
                    door?: "store" | "hook" | "queue" | "lambda" | "job" | "schedule" | "upload" | "api" | "redrive";
                    key?: string;
                    kind?: string;
                    /** @description Items on a page */
                    limit?: number;
                    /** @description Only the objects of this message */
                    message?: string;
                    /** @description open, ok (also where nothing had to be done), error */
                    outcome?: "open" | "ok" | "error";
                    /** @description Only timers of this pipeline */
                    pipeline?: string;
                    /** @description Part of the key, whatever its case */
                    q?: string;
                    result?: string;
                    sender?: string;
                    since?: string;
                    until?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EventPage"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One event, with its message as received */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WholeEvent"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/failures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Renditions that were given up, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description Of the original */
                    bucket?: string;
                    class?: "unsupported" | "too_large" | "corrupt" | "timeout" | "store_unavailable" | "denied" | "collision" | "internal";
                    /** @description `next` of the page before */
                    cursor?: string;
                    /** @description Items on a page */
                    limit?: number;
                    pipeline?: string;
                    /** @description What the key of the original begins with */
                    prefix?: string;
                    /** @description Only what failed from then on */
                    since?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FailurePage"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/failures/redrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tries failures again */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Redrive"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Failures that were taken away to be tried again */
                            redriven: number;
                        };
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/feed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Server-sent events: each changed object and run, whole
         * @description Events: `object` (data: StoredObject), `run` (data: Run), `events` (data: {}; events were received or answered), `resync` (data: {}; something was missed, so fetch again what you show). A comment comes every 15 seconds. Nothing is replayed: after each connect, fetch what you show. A client that does not read is dropped.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Events */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Each file in every bucket it should be in: what the store has, what the ledger says
         * @description In the order of buckets and keys. A page may hold fewer files than its limit, or none, where many had to be read to find them: go on while there is a `next`. Also at /files.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Only sources in this bucket */
                    bucket?: string;
                    /** @description `next` of the page before */
                    cursor?: string;
                    /** @description Files on a page */
                    limit?: number;
                    /** @description Only files that this pipeline takes */
                    pipeline?: string;
                    /** @description Part of the key, whatever its case */
                    q?: string;
                    /** @description Only files of which something is missing, or differs from the ledger */
                    state?: "missing" | "drift";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FilePage"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was heard of an object and done about it, in the order of time; also for names nobody knows */
        get: {
            parameters: {
                query: {
                    bucket: string;
                    key: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["History"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/objects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Originals, newest first; those that are gone only where asked for */
        get: {
            parameters: {
                query?: {
                    bucket?: string;
                    /** @description `next` of the page before */
                    cursor?: string;
                    key?: string;
                    /** @description Items on a page */
                    limit?: number;
                    /** @description Only the sources of this pipeline */
                    pipeline?: string;
                    /** @description Part of the key, whatever its case */
                    q?: string;
                    /** @description pending: not looked at yet; done: every rendition is there; failed: at least one was given up; delivered: deleted as its pipeline says, after everything was made of it; gone: deleted by somebody */
                    state?: "pending" | "done" | "failed" | "delivered" | "gone";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ObjectPage"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/objects/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One original */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["StoredObject"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Deletes the original in the store; what becomes of its renditions, its pipelines say */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/objects/{id}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The original’s bytes */
        get: {
            parameters: {
                query?: {
                    /** @description Save as a file rather than show */
                    download?: "1";
                    /** @description The ETag: then the answer may be kept for good */
                    v?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The bytes, with ETag; ranges are served */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": Blob;
                        "image/*": Blob;
                    };
                };
                /** @description The range asked for */
                206: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": Blob;
                        "image/*": Blob;
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** The original’s bytes */
        head: {
            parameters: {
                query?: {
                    /** @description Save as a file rather than show */
                    download?: "1";
                    /** @description The ETag: then the answer may be kept for good */
                    v?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The bytes, with ETag; ranges are served */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": Blob;
                        "image/*": Blob;
                    };
                };
                /** @description The range asked for */
                206: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": Blob;
                        "image/*": Blob;
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        patch?: never;
        trace?: never;
    };
    "/api/v1/objects/{id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The original fitted into 640×640, as WebP, made for this answer */
        get: {
            parameters: {
                query?: {
                    /** @description The ETag: then the answer may be kept for good */
                    v?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The preview */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": Blob;
                        "image/*": Blob;
                    };
                };
                /** @description Default Response */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pipelines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every pipeline, with counts of its originals */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PipelineList"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pipelines/{name}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs of a pipeline, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the page before */
                    cursor?: string;
                    /** @description Items on a page */
                    limit?: number;
                };
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RunPage"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Starts a run over a pipeline’s whole source; where one is under way, that one is the answer */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Run"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/render": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Renders a picture by a recipe, and stores nothing */
        post: {
            parameters: {
                query?: {
                    recipe?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/octet-stream": Blob;
                    "image/*": Blob;
                };
            };
            responses: {
                /** @description The rendition; its size, hash and time are in the headers */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": Blob;
                        "image/*": Blob;
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/renditions/{id}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A rendition’s bytes */
        get: {
            parameters: {
                query?: {
                    /** @description Save as a file rather than show */
                    download?: "1";
                    /** @description The ETag: then the answer may be kept for good */
                    v?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The bytes, with ETag; ranges are served */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": Blob;
                        "image/*": Blob;
                    };
                };
                /** @description The range asked for */
                206: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": Blob;
                        "image/*": Blob;
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** A rendition’s bytes */
        head: {
            parameters: {
                query?: {
                    /** @description Save as a file rather than show */
                    download?: "1";
                    /** @description The ETag: then the answer may be kept for good */
                    v?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The bytes, with ETag; ranges are served */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": Blob;
                        "image/*": Blob;
                    };
                };
                /** @description The range asked for */
                206: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": Blob;
                        "image/*": Blob;
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the page before */
                    cursor?: string;
                    /** @description Items on a page */
                    limit?: number;
                    pipeline?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RunPage"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Starts a run over a pipeline’s whole source; where one is under way, that one is the answer, named in the body */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewRun"];
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Run"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One run */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Run"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends a run early; jobs that it added are still done */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Run"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether this request is signed in; the one question of the API that strangers may ask */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Session"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Events and how they ended, queue, objects, failures, bytes, rate and latency; also at /events/stats */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Stats"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sessions, tokens and unused links, newest first */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TokenList"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Makes an API token, a hook token, or a sign-in link; the secret is in this answer and nowhere else */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewToken"];
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MadeToken"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends a session, or revokes a token or a link, at once */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begins an upload: answers with a presigned PUT into the store */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewUpload"];
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Upload"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/uploads/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says that an upload has arrived; the store’s own event may have said so before */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UploadDone"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["StoredObject"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events/cos": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The same, under the name that IBM COS is pointed at
         * @description An event that is a CloudEvent is answered with no body. docs/events.md says how to point each store here.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/cloudevents-batch+json": Blob;
                    "application/cloudevents+json": Blob;
                    "application/json": Blob;
                    "text/plain": Blob;
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Received"] | components["schemas"]["EventGridValidation"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events/cron": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A timer: sweeps all pipelines, or those that the body names
         * @description An event that is a CloudEvent is answered with no body. docs/events.md says how to point each store here.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/cloudevents-batch+json": Blob;
                    "application/cloudevents+json": Blob;
                    "application/json": Blob;
                    "text/plain": Blob;
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Received"] | components["schemas"]["EventGridValidation"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process answers */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @enum {boolean} */
                            ok: true;
                        };
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hooks/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Events of any store, queue or timer, recognised by their shape
         * @description An event that is a CloudEvent is answered with no body. docs/events.md says how to point each store here.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/cloudevents-batch+json": Blob;
                    "application/cloudevents+json": Blob;
                    "application/json": Blob;
                    "text/plain": Blob;
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Received"] | components["schemas"]["EventGridValidation"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Figures for Prometheus; let it send an API token */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Prometheus text */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/plain": string;
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The database and the store answer too */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Readiness"];
                    };
                };
                /** @description Default Response */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Readiness"];
                    };
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sign-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends the session of this browser */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457) */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AccessKey: {
            /**
             * Format: date-time
             * @description ISO 8601, in UTC
             */
            createdAt: string;
            /** @description May also make, remove and set up buckets: Pixmill’s own, which cannot be revoked */
            everything: boolean;
            /** @description The access key ID, by which S3 clients name it */
            id: string;
            /** @description To the minute */
            lastUsedAt: string | null;
            name: string;
            /** @description Names of buckets; `*` is every bucket */
            read: string[];
            /** @description Names of buckets; `*` is every bucket */
            write: string[];
        };
        AccessKeyList: {
            items: components["schemas"]["AccessKey"][];
        };
        Chapter: {
            /**
             * Format: date-time
             * @description ISO 8601, in UTC
             */
            at: string;
            attempt: number | null;
            detail: string;
            /** @description Of an event: all that is known of it */
            event: components["schemas"]["Event"] | null;
            /** @description Of an event: put, delete, look. Of an action: rendered, ignored, retried … */
            kind: string;
            ms: number | null;
            /** @description Of an action: the run that found the object, where one did */
            run: number | null;
            /** @enum {string} */
            what: "event" | "action" | "rendition" | "failure";
        };
        DeliveriesRedriven: {
            /** @description Deliveries that will be tried again; those that merely wait are not among them */
            redriven: number;
        };
        Delivery: {
            /**
             * Format: date-time
             * @description When it began to wait, or was given up
             */
            at: string;
            /** @description `id` of the CloudEvent, and its `webhook-id`: always the same */
            eventId: string;
            /**
             * Format: uuid
             * @description Identifier of the delivery; another one once it was given up, or redriven
             */
            id: string;
            nextTryAt: string | null;
            /** @description Why the last try failed */
            reason: string | null;
            /**
             * @description `failed`: given up, until it is redriven
             * @enum {string}
             */
            state: "waiting" | "failed";
            /** @description `bucket/key` */
            subject: string;
            tries: number;
            type: string;
            /** @description URL of the out-hook, as the configuration has it */
            url: string;
        };
        DeliveryPage: {
            items: components["schemas"]["Delivery"][];
            next: string | null;
        };
        DeliveryRedrive: {
            /** @constant */
            all?: true;
            ids?: string[];
            /** @description URL of the out-hook, as the configuration has it */
            url?: string;
        };
        Event: {
            /** @description Null where it speaks of no object */
            bucket: string | null;
            detail: string | null;
            doneAt: string | null;
            /**
             * @description Where it came in
             * @enum {string}
             */
            door: "store" | "hook" | "queue" | "lambda" | "job" | "schedule" | "upload" | "api" | "redrive";
            etag: string | null;
            /** @description The wire format */
            format: string | null;
            /** @description Identifier on the ledger */
            id: number;
            key: string | null;
            /** @description put, delete, look, cron, test, rejected */
            kind: string;
            /** @description The same for all objects of one message */
            message: string | null;
            /** @description Of a timer: the pipeline that it sweeps */
            pipeline: string | null;
            /**
             * Format: date-time
             * @description ISO 8601, in UTC
             */
            receivedAt: string;
            /** @description What was done about it; null until then */
            result: string | null;
            /** @description Of a timer: the run that answers it */
            run: number | null;
            /** @description Whose token it had, or which queue it came from */
            sender: string | null;
            /** @description The sender's own name for it: the same again on a replay */
            sentId: string | null;
            size: number | null;
        };
        EventGridValidation: {
            validationResponse: string;
        };
        EventPage: {
            items: components["schemas"]["Event"][];
            next: string | null;
        };
        Failure: {
            attempts: number;
            bucket: string;
            /** @enum {string} */
            class: "unsupported" | "too_large" | "corrupt" | "timeout" | "store_unavailable" | "denied" | "collision" | "internal";
            /**
             * Format: date-time
             * @description ISO 8601, in UTC
             */
            failedAt: string;
            /** @description Identifier on the ledger */
            id: number;
            key: string;
            mend: string | null;
            /** @description Identifier on the ledger */
            objectId: number;
            pipeline: string;
            reason: string;
            rendition: string;
        };
        FailurePage: {
            items: components["schemas"]["Failure"][];
            next: string | null;
        };
        File: {
            bucket: string;
            /** @description Somewhere store and ledger differ */
            drift: boolean;
            /** @description Of the original on the ledger */
            id: number | null;
            key: string;
            /** @description Something of it that should be there is not */
            missing: boolean;
            /** @description Every rendition that is declared, and every one that is recorded */
            outputs: components["schemas"]["FileOutput"][];
            /** @description Those that take it */
            pipelines: string[];
            source: components["schemas"]["FileSource"];
        };
        FileOutput: {
            bucket: string;
            /** @description False for a rendition that was made and is not declared any more */
            declared: boolean;
            /** @description Store and ledger differ */
            drift: boolean;
            etag: string | null;
            /** @description Null where only its making will tell */
            key: string | null;
            /** @description It should be there and is not */
            missing: boolean;
            modifiedAt: string | null;
            name: string;
            pipeline: string;
            /** @description The store has it */
            present: boolean;
            recorded: {
                etag: string;
                /**
                 * Format: date-time
                 * @description ISO 8601, in UTC
                 */
                madeAt: string;
                size: number;
            } | null;
            /** @description Bytes */
            size: number | null;
        };
        FilePage: {
            items: components["schemas"]["File"][];
            next: string | null;
        };
        FileSource: {
            /** @description Store and ledger differ */
            drift: boolean;
            etag: string | null;
            /** @description It should be there and is not */
            missing: boolean;
            modifiedAt: string | null;
            /** @description The store has it */
            present: boolean;
            /** @description What the ledger says; null where it does not know the name */
            recorded: {
                etag: string | null;
                /**
                 * Format: date-time
                 * @description ISO 8601, in UTC
                 */
                modifiedAt: string;
                size: number | null;
                /**
                 * @description pending: not looked at yet; done: every rendition is there; failed: at least one was given up; delivered: deleted as its pipeline says, after everything was made of it; gone: deleted by somebody
                 * @enum {string}
                 */
                state: "pending" | "done" | "failed" | "delivered" | "gone";
            } | null;
            /** @description Bytes */
            size: number | null;
        };
        History: {
            bucket: string;
            key: string;
            /** @description The original, where this is the name of a rendition */
            madeFrom: {
                bucket: string;
                key: string;
            } | null;
            /** @description Null where the ledger does not know the name */
            object: components["schemas"]["StoredObject"] | null;
            pipelines: {
                name: string;
                takes: boolean;
                /** @description Why the pipeline takes it, or does not */
                why: string;
            }[];
            /** @description In the order of time; at most the newest 500 of each kind */
            story: components["schemas"]["Chapter"][];
        };
        MadeAccessKey: {
            /** @description Where S3 tools reach the store, seen from where this request came */
            endpoint: string;
            /** @description The access key ID, by which S3 clients name it */
            id: string;
            name: string;
            /** @description Names of buckets; `*` is every bucket */
            read: string[];
            /** @description For which they must sign */
            region: string;
            /** @description Shown this once */
            secret: string;
            /** @description Names of buckets; `*` is every bucket */
            write: string[];
        };
        MadeToken: {
            expiresAt: string | null;
            /** @description Identifier on the ledger */
            id: number;
            /** @enum {string} */
            kind: "link" | "api" | "hook";
            name: string;
            /** @description Of a link: where on this server to open it */
            path: string | null;
            /** @description Shown this once */
            secret: string;
        };
        /** @description At least one bucket for one right. Writing does not include reading */
        NewAccessKey: {
            name: string;
            /**
             * @description Names of buckets; `*` is every bucket
             * @default []
             */
            read: string[];
            /**
             * @description Names of buckets; `*` is every bucket
             * @default []
             */
            write: string[];
        };
        NewRun: {
            pipeline: string;
        };
        NewToken: {
            /** Format: date-time */
            expiresAt?: string;
            /** @constant */
            kind: "api";
            name: string;
        } | {
            /** Format: date-time */
            expiresAt?: string;
            /** @constant */
            kind: "hook";
            /** @description Of the sender, as history shows it */
            name: string;
        } | {
            /** @constant */
            kind: "link";
        };
        NewUpload: {
            /** @description Instead of a pipeline: the first pipeline that reads this bucket */
            bucket?: string;
            /** @description Name of the file; it is cleaned before it becomes part of a key */
            name: string;
            /** @description Whose source it shall be in; the first one where left out */
            pipeline?: string;
            /** @description Bytes */
            size: number;
            /**
             * @description Content type; empty where the browser does not know the file
             * @default
             */
            type: string;
        };
        ObjectFailure: {
            attempts: number;
            /** @enum {string} */
            class: "unsupported" | "too_large" | "corrupt" | "timeout" | "store_unavailable" | "denied" | "collision" | "internal";
            /**
             * Format: date-time
             * @description ISO 8601, in UTC
             */
            failedAt: string;
            /** @description Identifier on the ledger */
            id: number;
            mend: string | null;
            pipeline: string;
            reason: string;
            rendition: string;
        };
        ObjectPage: {
            items: components["schemas"]["StoredObject"][];
            next: string | null;
        };
        Pipeline: {
            counts: components["schemas"]["StateCounts"];
            lastRun: components["schemas"]["Run"] | null;
            name: string;
            /** @enum {string} */
            onSourceDelete: "delete" | "keep";
            /** @enum {string} */
            original: "keep" | "delete";
            renditions: {
                bucket: string;
                fingerprint: string;
                /** @description Template */
                key: string;
                name: string;
                /** @description The recipe with every default filled in; `{copy: true}` passes the file on as it is */
                recipe: {
                    [key: string]: unknown;
                };
            }[];
            source: {
                bucket: string;
                prefix: string;
            };
            /** @description Cron expression in UTC */
            sweep: string | null;
        };
        PipelineList: {
            items: components["schemas"]["Pipeline"][];
        };
        Problem: {
            /** @description What kind of fault it is, for programs */
            code: string;
            /** @description What was wrong, naming the culprit */
            detail: string;
            /** @description Each field of the request that was wrong */
            faults?: {
                field: string;
                message: string;
            }[];
            /** @description What to do about it */
            mend?: string;
            /** @description Stands in the log line that holds the cause */
            request?: string;
            status: number;
            title: string;
            /** @description `urn:pixmill:` and the code */
            type: string;
        };
        Readiness: {
            /** @enum {string} */
            database: "ok" | "away";
            ready: boolean;
            /** @enum {string} */
            store: "ok" | "away";
        };
        Received: {
            /** @description Objects that no pipeline has in its source */
            ignored: number;
            /** @description Objects recorded and queued, and runs begun */
            received: number;
        };
        Redrive: {
            /** @constant */
            all?: true;
            /** @description Of the original */
            bucket?: string;
            /** @enum {string} */
            class?: "unsupported" | "too_large" | "corrupt" | "timeout" | "store_unavailable" | "denied" | "collision" | "internal";
            ids?: number[];
            pipeline?: string;
            /** @description What the key of the original begins with */
            prefix?: string;
            /**
             * Format: date-time
             * @description Only what failed from then on
             */
            since?: string;
        };
        Rendition: {
            bucket: string;
            /** @description Milliseconds of the decode, which all renditions of a picture share */
            decodeMs: number;
            /** @description Names and versions of what rendered it; `copy` for a copy */
            engine: string;
            etag: string;
            /** @description Identity of the recipe */
            fingerprint: string;
            /** @description As its bytes say; `copy` for a copy of a file that is no picture that is known */
            format: string;
            height: number | null;
            /** @description Identifier on the ledger */
            id: number;
            key: string;
            /**
             * Format: date-time
             * @description ISO 8601, in UTC
             */
            madeAt: string;
            name: string;
            pipeline: string;
            /** @description Milliseconds of this rendition after the decode, or of the copy */
            renderMs: number;
            sha256: string;
            /** @description Bytes */
            size: number;
            /** @description Milliseconds from the first word of the picture to its record */
            totalMs: number;
            /** @description Pixels; null for a copy, which nobody has decoded */
            width: number | null;
        };
        Run: {
            /** @description Objects that differ from what the ledger says, or are gone */
            changed: number;
            /** @description Jobs that ended well */
            done: number;
            /** @description Why it failed; while it runs, why it does not get on */
            error: string | null;
            /** @description Jobs that ended in a failure */
            failed: number;
            finishedAt: string | null;
            /** @description Identifier on the ledger */
            id: number;
            /** @description The whole source was listed; what remains are the jobs */
            listed: boolean;
            pipeline: string;
            /** @description Jobs that the run added: those of changed objects that none was waiting for already */
            queued: number;
            /** @description Objects listed so far */
            scanned: number;
            /**
             * Format: date-time
             * @description ISO 8601, in UTC
             */
            startedAt: string;
            /** @enum {string} */
            state: "running" | "done" | "failed" | "cancelled";
            /** @description Who started it */
            trigger: string;
            /**
             * Format: date-time
             * @description ISO 8601, in UTC
             */
            updatedAt: string;
        };
        RunPage: {
            items: components["schemas"]["Run"][];
            next: string | null;
        };
        Session: {
            /** @description The page shows no button that starts a run */
            hideButton: boolean;
            /** @description Of the token that this request was made with */
            name: string | null;
            /** @description Where S3 tools reach the store, seen from where this request came */
            s3Endpoint: string | null;
            signedIn: boolean;
            version: string | null;
        };
        StateCounts: {
            delivered: number;
            done: number;
            failed: number;
            gone: number;
            pending: number;
        };
        Stats: {
            /** @description Of the originals and of the renditions on the ledger */
            bytes: {
                in: number;
                out: number;
            };
            /** @description Events of objects in stores, ours or another, that ended well, also where nothing had to be done */
            cos: number;
            /** @description Those that ended in a failure, and messages that were refused */
            cos_error: number;
            /** @description Timers that ended well */
            cron: number;
            /** @description Timers whose run failed, and those that were refused */
            cron_error: number;
            /** @description By where they came in and how they ended */
            events: {
                /** @enum {string} */
                door: "store" | "hook" | "queue" | "lambda" | "job" | "schedule" | "upload" | "api" | "redrive";
                error: number;
                ok: number;
                open: number;
            }[];
            /** @description By class; a class without failures is left out */
            failures: {
                [key: string]: number;
            };
            /** @description Milliseconds from the first word of a picture to its record, over the last hour */
            latency: {
                p50: number;
                p95: number;
                p99: number;
            } | null;
            objects: components["schemas"]["StateCounts"];
            /** @description Events about which nothing was done yet */
            open: number;
            /** @description Jobs */
            queue: {
                active: number;
                waiting: number;
            };
            /** @description Renditions recorded */
            rate: {
                lastHour: number;
                lastMinute: number;
            };
            renditions: number;
            /** @description When the first event came; these counts go back to it, however long history is kept */
            since: string | null;
        };
        StoredObject: {
            bucket: string;
            etag: string | null;
            /** @description Every rendition that its pipelines declare, there or not */
            expected: {
                pipeline: string;
                rendition: string;
            }[];
            failures: components["schemas"]["ObjectFailure"][];
            /** @description As its bytes say; unknown until it was looked at */
            format: string | null;
            height: number | null;
            /** @description Identifier on the ledger */
            id: number;
            key: string;
            /**
             * Format: date-time
             * @description ISO 8601, in UTC
             */
            modifiedAt: string;
            renditions: components["schemas"]["Rendition"][];
            sha256: string | null;
            /** @description Bytes */
            size: number | null;
            /**
             * @description pending: not looked at yet; done: every rendition is there; failed: at least one was given up; delivered: deleted as its pipeline says, after everything was made of it; gone: deleted by somebody
             * @enum {string}
             */
            state: "pending" | "done" | "failed" | "delivered" | "gone";
            width: number | null;
        };
        Token: {
            /**
             * Format: date-time
             * @description ISO 8601, in UTC
             */
            createdAt: string;
            /** @description This very request was made with it */
            current: boolean;
            expiresAt: string | null;
            /** @description Identifier on the ledger */
            id: number;
            /**
             * @description A hook token sends events, and does nothing else
             * @enum {string}
             */
            kind: "link" | "session" | "api" | "hook";
            name: string;
            /** @description Last used, to the minute; of a link: when it was used up */
            usedAt: string | null;
        };
        TokenList: {
            items: components["schemas"]["Token"][];
        };
        Upload: {
            bucket: string;
            /**
             * Format: date-time
             * @description ISO 8601, in UTC
             */
            expiresAt: string;
            /** @description To be sent exactly so; they are part of the signature */
            headers: {
                [key: string]: string;
            };
            key: string;
            /** @constant */
            method: "PUT";
            /** @description Presigned: send the bytes there, without any credentials of Pixmill */
            url: string;
        };
        UploadDone: {
            bucket: string;
            key: string;
        };
        WholeEvent: {
            /** @description Null where it speaks of no object */
            bucket: string | null;
            detail: string | null;
            doneAt: string | null;
            /**
             * @description Where it came in
             * @enum {string}
             */
            door: "store" | "hook" | "queue" | "lambda" | "job" | "schedule" | "upload" | "api" | "redrive";
            etag: string | null;
            /** @description The wire format */
            format: string | null;
            /** @description Identifier on the ledger */
            id: number;
            key: string | null;
            /** @description put, delete, look, cron, test, rejected */
            kind: string;
            /** @description The same for all objects of one message */
            message: string | null;
            /** @description The message as received, at most 64 KiB of it */
            payload: string | null;
            /** @description Of a timer: the pipeline that it sweeps */
            pipeline: string | null;
            /**
             * Format: date-time
             * @description ISO 8601, in UTC
             */
            receivedAt: string;
            /** @description What was done about it; null until then */
            result: string | null;
            /** @description Of a timer: the run that answers it */
            run: number | null;
            /** @description Whose token it had, or which queue it came from */
            sender: string | null;
            /** @description The sender's own name for it: the same again on a replay */
            sentId: string | null;
            size: number | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
