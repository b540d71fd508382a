// Which operation a request is: by method, by what it addresses, and by the subresource that its query names.
import type { Call, Operation } from './call.ts';
import { getAcl, putAcl } from './operations/acl.ts';
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './operations/bucket.ts';
import { deleteBucketCors, getBucketCors, putBucketCors } from './operations/bucket-cors.ts';
import { deleteById, deleteUnset, REMOVABLE, REMOVABLE_BY_ID, SETTABLE, UNSET } from './operations/bucket-settings.ts';
import { deleteBucketTagging, getBucketTagging, putBucketTagging } from './operations/bucket-tagging.ts';
import { completeUpload } from './operations/complete-upload.ts';
import { copyObject } from './operations/copy-object.ts';
import { deleteObject, deleteObjects } from './operations/delete-object.ts';
import { getObject, headObject } from './operations/get-object.ts';
import { getObjectAttributes } from './operations/get-object-attributes.ts';
import { listObjects, listObjectsV2, listObjectVersions } from './operations/list-objects.ts';
import { listUploads } from './operations/list-uploads.ts';
import { abortUpload, createUpload } from './operations/multipart.ts';
import { lockObject, restoreObject } from './operations/object-state.ts';
import { listParts, uploadPart, uploadPartCopy } from './operations/parts.ts';
import { postObject } from './operations/post-object.ts';
import { putObject } from './operations/put-object.ts';
import { deleteTagging, getTagging, putTagging } from './operations/tagging.ts';
import { invalidArgument, S3Error } from './s3-error.ts';

/** Query names that choose another operation than the plain one, known to S3 whether they are served here or not. */
const SUBRESOURCES = new Set([
  ...[
    'abac',
    'accelerate',
    'acl',
    'analytics',
    'annotation',
    'attributes',
    'cors',
    'delete',
    'encryption',
    'intelligent-tiering',
  ],
  ...['inventory', 'legal-hold', 'lifecycle', 'location', 'logging', 'metadataAnnotationTable', 'metadataConfiguration'],
  ...['metadataInventoryTable', 'metadataJournalTable', 'metadataTable', 'metrics', 'notification', 'object-lock'],
  ...['ownershipControls', 'policy', 'policyStatus', 'publicAccessBlock', 'renameObject', 'replication', 'requestPayment'],
  ...['restore', 'retention', 'select', 'session', 'tagging', 'torrent', 'uploadId', 'uploads', 'versioning', 'versions'],
  'website',
]);

type Routes = Record<string, Operation>;

const SERVICE: Routes = { GET: listBuckets };

const BUCKET: Routes = {
  GET: listObjects,
  HEAD: headBucket,
  PUT: createBucket,
  DELETE: deleteBucket,
  POST: postObject,
  'POST ?delete': deleteObjects,
  'GET ?acl': getAcl,
  'PUT ?acl': putAcl,
  'GET ?location': getBucketLocation,
  'GET ?uploads': listUploads,
  'GET ?versions': listObjectVersions,
  ...Object.fromEntries(Object.entries(UNSET).map(([name, operation]) => [`GET ?${name}`, operation])),
  'GET ?cors': getBucketCors,
  'PUT ?cors': putBucketCors,
  'DELETE ?cors': deleteBucketCors,
  'GET ?tagging': getBucketTagging,
  'PUT ?tagging': putBucketTagging,
  'DELETE ?tagging': deleteBucketTagging,
  ...Object.fromEntries(Object.entries(SETTABLE).map(([name, operation]) => [`PUT ?${name}`, operation])),
  ...Object.fromEntries(REMOVABLE.map((name) => [`DELETE ?${name}`, deleteUnset])),
  ...Object.fromEntries(REMOVABLE_BY_ID.map((name) => [`DELETE ?${name}`, deleteById])),
};

const OBJECT: Routes = {
  GET: getObject,
  HEAD: headObject,
  PUT: putObject,
  DELETE: deleteObject,
  'GET ?acl': getAcl,
  'PUT ?acl': putAcl,
  'GET ?attributes': getObjectAttributes,
  'GET ?tagging': getTagging,
  'PUT ?tagging': putTagging,
  'DELETE ?tagging': deleteTagging,
  'POST ?uploads': createUpload,
  'GET ?uploadId': listParts,
  'PUT ?uploadId': uploadPart,
  'POST ?uploadId': completeUpload,
  'DELETE ?uploadId': abortUpload,
  ...Object.fromEntries(
    ['legal-hold', 'retention'].flatMap((name) => [
      [`GET ?${name}`, lockObject],
      [`PUT ?${name}`, lockObject],
    ]),
  ),
  'POST ?restore': restoreObject,
};

