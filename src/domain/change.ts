// What became of a rendition, as others are told of it.
import type { FailureClass } from './fault.ts';
import type { ObjectJob, Outcome, Place } from './outcome.ts';

export const CHANGE_KINDS = ['made', 'replaced', 'removed', 'failed'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** A rendition as it was written, or as it was before it was removed. */
export interface ChangedOutput extends Place {
  /** In hex. */
  sha256: string;
  /** Bytes. */
  size: number;
  format: string;
  /** In pixels; null for a copy. */
  width: number | null;
  height: number | null;
}

interface Changed {
  pipeline: string;
  rendition: string;
  /** The version that it was made of, or was to be made of; null where nobody knows. */
  original: { bucket: string; key: string; etag: string | null; sha256: string | null };
}

export type RenditionChange =
  | (Changed & { kind: 'made' | 'removed'; output: ChangedOutput })
  /** `before` is what there was instead, perhaps at another key. */
  | (Changed & { kind: 'replaced'; output: ChangedOutput; before: Place })
  | (Changed & {
      kind: 'failed';
      failure: { class: FailureClass; reason: string; mend: string | null; attempts: number };
    });

/** What an outcome says of renditions that were made or were given up; those that it removes the ledger itself knows best. */
export function changesOf({ bucket, key }: ObjectJob, { original, made, failures }: Outcome): RenditionChange[] {
  const changes: RenditionChange[] = [];
  for (const { pipeline, name, sourceEtag, sourceSha256, replaces, ...output } of made) {
    const { bucket: outputBucket, key: outputKey, etag, sha256, size, format, width = null, height = null } = output;
    const change = {
      pipeline,
      rendition: name,
      original: { bucket, key, etag: sourceEtag, sha256: sourceSha256 },
      output: { bucket: outputBucket, key: outputKey, etag, sha256, size, format, width, height },
    };
    changes.push(replaces ? { kind: 'replaced', ...change, before: replaces } : { kind: 'made', ...change });
  }
  for (const { pipeline, rendition, class: kind, reason, mend = null, attempts, sourceEtag, known } of failures) {
    // Tried again and failed as before: that was told already.
    if (known) continue;
    const sha256 = (original?.etag === sourceEtag && original?.sha256) || null;
    changes.push({
      kind: 'failed',
      pipeline,
      rendition,
      original: { bucket, key, etag: sourceEtag ?? null, sha256 },
      failure: { class: kind, reason, mend, attempts },
    });
  }
  return changes;
}
