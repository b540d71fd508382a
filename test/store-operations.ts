// Every operation of the built-in store once, with the keys that may: what the tests of rights go through.
import { createHash } from 'node:crypto';
import type { RawRequest } from './s3-request.ts';

export interface Case extends RawRequest {
  /** Which keys may. */
  may: string[];
  /** What is answered to those that may, where all is there. */
  status?: number;
  /** A form that the key has signed the policy of. */
  form?: boolean;
}

const READ = ['read', 'both', 'star', 'everything'];
const WRITE = ['write', 'both', 'star', 'everything'];
const BOTH = ['both', 'star', 'everything'];
const EITHER = ['read', 'write', 'both', 'star', 'everything'];
export const EVERYTHING = ['everything'];

const RULE = '<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>';
const RULES = `<CORSConfiguration><CORSRule>${RULE}</CORSRule></CORSConfiguration>`;
const TAGS = '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>';
const md5 = (body: string) => ({ 'content-md5': createHash('md5').update(body).digest('base64') });
const REMOVAL = '<Delete><Object><Key>key</Key></Object></Delete>';
export const COPY = { 'x-amz-copy-source': '/BUCKET/key', 'x-amz-metadata-directive': 'REPLACE' };
/** What may be set, because it is so already. */
const KEPT_SETTINGS = {
  abac: '<AbacStatus><Status>Disabled</Status></AbacStatus>',
  logging: '<BucketLoggingStatus/>',
  notification: '<NotificationConfiguration/>',
  ownershipControls: '<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>',
  publicAccessBlock: `<PublicAccessBlockConfiguration>${[
    'BlockPublicAcls',
    'IgnorePublicAcls',
    'BlockPublicPolicy',
    'RestrictPublicBuckets',
  ]
    .map((name) => `<${name}>true</${name}>`)
    .join('')}</PublicAccessBlockConfiguration>`,
  requestPayment: '<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>',
};
const PRIVATE = { 'x-amz-acl': 'private' };

/** `BUCKET` is the bucket that is there, or one that is not. */
export const CASES: Case[] = [
  { url: '/BUCKET', may: READ },
  { url: '/BUCKET?list-type=2', may: READ },
  { url: '/BUCKET?versions', may: READ },
  { url: '/BUCKET?acl', may: READ },
  ...[
    'abac',
    'accelerate',
    'logging',
    'notification',
    'ownershipControls',
    'publicAccessBlock',
    'requestPayment',
    'versioning',
  ].map((name) => ({ url: `/BUCKET?${name}`, may: READ })),
  ...['cors', 'encryption', 'lifecycle', 'object-lock', 'policy', 'policyStatus', 'replication', 'tagging', 'website'].map(
    (name) => ({ url: `/BUCKET?${name}`, may: READ, status: 404 }),
  ),
  ...['analytics', 'intelligent-tiering', 'inventory', 'metrics'].map((name) => ({ url: `/BUCKET?${name}`, may: READ })),
  { url: '/BUCKET?location', may: EITHER },
  { method: 'HEAD', url: '/BUCKET', may: EITHER },
  { url: '/BUCKET?uploads', may: WRITE },
  { method: 'POST', url: '/BUCKET?delete', body: REMOVAL, headers: md5(REMOVAL), may: WRITE },
  { method: 'POST', url: '/BUCKET', form: true, may: WRITE, status: 204 },
  { method: 'PUT', url: '/BUCKET', may: EVERYTHING },
  { method: 'DELETE', url: '/BUCKET', may: EVERYTHING, status: 409 },
  { method: 'PUT', url: '/BUCKET?acl', headers: PRIVATE, may: EVERYTHING },
  { method: 'PUT', url: '/BUCKET?cors', body: RULES, may: EVERYTHING },
  { method: 'DELETE', url: '/BUCKET?cors', may: EVERYTHING, status: 204 },
  { method: 'PUT', url: '/BUCKET?tagging', body: TAGS, may: EVERYTHING, status: 204 },
  { method: 'DELETE', url: '/BUCKET?tagging', may: EVERYTHING, status: 204 },
  { method: 'DELETE', url: '/BUCKET?lifecycle', may: EVERYTHING, status: 204 },
  { method: 'DELETE', url: '/BUCKET?metrics&id=a', may: EVERYTHING, status: 404 },
  ...Object.entries(KEPT_SETTINGS).map(([name, body]) => ({ method: 'PUT', url: `/BUCKET?${name}`, body, may: EVERYTHING })),
  { method: 'PUT', url: '/BUCKET?object-lock', may: EVERYTHING, status: 409 },
  { method: 'PUT', url: '/BUCKET?replication', may: EVERYTHING, status: 400 },

  { url: '/BUCKET/key', may: READ },
  { method: 'HEAD', url: '/BUCKET/key', may: READ },
  { url: '/BUCKET/key?acl', may: READ },
  { url: '/BUCKET/key?attributes', headers: { 'x-amz-object-attributes': 'ETag' }, may: READ },
  { url: '/BUCKET/key?tagging', may: READ },
  { url: '/BUCKET/key?retention', may: READ, status: 400 },
  { method: 'POST', url: '/BUCKET/key?restore', may: READ, status: 403 },
  { method: 'PUT', url: '/BUCKET/key', body: 'new', may: WRITE },
  { method: 'DELETE', url: '/BUCKET/key', may: WRITE, status: 204 },
  { method: 'PUT', url: '/BUCKET/key?acl', headers: PRIVATE, may: WRITE },
  { method: 'PUT', url: '/BUCKET/key?tagging', body: TAGS, headers: md5(TAGS), may: WRITE },
  { method: 'DELETE', url: '/BUCKET/key?tagging', may: WRITE, status: 204 },
  { method: 'PUT', url: '/BUCKET/key', headers: COPY, may: BOTH },
  { method: 'POST', url: '/BUCKET/key?uploads', may: WRITE },
  { url: '/BUCKET/key?uploadId=ID', may: WRITE },
  { method: 'PUT', url: '/BUCKET/key?uploadId=ID&partNumber=1', body: 'part', may: WRITE },
  { method: 'PUT', url: '/BUCKET/key?uploadId=ID&partNumber=1', headers: COPY, may: BOTH },
  { method: 'POST', url: '/BUCKET/key?uploadId=ID', body: '<CompleteMultipartUpload/>', may: WRITE, status: 400 },
  { method: 'DELETE', url: '/BUCKET/key?uploadId=ID', may: WRITE, status: 204 },
];
