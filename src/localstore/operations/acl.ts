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

/** Accepts what gives the owner full control and nobody anything; s3cmd sends that with every copy. */
export async function putAcl(call: Call): Promise<void> {
  refuseUnsupported(call.headers);
  await requireTarget(call);
  const hasBody = Number(call.headers['content-length'] ?? 0) > 0 || call.headers['transfer-encoding'] !== undefined;
  const body = hasBody ? await receiveDocument(call, 256 * 1024) : Buffer.alloc(0);
  if (body.length > 0) checkPolicy(readXml(body, 'AccessControlPolicy', 'MalformedACLError'));
  else if (!Object.keys(call.headers).some((name) => name === 'x-amz-acl' || name.startsWith('x-amz-grant-'))) {
    throw new S3Error('MissingSecurityHeader', undefined, { details: { MissingHeaderName: 'x-amz-acl' } });
  }
  sendEmpty(call, 200);
}

const PERMISSIONS = ['FULL_CONTROL', 'READ', 'WRITE', 'READ_ACP', 'WRITE_ACP'];

/** Throws `MalformedACLError`, `AccessDenied` for another owner, `AccessControlListNotSupported`. */
function checkPolicy(policy: XmlNode): void {
  const [owner] = childrenNamed(policy, 'Owner');
  const [list] = childrenNamed(policy, 'AccessControlList');
  if (!owner || !list) throw new S3Error('MalformedACLError');
  const grants = childrenNamed(list, 'Grant').map((grant) => {
    const [grantee] = childrenNamed(grant, 'Grantee');
    const permission = childText(grant, 'Permission')?.trim() ?? '';
    if (!grantee || !PERMISSIONS.includes(permission)) throw new S3Error('MalformedACLError');
    return { to: childText(grantee, 'ID'), permission };
  });
  if (childText(owner, 'ID') !== OWNER.id) throw new S3Error('AccessDenied');
  const kept = grants.length > 0 && grants.every(({ to, permission }) => to === OWNER.id && permission === 'FULL_CONTROL');
  if (!kept) throw new S3Error('AccessControlListNotSupported');
}
