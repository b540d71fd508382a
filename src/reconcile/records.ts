// Shapes of what reconcile records, made from what it learned.
import { Fault, failureClass } from '../domain/fault.ts';
import { objectName } from '../domain/object-hint.ts';
import type { ActionKind, MadeRendition, NewFailure, OriginalRecord } from '../domain/outcome.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import type { OriginalState, RecordedFailure, Target } from '../domain/plan.ts';
import type { ObjectHead, RenderedPicture } from '../domain/ports.ts';

/** The original as it is now; what its bytes said holds as long as they are the same. */
export function originalOf(
  head: ObjectHead | undefined,
  known: OriginalRecord | undefined,
  state: OriginalState,
): OriginalRecord {
  const same = known !== undefined && known.etag === head?.etag;
  return {
    state,
    etag: head?.etag,
    size: head?.size,
    contentType: head?.contentType,
    format: same ? known.format : undefined,
    width: same ? known.width : undefined,
    height: same ? known.height : undefined,
    sha256: same ? known.sha256 : undefined,
    modifiedAt: head?.modifiedAt,
  };
}

export function sourceOf({ source }: RenderedPicture): Pick<OriginalRecord, 'format' | 'width' | 'height' | 'sha256'> {
  return { format: source.format, width: source.width, height: source.height, sha256: source.sha256 };
}

export function failureOf(
  target: Target,
  fault: Fault,
  circumstances: { attempts: number; sourceEtag: string | undefined; engine: string },
  recorded: RecordedFailure[],
): NewFailure {
  const failure = {
    pipeline: target.pipeline.name,
    rendition: target.rendition.name,
    class: failureClass(fault),
    reason: describeFault(fault),
    mend: fault.mend,
    fingerprint: target.rendition.fingerprint,
    ...circumstances,
  };
  const known = recorded.some(
    (other) =>
      other.pipeline === failure.pipeline &&
      other.rendition === failure.rendition &&
      other.class === failure.class &&
      other.sourceEtag === failure.sourceEtag &&
      other.fingerprint === failure.fingerprint &&
      other.engine === failure.engine,
  );
  return { ...failure, known };
}

/** Every rendition of the pipelines as a target: a fault of the whole picture is a failure of each. */
export function allTargets(pipelines: Pipeline[]): Target[] {
  return pipelines.flatMap((pipeline) => pipeline.renditions.map((rendition) => ({ pipeline, rendition, recorded: undefined })));
}

export function tooLarge(object: { bucket: string; key: string }, size: number, limit: number): Fault {
  return new Fault('too_large', `${objectName(object.bucket, object.key)} has ${size} bytes, the limit is ${limit}`, {
    mend: 'raise limits.bytes in the configuration, or hand in a smaller file',
  });
}

export function samePlace(one: { bucket: string; key: string }, other: { bucket: string; key: string }): boolean {
  return one.bucket === other.bucket && one.key === other.key;
}

/** What is recorded of an original that is not there. */
export function describeGone(state: 'gone' | 'delivered', removed: number): [ActionKind, string] {
  if (state === 'delivered') return ['unchanged', 'it was delivered before'];
  return removed > 0 ? ['removed', `the original is gone; ${removed} rendition(s) removed`] : ['gone', 'there is no such object'];
}

export function describeMade(made: MadeRendition[]): string {
  return made
    .map(({ pipeline, name, bucket, key, width, height, size }) => {
      const what = width === undefined ? `copy, ${size} bytes` : `${width}×${height}`;
      return `${pipeline}/${name} ${what} → ${objectName(bucket, key)}`;
    })
    .join(', ');
}

/** A reason fit for a table: one line, no control characters and no halves of any, bounded. */
export function describeFault(fault: Fault): string {
  return fault.message
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, 500)
    .toWellFormed();
}
