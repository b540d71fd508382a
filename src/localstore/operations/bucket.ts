// ListBuckets, CreateBucket, HeadBucket, DeleteBucket, GetBucketLocation.
import { sql } from 'kysely';
import { checkNewBucketName, isBucketName } from '../address.ts';
import { OWNER, refuseAcls } from '../attributes.ts';
import { receiveDocument } from '../body.ts';
import { type Call, queryNumber, type Services, sendEmpty, sendXml } from '../call.ts';
import { bucketsWithin } from '../rights.ts';
import { invalidArgument, S3Error } from '../s3-error.ts';
import type { Tag } from '../tags.ts';
import { element, escapeXml, xmlDocument } from '../xml.ts';
import { childrenNamed, childText, readXml } from '../xml-read.ts';
import { tagsIn } from './tagging.ts';

/** S3's first region, which it writes as nothing where it says where a bucket is. */
const UNWRITTEN_REGION = 'us-east-1';

/** What the AWS CLI 2.9 asks for where nobody has told it a region. */
const NO_REGION = 'aws-global';

const LIST_PARAMETERS = ['max-buckets', 'prefix', 'continuation-token', 'bucket-region'];

/** S3's most for one page. */
const MAX_BUCKETS = 10_000;

/** Those in which the caller's key may do anything. */
export async function listBuckets(call: Call): Promise<void> {
  const most = queryNumber(call, 'max-buckets', MAX_BUCKETS, MAX_BUCKETS + 1);
  if (most < 1 || most > MAX_BUCKETS) {
    const message = `Argument max-buckets must be an integer between 1 and ${MAX_BUCKETS}`;
    throw invalidArgument('max-buckets', call.query.get('max-buckets') ?? '', message);
  }
  const prefix = call.query.get('prefix') ?? '';
  const { region } = call.services;
  const token = call.query.get('continuation-token') ?? '';
  const after = Buffer.from(token, 'base64url').toString();
  if (after !== '' && !isBucketName(after)) {
    throw invalidArgument('continuation-token', token.slice(0, 200), 'The continuation token provided is incorrect');
  }
  const within = bucketsWithin(call.identity.accessKey);
  const rows = await call.services.db
    .selectFrom('store_bucket')
    .select(['name', 'created_at'])
    .where('name', '>', after)
    .where(sql<boolean>`starts_with(name, ${prefix})`)
    .$if(within !== undefined, (query) => query.where(sql<boolean>`name = ANY(${within})`))
    // All are here, and in any other region there is none.
    .where(sql<boolean>`${call.query.get('bucket-region') ?? region} = ${region}`)
    .orderBy('name')
    .limit(most + 1)
    .execute();
  const page = rows.slice(0, most);
  // Clients that ask for a page get to know the region, as from S3.
  const asks = LIST_PARAMETERS.some((name) => call.query.has(name));
  const buckets = page.map((row) => {
    const fields = element('Name', row.name) + element('CreationDate', row.created_at.toISOString());
    return `<Bucket>${fields}${element('BucketRegion', asks ? region : undefined)}</Bucket>`;
  });
  const next = rows.length > page.length ? Buffer.from(page.at(-1)?.name ?? '').toString('base64url') : undefined;
  const content = [
    ownerXml(),
    `<Buckets>${buckets.join('')}</Buckets>`,
    element('ContinuationToken', next),
    element('Prefix', call.query.get('prefix')),
  ];
  sendXml(call, 200, xmlDocument('ListAllMyBucketsResult', content.join('')));
}

/** Everything belongs to the one owner of the store. */
export function ownerXml(tag = 'Owner'): string {
  return `<${tag}>${element('ID', OWNER.id)}${element('DisplayName', OWNER.name)}</${tag}>`;
}

