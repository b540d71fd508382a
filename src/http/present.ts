// From rows of the ledger to what the API shows.
import { matches, type Pipeline } from '../domain/pipeline.ts';
import type { KnownEvent } from '../ledger/events.ts';
import type { KnownOriginal } from '../ledger/originals.ts';
import type { KnownRun } from '../ledger/runs.ts';
import type { ShownEvent } from './shapes/event.ts';
import type { StoredObject } from './shapes/picture.ts';
import type { Run } from './shapes/run.ts';

export function presentObject(original: KnownOriginal, pipelines: Pipeline[]): StoredObject {
  return {
    ...original,
    modifiedAt: original.modifiedAt.toISOString(),
    renditions: original.renditions.map((rendition) => ({ ...rendition, madeAt: inUtc(rendition.madeAt) })),
    failures: original.failures.map((failure) => ({ ...failure, failedAt: inUtc(failure.failedAt) })),
    expected: pipelines
      .filter((pipeline) => matches(pipeline, original.bucket, original.key))
      .flatMap(({ name, renditions }) => renditions.map((rendition) => ({ pipeline: name, rendition: rendition.name }))),
  };
}

export function presentRun(run: KnownRun): Run {
  return {
    ...run,
    startedAt: run.startedAt.toISOString(),
    updatedAt: run.updatedAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
  };
}

export function presentEvent({ payload: _, ...event }: KnownEvent & { payload?: string | null }): ShownEvent {
  return { ...event, receivedAt: event.receivedAt.toISOString(), doneAt: event.doneAt?.toISOString() ?? null };
}

/** PostgreSQL writes its session's offset. */
export function inUtc(time: string): string {
  return new Date(time).toISOString();
}
