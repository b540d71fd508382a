// Tags of objects.
import { sql } from 'kysely';
import { receiveDocument } from '../body.ts';
import { type Call, sendEmpty, sendXml } from '../call.ts';
import { S3Error } from '../s3-error.ts';
import { checkTags, type Tag, type TagOwner } from '../tags.ts';
import { element, xmlDocument } from '../xml.ts';
import { childrenNamed, childText, readXml, type XmlNode } from '../xml-read.ts';
import { checkVersionId, requireObject } from './get-object.ts';

export async function getTagging(call: Call): Promise<void> {
  checkVersionId(call);
  const { tags } = await requireObject(call, call.bucket, call.key);
  sendTags(call, tags ?? []);
}

/** Ends the answer with a set of tags. */
export function sendTags(call: Call, tags: readonly (readonly [string, string])[]): void {
  const content = tags.map(([name, value]) => `<Tag>${element('Key', name)}${element('Value', value)}</Tag>`);
  sendXml(call, 200, xmlDocument('Tagging', `<TagSet>${content.join('')}</TagSet>`));
}

export async function putTagging(call: Call): Promise<void> {
  checkVersionId(call);
  await setTags(call, await receiveTags(call, 'Object'));
  sendEmpty(call, 200);
}

/** Receives a set of tags. Throws `MalformedXML`, `InvalidTag`. */
export async function receiveTags(call: Call, owner: TagOwner): Promise<Tag[]> {
  return readTagging(await receiveDocument(call, 64 * 1024), owner);
}

/** Reads a `Tagging` document. Throws `MalformedXML`, `InvalidTag`. */
export function readTagging(document: Buffer, owner: TagOwner): Tag[] {
  const [set] = childrenNamed(readXml(document, 'Tagging'), 'TagSet');
  if (!set) throw new S3Error('MalformedXML');
  return tagsIn(set, owner);
}

/** The `Tag` elements of a set. Throws `MalformedXML`, `InvalidTag`. */
export function tagsIn(set: XmlNode, owner: TagOwner): Tag[] {
  const tags = childrenNamed(set, 'Tag').map((tag): Tag => {
    const name = childText(tag, 'Key');
    const value = childText(tag, 'Value');
    if (name === undefined || value === undefined) throw new S3Error('MalformedXML');
    return [name, value];
  });
  return checkTags(tags, owner);
}

export async function deleteTagging(call: Call): Promise<void> {
  checkVersionId(call);
  await setTags(call, []);
  sendEmpty(call, 204);
}

/** Tags are no part of a version: neither ETag nor time change. */
async function setTags(call: Call, tags: Tag[]): Promise<void> {
  const text = tags.length === 0 ? null : JSON.stringify(tags);
  const done = await sql`
    UPDATE store_object SET tags = ${text}::jsonb WHERE bucket = ${call.bucket} AND key = ${call.key}
    RETURNING 1`.execute(call.services.db);
  if (done.rows.length === 0) await requireObject(call, call.bucket, call.key);
}
