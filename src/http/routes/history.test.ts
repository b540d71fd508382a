// The story of an object, as messages, workers and people have made it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { picture, startTestServer } from '../../../test/http-server.ts';
import { Fault } from '../../domain/fault.ts';
import type { Message } from '../../intake/message.ts';
import { receiveMessages } from '../../intake/receive-messages.ts';
import { readFacts, readOwner } from '../../ledger/facts.ts';
import { openRecorder } from '../../ledger/record.ts';
import { reconcile } from '../../reconcile/reconcile.ts';
import type { History } from '../shapes/event.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

/** A message of a store, with an id of its sender's. */
async function tell(id: string, ...names: string[]): Promise<void> {
  const { db, config, wake, log } = server.services;
  const services = { db, pipelines: config.pipelines, enqueue: async () => 0, enqueueRun: async () => {}, wake, log };
  const objects = names.map((name) => {
    const [bucket = '', ...key] = name.split(':');
    return { bucket, key: key.join(':'), kind: 'put' as const, etag: 'e1', size: 7 };
  });
  const message: Message = { kind: 'objects', format: 'ceph', id, objects };
  await receiveMessages(services, [message], { door: 'hook', sender: 'camera', payload: '{"Records":[…]}' });
}

async function story(bucket: string, key: string): Promise<History> {
  const answer = await server.api('GET', `/history?${new URLSearchParams({ bucket, key })}`);
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.json();
}

function told({ story }: History): string[] {
  return story.map(({ what, kind, detail, attempt, run }) =>
    [
      what,
      kind,
      detail.replace(/\d+ bytes, at/, 'some bytes, at'),
      ...(attempt === null ? [] : [`try ${attempt}`]),
      ...(run === null ? [] : [`run ${run}`]),
    ].join(' | '),
  );
}

/** Looks at the object as a worker would, at this try, on behalf of a run, or with the store away. */
async function look(key: string, { attempt = 1, run, away = false }: { attempt?: number; run?: number; away?: boolean }) {
  const { db, config, store, imaging, log } = server.services;
  const ledger = {
    facts: (bucket: string, key: string) => readFacts(db, bucket, key),
    ownerOf: (bucket: string, key: string) => readOwner(db, bucket, key),
    record: openRecorder(db, async (_tx, entries) => entries),
  };
  const get = () => Promise.reject(new Fault('store_unavailable', `pictures/${key}: the store does not answer`));
  const services = {
    pipelines: config.pipelines,
    store: away ? { ...store, get } : store,
    imaging,
    ledger,
    maxBytes: 200_000,
    log,
  };
  await reconcile(services, { bucket: 'pictures', key, at: new Date(), attempt, run });
}

test('the story goes from what was heard, by whom and in which format, over each try to what was made', async () => {
  await tell('m1', 'pictures:a b.png');
  await server.put('pictures', 'a b.png', await picture());
  await look('a b.png', { away: true });
  await tell('m1', 'pictures:a b.png');
  await look('a b.png', { attempt: 2 });
  await look('a b.png', { run: 7 });
  await tell('m2', 'pictures:a b.png');
  const history = await story('pictures', 'a b.png');
  assert.deepEqual(told(history), [
    'event | put | hook "camera" (ceph) said: put, ETag e1, 7 bytes, id m1',
    'action | retried | pictures/a b.png: the store does not answer | try 1',
    'event | put | hook "camera" (ceph) said: put, ETag e1, 7 bytes, id m1, which came before',
    'action | rendered | thumbnail/small 8×6 → thumbnails/a b.png.webp, thumbnail/grey 16×12 → thumbnails/grey/a b.png.png | try 2',
    'rendition | made | thumbnail/grey: 16×12, some bytes, at thumbnails/grey/a b.png.png',
    'rendition | made | thumbnail/small: 8×6, some bytes, at thumbnails/a b.png.webp',
    'action | unchanged | everything is there | try 1 | run 7',
    'event | put | hook "camera" (ceph) said: put, ETag e1, 7 bytes, id m2; nothing was done about it yet',
  ]);
  const events = history.story.flatMap(({ event }) => (event ? [event] : []));
  assert.deepEqual(
    events.map(({ door, sender, format, sentId, result }) => [door, sender, format, sentId, result]),
    [
      ['hook', 'camera', 'ceph', 'm1', 'rendered'],
      ['hook', 'camera', 'ceph', 'm1', 'rendered'],
      ['hook', 'camera', 'ceph', 'm2', null],
    ],
  );
  const whole = (await server.api('GET', `/events/${events[0]?.id}`)).json();
  assert.deepEqual([whole.payload, whole.detail !== null, whole.doneAt !== null], ['{"Records":[…]}', true, true]);
});

test('a failure tells why, and what is tried again', async () => {
  await server.put('pictures', 'bad.png', Buffer.from('no picture'));
  await tell('m3', 'pictures:bad.png');
  await look('bad.png', {});
  const lines = told(await story('pictures', 'bad.png'));
  assert.match(lines[1] ?? '', /^action \| failed \| .+ \| try 1$/);
  assert.equal(lines.filter((line) => /^failure \| unsupported \| thumbnail\/(small|grey): /.test(line)).length, 2);
  const { items } = (await server.api('GET', '/failures?prefix=bad.png')).json();
  await server.api('POST', '/failures/redrive', { ids: items.map(({ id }: { id: number }) => id) });
  assert.equal(
    told(await story('pictures', 'bad.png')).at(-1),
    'event | look | redrive said: look; nothing was done about it yet',
  );
});

test('a message that nobody takes is part of the story, with the reason', async () => {
  await tell('m4', 'pictures:c.png', 'elsewhere:c.png');
  const { object, story: chapters, pipelines } = await story('elsewhere', 'c.png');
  assert.equal(object, null);
  assert.equal(
    pipelines.some(({ takes }) => takes),
    false,
  );
  assert.match(chapters[0]?.detail ?? '', /id m4; ignored: no pipeline takes it; thumbnail: it reads bucket "pictures"/);
  assert.deepEqual([chapters[0]?.event?.result, chapters[0]?.event?.doneAt !== null], ['ignored', true]);
});

test('several objects of one message are no replays of each other', async () => {
  await tell('m5', 'pictures:twice.png', 'pictures:twice.png');
  for (const line of told(await story('pictures', 'twice.png'))) assert.doesNotMatch(line, /came before/);
});