export async function createBucket(call: Call): Promise<void> {
  checkNewBucketName(call.bucket);
  refuseAcls(call.headers, 'InvalidBucketAclWithObjectOwnership');
  refuseSettings(call.headers);
  const hasBody = call.headers['content-length'] !== undefined || call.headers['transfer-encoding'] !== undefined;
  const body = hasBody ? await receiveDocument(call, 64 * 1024) : Buffer.alloc(0);
  const document = body.length > 0 ? readXml(body, 'CreateBucketConfiguration') : undefined;
  const wanted = document && childText(document, 'LocationConstraint');
  if (wanted && wanted !== call.services.region && wanted !== NO_REGION) {
    const told = `The ${wanted.slice(0, 100)} location constraint is incompatible for the region specific endpoint`;
    const message = `${told} this request was sent to, which is ${call.services.region}.`;
    throw new S3Error('IllegalLocationConstraintException', message);
  }
  const set = document && childrenNamed(document, 'Tags')[0];
  const tags = set ? tagsIn(set, 'Bucket') : [];
  // Creating a bucket that one has already is no error in us-east-1.
  await addBucket(call.services, call.bucket, tags);
  sendEmpty(call, 200, { location: `/${call.bucket}` });
}

const OWNERSHIPS = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'];

/** What a bucket may be created with and cannot have here. */
function refuseSettings(headers: Call['headers']): void {
  const ownership = headers['x-amz-object-ownership'];
  if (ownership !== undefined && !OWNERSHIPS.includes(ownership)) {
    throw invalidArgument('x-amz-object-ownership', ownership.slice(0, 100), 'Invalid x-amz-object-ownership header');
  }
  const notHere = (name: string) => new S3Error('NotImplemented', undefined, { details: { Header: name } });
  if (ownership !== undefined && ownership !== 'BucketOwnerEnforced') throw notHere('x-amz-object-ownership');
  if (headers['x-amz-bucket-object-lock-enabled']?.toLowerCase() === 'true') throw notHere('x-amz-bucket-object-lock-enabled');
}

/** Creates the bucket where it is missing. @param tags of a new one */
export async function addBucket(services: Pick<Services, 'db'>, name: string, tags: Tag[] = []): Promise<void> {
  await services.db
    .insertInto('store_bucket')
    .values({ name, tags: tags.length === 0 ? null : JSON.stringify(tags) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function headBucket(call: Call): Promise<void> {
  await requireBucketNow(call);
  sendEmpty(call, 200, { 'x-amz-bucket-region': call.services.region });
}

/** Asks the database rather than the cache, which writes may trust because they are checked again. */
export async function requireBucketNow(call: Call): Promise<void> {
  call.services.index.forgetBucket(call.bucket);
  await call.services.index.requireBucket(call.bucket);
}

/** The error, for whoever found no row. */
export function noSuchBucket(bucket: string): S3Error {
  return new S3Error('NoSuchBucket', undefined, { details: { BucketName: bucket } });
}

export async function deleteBucket(call: Call): Promise<void> {
  const { bucket, services } = call;
  await services.lane.alone(async (tx) => {
    const found = await sql`SELECT 1 FROM store_bucket WHERE name = ${bucket} FOR UPDATE`.execute(tx);
    if (found.rows.length === 0) throw noSuchBucket(bucket);
    const objects = await sql`SELECT 1 FROM store_object WHERE bucket = ${bucket} LIMIT 1`.execute(tx);
    if (objects.rows.length > 0) throw new S3Error('BucketNotEmpty', undefined, { details: { BucketName: bucket } });
    // Uploads that nobody completed go with their bucket.
    const parts = await sql<{ blob: string }>`
      WITH dropped AS (
        SELECT p.blob FROM store_part p JOIN store_upload u ON u.id = p.upload
        WHERE u.bucket = ${bucket} AND p.blob IS NOT NULL
      )
      INSERT INTO store_garbage SELECT blob FROM dropped RETURNING blob`.execute(tx);
    await sql`DELETE FROM store_upload WHERE bucket = ${bucket}`.execute(tx);
    await sql`DELETE FROM store_bucket WHERE name = ${bucket}`.execute(tx);
    return { result: undefined, dropped: parts.rows.map((row) => row.blob) };
  });
  services.index.forgetBucket(bucket);
  services.cors.forget(bucket);
  sendEmpty(call, 204);
}

export async function getBucketLocation(call: Call): Promise<void> {
  await requireBucketNow(call);
  const { region } = call.services;
  sendXml(call, 200, xmlDocument('LocationConstraint', region === UNWRITTEN_REGION ? '' : escapeXml(region)));
}
