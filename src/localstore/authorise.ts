// What each operation needs of the caller's access key. An operation that is not named here needs the one that may do everything.
import type { Call, Operation } from './call.ts';
import { getAcl, putAcl } from './operations/acl.ts';
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './operations/bucket.ts';
import { deleteBucketCors, getBucketCors, putBucketCors } from './operations/bucket-cors.ts';
import { deleteById, deleteUnset, SETTABLE, UNSET } from './operations/bucket-settings.ts';
import { deleteBucketTagging, getBucketTagging, putBucketTagging } from './operations/bucket-tagging.ts';
import { completeUpload } from './operations/complete-upload.ts';
import { copyObject, copySource } from './operations/copy-object.ts';
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
import { requireAnyRight, requireEverything, requireRight } from './rights.ts';

type Check = (call: Call) => void;

/** It answers with no more than the key may know. */
const nothing: Check = () => {};
const any: Check = ({ identity, bucket }) => requireAnyRight(identity.accessKey, bucket);
const read: Check = ({ identity, bucket }) => requireRight(identity.accessKey, 'read', bucket);
const write: Check = ({ identity, bucket }) => requireRight(identity.accessKey, 'write', bucket);
const everything: Check = ({ identity }) => requireEverything(identity.accessKey);
const copy: Check = (call) => {
  write(call);
  requireRight(call.identity.accessKey, 'read', copySource(call).bucket);
};

const CHECKS = new Map<Operation, Check>([
  [listBuckets, nothing],

  // Uploaders ask for both before they write. They tell no more than ListBuckets does.
  [headBucket, any],
  [getBucketLocation, any],
  [createBucket, everything],
  [deleteBucket, everything],
  [deleteUnset, everything],
  [getBucketCors, read],
  [putBucketCors, everything],
  [deleteBucketCors, everything],
  [getBucketTagging, read],
  [putBucketTagging, everything],
  [deleteBucketTagging, everything],
  [deleteById, everything],
  ...Object.values(UNSET).map((operation): [Operation, Check] => [operation, read]),
  ...Object.values(SETTABLE).map((operation): [Operation, Check] => [operation, everything]),

  [listObjects, read],
  [listObjectsV2, read],
  [listObjectVersions, read],
  [getObject, read],
  [headObject, read],
  [getObjectAttributes, read],
  [getTagging, read],
  [getAcl, read],
  // They do nothing, and tell no more than whether the object is there.
  [lockObject, read],
  [restoreObject, read],

  [putObject, write],
  [postObject, write],
  [deleteObject, write],
  [deleteObjects, write],
  [putTagging, write],
  [deleteTagging, write],
  [putAcl, (call) => (call.key === '' ? everything : write)(call)],
  [copyObject, copy],

  // Whoever uploads in parts has to find out how far that has come.
  [createUpload, write],
  [uploadPart, write],
  [uploadPartCopy, copy],
  [listParts, write],
  [listUploads, write],
  [completeUpload, write],
  [abortUpload, write],
]);

/** Throws `AccessDenied` before anything is looked up, so that the answer tells nothing of what is there. */
export function authorise(call: Call, operation: Operation): void {
  (CHECKS.get(operation) ?? everything)(call);
}
