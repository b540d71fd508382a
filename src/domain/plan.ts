// The whole policy of reconcile as one pure function: from what is, to what is to be done.
import type { FailureClass } from './fault.ts';
import type { Pipeline, Rendition } from './pipeline.ts';
import { makerOf } from './recipe.ts';

/** A rendition as the ledger holds it. */
export interface RecordedRendition {
  id: number;
  pipeline: string;
  name: string;
  bucket: string;
  key: string;
  sourceEtag: string;
  fingerprint: string;
  engine: string;
  etag: string;
  size: number;
}

/** A failure as the ledger holds it. */
export interface RecordedFailure {
  pipeline: string;
  rendition: string;
  class: FailureClass;
  sourceEtag: string | undefined;
  fingerprint: string;
  engine: string;
}

/** How things stand with an original. */
export type OriginalState =
  /** heard of, not reconciled yet */
  | 'pending'
  /** every rendition of it is recorded */
  | 'done'
  /** at least one rendition was given up */
  | 'failed'
  /** deleted by Pixmill, as its pipeline says, after everything made of it was proven */
  | 'delivered'
  /** deleted by somebody */
  | 'gone';

/** Everything that the decision rests on. */
export interface Facts {
  /** ETag of the source as it is now; undefined where there is no such object. */
  etag: string | undefined;
  /** True where the object is a rendition that Pixmill made. */
  ownOutput: boolean;
  /** The pipelines that have this object in their source. */
  pipelines: Pipeline[];
  /** What the ledger says of the original, where it knows it. */
  original: { state: OriginalState; etag: string | undefined } | undefined;
  renditions: RecordedRendition[];
  failures: RecordedFailure[];
  engine: string;
}

/** A rendition to be made. */
export interface Target {
  pipeline: Pipeline;
  rendition: Rendition;
  /** The one it replaces, where one is recorded. */
  recorded: RecordedRendition | undefined;
}

export type Plan =
  /** Nothing concerns us here. */
  | { kind: 'ignore'; why: string }
  /** The source is not there: remove what its pipelines say to remove. */
  | { kind: 'gone'; state: 'gone' | 'delivered'; remove: RecordedRendition[] }
  /** Make the targets (perhaps none), and then perhaps delete the original. */
  | { kind: 'make'; targets: Target[]; givenUp: number; deleteOriginal: boolean };

/** The picture itself is at fault: the same bytes under the same recipe would fail again. */
const PERMANENT: ReadonlySet<FailureClass> = new Set(['unsupported', 'too_large', 'corrupt']);

/** Decides what to do about one object. */
export function decide(facts: Facts): Plan {
  if (facts.ownOutput) return { kind: 'ignore', why: 'it is a rendition that Pixmill made' };
  if (facts.etag === undefined) return decideGone(facts);
  if (facts.pipelines.length === 0) return { kind: 'ignore', why: 'no pipeline has it in its source' };

  const targets: Target[] = [];
  let givenUp = 0;
  for (const pipeline of facts.pipelines) {
    for (const rendition of pipeline.renditions) {
      const recorded = recordOf(facts, pipeline, rendition);
      if (recorded && isCurrent(recorded, facts, rendition)) continue;
      if (hasGivenUp(facts, pipeline, rendition)) givenUp++;
      else targets.push({ pipeline, rendition, recorded });
    }
  }
  const deleteOriginal = givenUp === 0 && facts.pipelines.some((pipeline) => pipeline.original === 'delete');
  return { kind: 'make', targets, givenUp, deleteOriginal };
}

function decideGone(facts: Facts): Plan {
  const { original } = facts;
  if (original?.state === 'delivered' || wasDelivered(facts)) return { kind: 'gone', state: 'delivered', remove: [] };
  // A pipeline that is no longer declared says nothing, so what it made stays.
  const remove = facts.renditions.filter(
    ({ pipeline }) => facts.pipelines.find(({ name }) => name === pipeline)?.onSourceDelete === 'delete',
  );
  return { kind: 'gone', state: 'gone', remove };
}

/** Killed between deleting the original and recording it: everything made of it is on the ledger, and the policy was to delete. */
function wasDelivered(facts: Facts): boolean {
  const { original, pipelines } = facts;
  if (original?.etag === undefined || !pipelines.some((pipeline) => pipeline.original === 'delete')) return false;
  return pipelines.every((pipeline) =>
    pipeline.renditions.every((rendition) => recordOf(facts, pipeline, rendition)?.sourceEtag === original.etag),
  );
}

function recordOf(facts: Facts, pipeline: Pipeline, rendition: Rendition): RecordedRendition | undefined {
  return facts.renditions.find((recorded) => recorded.pipeline === pipeline.name && recorded.name === rendition.name);
}

/** Source version × recipe × engine: the identity of a rendition. A copy has no engine. */
function isCurrent(recorded: RecordedRendition, facts: Facts, rendition: Rendition): boolean {
  return (
    recorded.sourceEtag === facts.etag &&
    recorded.fingerprint === rendition.fingerprint &&
    recorded.engine === makerOf(rendition.recipe, facts.engine)
  );
}

function hasGivenUp(facts: Facts, pipeline: Pipeline, rendition: Rendition): boolean {
  return facts.failures.some(
    (failure) =>
      failure.pipeline === pipeline.name &&
      failure.rendition === rendition.name &&
      PERMANENT.has(failure.class) &&
      failure.sourceEtag === facts.etag &&
      failure.fingerprint === rendition.fingerprint &&
      failure.engine === makerOf(rendition.recipe, facts.engine),
  );
}
