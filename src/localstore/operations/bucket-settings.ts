// Settings of buckets that clients ask after and this store does not have: each answered as S3 answers where it is not set.
// Setting what holds already changes nothing, and is no error.
import { receiveDocument } from '../body.ts';
import { type Call, type Operation, sendEmpty, sendXml } from '../call.ts';
import { S3Error, type S3ErrorCode } from '../s3-error.ts';
import { element, xmlDocument } from '../xml.ts';
import { childText, readXml, type XmlNode } from '../xml-read.ts';
import { requireBucketNow } from './bucket.ts';

function answers(root: string, content = ''): Operation {
  return async (call: Call) => {
    await requireBucketNow(call);
    sendXml(call, 200, xmlDocument(root, content));
  };
}

function isNotSet(code: S3ErrorCode, message?: string): Operation {
  return async (call: Call) => {
    await requireBucketNow(call);
    throw new S3Error(code, message, { details: { BucketName: call.bucket } });
  };
}

/** Of settings that a bucket may have several of, by id: the list of them, which is empty, or the one that is not there. */
function noneOfMany(root: string): Operation {
  const list = answers(root, element('IsTruncated', false));
  const one = isNotSet('NoSuchConfiguration');
  return (call: Call) => (call.query.has('id') ? one(call) : list(call));
}

const BLOCKS = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'];

/** What is read where nothing was ever set. */
export const UNSET: Record<string, Operation> = {
  abac: answers('AbacStatus', element('Status', 'Disabled')),
  accelerate: answers('AccelerateConfiguration'),
  analytics: noneOfMany('ListBucketAnalyticsConfigurationsResult'),
  encryption: isNotSet('ServerSideEncryptionConfigurationNotFoundError'),
  'intelligent-tiering': noneOfMany('ListBucketIntelligentTieringConfigurationsOutput'),
  inventory: noneOfMany('ListInventoryConfigurationsResult'),
  lifecycle: isNotSet('NoSuchLifecycleConfiguration'),
  logging: answers('BucketLoggingStatus'),
  metrics: noneOfMany('ListMetricsConfigurationsResult'),
  notification: answers('NotificationConfiguration'),
  'object-lock': isNotSet('ObjectLockConfigurationNotFoundError'),
  ownershipControls: answers('OwnershipControls', '<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>'),
  policy: isNotSet('NoSuchBucketPolicy'),
  policyStatus: isNotSet('NoSuchBucketPolicy'),
  publicAccessBlock: answers('PublicAccessBlockConfiguration', BLOCKS.map((name) => element(name, true)).join('')),
  replication: isNotSet('ReplicationConfigurationNotFoundError'),
  requestPayment: answers('RequestPaymentConfiguration', element('Payer', 'BucketOwner')),
  // Never switched on: S3 then says nothing at all.
  versioning: answers('VersioningConfiguration'),
  website: isNotSet('NoSuchWebsiteConfiguration'),
};

/** Accepts a document that says what holds already. Throws `NotImplemented` for any other. */
function only(root: string, holds: (document: XmlNode) => boolean): Operation {
  return async (call: Call) => {
    await requireBucketNow(call);
    const document = readXml(await receiveDocument(call, 64 * 1024), root);
    if (!holds(document)) throw new S3Error('NotImplemented', `This store has no other ${root}.`);
    sendEmpty(call, 200);
  };
}

const says = (document: XmlNode | undefined, name: string) => (document && childText(document, name))?.trim();

/** What may be set, because it is so already or needs what this store has not; the rest is not implemented. */
export const SETTABLE: Record<string, Operation> = {
  abac: only('AbacStatus', (document) => says(document, 'Status') === 'Disabled'),
  logging: only('BucketLoggingStatus', ({ children }) => children.length === 0),
  notification: only('NotificationConfiguration', ({ children }) => children.length === 0),
  'object-lock': isNotSet(
    'InvalidBucketState',
    "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
  ),
  ownershipControls: only('OwnershipControls', ({ children }) => says(children[0], 'ObjectOwnership') === 'BucketOwnerEnforced'),
  publicAccessBlock: only('PublicAccessBlockConfiguration', (document) =>
    BLOCKS.every((name) => says(document, name)?.toLowerCase() === 'true'),
  ),
  replication: isNotSet('InvalidRequest', "Versioning must be 'Enabled' on the bucket to apply a replication configuration"),
  requestPayment: only('RequestPaymentConfiguration', (document) => says(document, 'Payer') === 'BucketOwner'),
};

/** Removing what is not there is no error in S3. */
export async function deleteUnset(call: Call): Promise<void> {
  await requireBucketNow(call);
  sendEmpty(call, 204);
}

/** Settings that can be removed as if they had been set. */
export const REMOVABLE = ['encryption', 'lifecycle', 'policy', 'replication', 'website'];

/** Of those with an id, S3 wants the one to be there. */
export const REMOVABLE_BY_ID = ['analytics', 'intelligent-tiering', 'inventory', 'metrics'];

export const deleteById = isNotSet('NoSuchConfiguration');
