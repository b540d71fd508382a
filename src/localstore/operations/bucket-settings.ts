// Settings of buckets that clients ask after and this store does not have: each answered as S3 answers where it is not set.
import { type Call, type Operation, sendEmpty, sendXml } from '../call.ts';
import { S3Error, type S3ErrorCode } from '../s3-error.ts';
import { element, xmlDocument } from '../xml.ts';
import { requireBucketNow } from './bucket.ts';

function answers(root: string, content = ''): Operation {
  return async (call: Call) => {
    await requireBucketNow(call);
    sendXml(call, 200, xmlDocument(root, content));
  };
}

function isNotSet(code: S3ErrorCode): Operation {
  return async (call: Call) => {
    await requireBucketNow(call);
    throw new S3Error(code, undefined, { details: { BucketName: call.bucket } });
  };
}

/** What is read where nothing was ever set. */
export const UNSET: Record<string, Operation> = {
  accelerate: answers('AccelerateConfiguration'),
  encryption: isNotSet('ServerSideEncryptionConfigurationNotFoundError'),
  lifecycle: isNotSet('NoSuchLifecycleConfiguration'),
  logging: answers('BucketLoggingStatus'),
  notification: answers('NotificationConfiguration'),
  'object-lock': isNotSet('ObjectLockConfigurationNotFoundError'),
  ownershipControls: answers('OwnershipControls', '<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>'),
  policy: isNotSet('NoSuchBucketPolicy'),
  policyStatus: isNotSet('NoSuchBucketPolicy'),
  publicAccessBlock: answers(
    'PublicAccessBlockConfiguration',
    ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets']
      .map((name) => element(name, true))
      .join(''),
  ),
  replication: isNotSet('ReplicationConfigurationNotFoundError'),
  requestPayment: answers('RequestPaymentConfiguration', element('Payer', 'BucketOwner')),
  // Never switched on: S3 then says nothing at all.
  versioning: answers('VersioningConfiguration'),
  website: isNotSet('NoSuchWebsiteConfiguration'),
};

/** Removing what is not there is no error in S3. */
export async function deleteUnset(call: Call): Promise<void> {
  await requireBucketNow(call);
  sendEmpty(call, 204);
}
