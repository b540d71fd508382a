// GET history: the story of one object, or why there is none.
import { z } from 'zod';
import { explainSource } from '../../domain/pipeline.ts';
import { type KnownEvent, listActions, listEvents } from '../../ledger/events.ts';
import { readOwner } from '../../ledger/facts.ts';
import { findOriginal } from '../../ledger/originals.ts';
import type { Api } from '../api.ts';
import { presentEvent, presentObject } from '../present.ts';
import type { HttpServices } from '../services.ts';
import { bucketName, objectKey } from '../shapes/common.ts';
import { type Chapter, history } from '../shapes/event.ts';
import type { StoredObject } from '../shapes/picture.ts';

/** Of each kind at most so many, the newest. */
const CHAPTERS = 500;

export function historyRoutes(app: Api, { db, config }: HttpServices): void {
  app.get(
    '/history',
    {
      schema: {
        tags: ['objects'],
        summary: 'What was heard of an object and done about it, in the order of time; also for names nobody knows',
        querystring: z.object({ bucket: bucketName, key: objectKey }),
        response: { 200: history },
      },
    },
    async ({ query: { bucket, key } }) => {
      const [original, madeFrom, events, actions] = await Promise.all([
        findOriginal(db, bucket, key),
        readOwner(db, bucket, key),
        listEvents(db, { bucket, key }, CHAPTERS),
        listActions(db, bucket, key, CHAPTERS),
      ]);
      const object = original ? presentObject(original, config.pipelines) : null;
      const story: Chapter[] = [
        ...describeEvents(events.rows),
        ...actions.map(({ at, kind, detail, attempt, ms, run }) => ({
          ...chapter('action', at.toISOString(), kind),
          detail,
          attempt,
          ms,
          run,
        })),
        ...(object ? outcomes(object) : []),
      ];
      return {
        bucket,
        key,
        object,
        madeFrom: madeFrom ?? null,
        pipelines: config.pipelines.map((pipeline) => ({ name: pipeline.name, ...explainSource(pipeline, bucket, key) })),
        story: story.sort((one, other) => Date.parse(one.at) - Date.parse(other.at)),
      };
    },
  );
}

/** @param events newest first */
function describeEvents(events: KnownEvent[]): Chapter[] {
  const messages = new Map<string, string | null>();
  return events.toReversed().map((event) => {
    const name = JSON.stringify([event.door, event.sender, event.sentId]);
    const first = messages.get(name) ?? event.message;
    messages.set(name, first);
    const replay = event.sentId !== null && first !== event.message;
    return {
      ...chapter('event', event.receivedAt.toISOString(), event.kind),
      detail: describeEvent(event, replay),
      event: presentEvent(event),
    };
  });
}

/** Who said what through which door, and what came of it where no action tells. */
function describeEvent(event: KnownEvent, replay: boolean): string {
  const { door, sender, format, sentId, kind, etag, size, result, detail } = event;
  const from = [door, ...(sender === null ? [] : [`"${sender}"`]), ...(format === null ? [] : [`(${format})`])].join(' ');
  const facts = [
    ...(etag === null ? [] : [`ETag ${etag}`]),
    ...(size === null ? [] : [`${size} bytes`]),
    ...(sentId === null ? [] : [`id ${sentId}${replay ? ', which came before' : ''}`]),
  ];
  const answers: Record<string, string> = { ignored: `; ignored: ${detail ?? ''}`, open: '; nothing was done about it yet' };
  return `${from} said: ${[kind, ...facts].join(', ')}${answers[result ?? 'open'] ?? ''}`;
}

function outcomes({ renditions, failures }: StoredObject): Chapter[] {
  return [
    ...renditions.map(({ madeAt, pipeline, name, bucket, key, width, height, size, totalMs }) => ({
      ...chapter('rendition', madeAt, 'made'),
      detail: `${pipeline}/${name}: ${width === null ? 'copy' : `${width}×${height}`}, ${size} bytes, at ${bucket}/${key}`,
      ms: totalMs,
    })),
    ...failures.map(({ failedAt, pipeline, rendition, class: kind, reason, attempts }) => ({
      ...chapter('failure', failedAt, kind),
      detail: `${pipeline}/${rendition}: ${reason}`,
      attempt: attempts,
    })),
  ];
}

function chapter(what: Chapter['what'], at: string, kind: string): Chapter {
  return { at, what, kind, detail: '', attempt: null, ms: null, run: null, event: null };
}