const RIGHTS_INSTEAD =
  ' Give access keys rights per bucket instead: "pixmill access-key create NAME --read BUCKET --write BUCKET".';
const SETTINGS_INSTEAD = ' Of the settings of a bucket it keeps CORS rules and tags.';

/** Every operation that a request can be. */
export const OPERATIONS: ReadonlySet<Operation> = new Set([
  ...[SERVICE, BUCKET, OBJECT].flatMap((routes) => Object.values(routes)),
  listObjectsV2,
  copyObject,
  uploadPartCopy,
]);
const COPY_SOURCE = 'x-amz-copy-source';

type Asked = Pick<Call, 'method' | 'bucket' | 'key' | 'query'>;

/** True where the body is a form that has to carry the proof of who sends it: no header of its own has. */
export function isFormUpload({ method, bucket, key, query }: Asked): boolean {
  return method === 'POST' && bucket !== '' && key === '' && subresourceOf(query) === undefined;
}

/** The one that the query names, if any. Throws `InvalidArgument` where it names two. */
function subresourceOf(query: Call['query']): string | undefined {
  if (query.size === 0) return undefined;
  const [first, second] = [...query.keys()].filter((name) => SUBRESOURCES.has(name));
  if (first === undefined || second === undefined) return first;
  throw invalidArgument('ResourceType', first, `Conflicting query string parameters: ${first}, ${second}`);
}

/** Finds the operation. Throws `MethodNotAllowed`, or `NotImplemented` for what S3 has and this store does not. */
export function route(call: Call): Operation {
  const { method, query, headers } = call;
  const [routes, kind] = call.bucket === '' ? [SERVICE, 'SERVICE'] : call.key === '' ? [BUCKET, 'BUCKET'] : [OBJECT, 'OBJECT'];
  const subresource = subresourceOf(query);
  const copies = headers[COPY_SOURCE] !== undefined;
  if (copies && method !== 'PUT') {
    const value = headers[COPY_SOURCE]?.slice(0, 200) ?? '';
    throw invalidArgument(COPY_SOURCE, value, 'You can only specify a copy source header for copy requests.');
  }
  if (subresource === undefined) {
    // Taken for the whole object, a part would replace it.
    if (routes === OBJECT && method === 'PUT' && query.has('partNumber')) {
      throw invalidArgument('uploadId', '', 'A part needs the uploadId of its upload.');
    }
    if (routes === OBJECT && copies) return copyObject;
    if (routes === BUCKET && method === 'GET' && query.get('list-type') === '2') return listObjectsV2;
    const operation = routes[method];
    if (operation) return operation;
    throw notAllowed(
      method,
      kind,
      Object.keys(routes).filter((name) => !name.includes('?')),
    );
  }
  if (subresource === 'uploadId' && routes === OBJECT && copies) return uploadPartCopy;
  const operation = routes[`${method} ?${subresource}`];
  if (operation) return operation;
  if (!SUBRESOURCE_METHODS.includes(method)) {
    const served = SUBRESOURCE_METHODS.filter((name) => `${name} ?${subresource}` in routes);
    throw notAllowed(method, kind, served);
  }
  const message = `This store does not implement ${method} ?${subresource}.`;
  const instead = subresource === 'policy' ? RIGHTS_INSTEAD : SETTINGS_INSTEAD;
  throw new S3Error('NotImplemented', routes === BUCKET ? message + instead : message);
}

/** S3 has no others for any of them: not even HEAD. */
const SUBRESOURCE_METHODS = ['GET', 'PUT', 'POST', 'DELETE'];

function notAllowed(method: string, kind: string, allowed: string[]): S3Error {
  return new S3Error('MethodNotAllowed', undefined, {
    details: { Method: method, ResourceType: kind },
    headers: { allow: allowed.join(', ') },
  });
}
