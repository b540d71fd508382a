// What the environment says: addresses, credentials, switches. Every variable Pixmill reads stands here.
import { z } from 'zod';
import { Fault } from '../domain/fault.ts';

/** Access key ids of the built-in endpoint begin so. */
export const OWN_KEY_PREFIX = 'PXML';

const port = z.coerce
  .number({ error: 'must be a port number' })
  .int()
  .min(0, 'must be a port number')
  .max(65_535, 'must be a port number');
/** An empty variable counts as unset, as shells and orchestrators leave them. */
const text = z.string().transform((value) => value || undefined);

const DAYS = 'must be a whole number of days within 1–3650';
const SLOTS = 'must be a whole number within 1–64';

const schema = z.object({
  PORT: port.default(8080),
  HOST: z.string().min(1).default('127.0.0.1'),
  PIXMILL_S3_PORT: port.default(9000),
  PIXMILL_S3_REGION: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be 1–63 lower-case letters, digits and hyphens, as eu-north-1')
    .default('us-east-1'),
  PIXMILL_DATA: z.string().min(1).default('data'),
  PIXMILL_CONFIG: text.optional(),
  PIXMILL_SLOTS: z.coerce.number({ error: SLOTS }).int(SLOTS).min(1, SLOTS).max(64, SLOTS).optional(),
  PIXMILL_INCOMPLETE_UPLOAD_DAYS: z.coerce.number({ error: DAYS }).int(DAYS).min(1, DAYS).max(3650, DAYS).default(7),
  PIXMILL_PUBLIC_S3_URL: z.url().optional(),
  PIXMILL_URL: z.url().optional(),
  PIXMILL_TOKEN: text.optional(),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a URL that begins with postgres:// or postgresql://' })
    .optional(),
  S3_ENDPOINT: z.url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' }).optional(),
  AWS_REGION: text.optional(),
  AWS_ACCESS_KEY_ID: text.optional(),
  /** Set by AWS Lambda: what the function was given, in MB. */
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: z.coerce
    .number({ error: 'must be a number of MB' })
    .positive('must be a number of MB')
    .optional(),
  HIDE_BUTTON: text.optional(),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'], { error: 'must be debug, info, warn, error or silent' })
    .default('info'),
});

export interface Environment {
  port: number;
  host: string;
  s3Port: number;
  /** The region that the built-in endpoint is in. */
  s3Region: string;
  /** Folder of everything the embedded services keep. */
  data: string;
  /** File of the configuration; looked for by its usual names where undefined. */
  config: string | undefined;
  /** Pictures rendered at once; by the number of cores where undefined. */
  slots: number | undefined;
  databaseUrl: string | undefined;
  /** Set where somebody else's S3 is used; undefined starts the built-in endpoint. */
  s3: { endpoint: string | undefined; region: string } | undefined;
  /** Days without a new part after which the built-in store aborts a multipart upload. */
  incompleteUploadDays: number;
  /** Of AWS, for whatever says no other. */
  region: string;
  /** Memory of the AWS Lambda function that this is, in MB; undefined anywhere else. */
  functionMemory: number | undefined;
  /** Where browsers reach the store, if not at the address that Pixmill uses itself. */
  publicS3Url: string | undefined;
  /** Where the commands find a server, and with what. */
  client: { url: string | undefined; token: string | undefined };
  hideButton: boolean;
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** Reads the environment. All faults are reported at once. */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(set);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Fault('invalid', lines.join('\n'), {
      mend: 'correct the environment, or unset these variables for their defaults',
    });
  }
  const env = parsed.data;
  // Keys of the built-in endpoint, as "pixmill env" exports them, do not mean somebody else's S3.
  const foreignKey = env.AWS_ACCESS_KEY_ID !== undefined && !env.AWS_ACCESS_KEY_ID.startsWith(OWN_KEY_PREFIX);
  const foreign = env.S3_ENDPOINT !== undefined || foreignKey;
  const region = env.AWS_REGION ?? 'us-east-1';
  return {
    port: env.PORT,
    host: env.HOST,
    s3Port: env.PIXMILL_S3_PORT,
    s3Region: env.PIXMILL_S3_REGION,
    data: env.PIXMILL_DATA,
    config: env.PIXMILL_CONFIG,
    slots: env.PIXMILL_SLOTS,
    databaseUrl: env.DATABASE_URL,
    s3: foreign ? { endpoint: env.S3_ENDPOINT, region } : undefined,
    region,
    functionMemory: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    incompleteUploadDays: env.PIXMILL_INCOMPLETE_UPLOAD_DAYS,
    publicS3Url: env.PIXMILL_PUBLIC_S3_URL,
    client: { url: env.PIXMILL_URL, token: env.PIXMILL_TOKEN },
    hideButton: env.HIDE_BUTTON !== undefined,
    logLevel: env.LOG_LEVEL,
  };
}
