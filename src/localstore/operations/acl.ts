// ACLs as S3 answers them where ownership is enforced: everything is the owner's, and only what says so is accepted.
import { OWNER, refuseUnsupported } from '../attributes.ts';
import { receiveDocument } from '../body.ts';
import { type Call, sendEmpty, sendXml } from '../call.ts';
import { S3Error } from '../s3-error.ts';
import { element, xmlDocument } from '../xml.ts';
import { childrenNamed, childText, readXml, type XmlNode } from '../xml-read.ts';
import { ownerXml, requireBucketNow } from './bucket.ts';
import { requireObject } from './get-object.ts';

async function requireTarget(call: Call): Promise<void> {
  if (call.key === '') await requireBucketNow(call);
  else await requireObject(call, call.bucket, call.key);
}

export async function getAcl(call: Call): Promise<void> {
  await requireTarget(call);
  const grantee = `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">${element('ID', OWNER.id)}${element('DisplayName', OWNER.name)}</Grantee>`;
  const grant = `<Grant>${grantee}<Permission>FULL_CONTROL</Permission></Grant>`;
  sendXml(call, 200, xmlDocument('AccessControlPolicy', `${ownerXml()}<AccessControlList>${grant}</AccessControlList>`));
}

/** Accepts what grants something to nobody but the owner; s3cmd sends that with every copy. */
export async function putAcl(call: Call): Promise<void> {
  refuseUnsupported(call.headers);
  await requireTarget(call);
  const hasBody = Number(call.headers['content-length'] ?? 0) > 0 || call.headers['transfer-encoding'] !== undefined;
  const body = hasBody ? await receiveDocument(call, 256 * 1024) : Buffer.alloc(0);
  if (body.length > 0) checkPolicy(readXml(body, 'AccessControlPolicy'));
  else if (!Object.keys(call.headers).some((name) => name === 'x-amz-acl' || name.startsWith('x-amz-grant-'))) {
    throw new S3Error('MalformedACLError');
  }
  sendEmpty(call, 200);
}

function checkPolicy(policy: XmlNode): void {
  const owner = policy.children.find((child) => child.name === 'Owner');
  const list = policy.children.find((child) => child.name === 'AccessControlList');
  if (!list) throw new S3Error('MalformedACLError');
  if (owner && childText(owner, 'ID') !== OWNER.id) throw new S3Error('AccessDenied');
  for (const grant of childrenNamed(list, 'Grant')) {
    const grantee = grant.children.find((child) => child.name === 'Grantee');
    if (!grantee) throw new S3Error('MalformedACLError');
    if (childText(grantee, 'ID') !== OWNER.id) throw new S3Error('AccessControlListNotSupported');
  }
}
