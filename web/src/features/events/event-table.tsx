// Events, newest first: each message with the objects it speaks of, and what was done about each.
import { useState } from 'react';
import type { PixmillEvent } from '../../api/types.ts';
import { formatDuration } from '../../format/time.ts';
import { Icon } from '../../parts/icon.tsx';
import { KeyText } from '../../parts/key-text.tsx';
import { Mark } from '../../parts/mark.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Cell, Group, Row, Table } from '../../parts/table.tsx';
import { DOORS, kindWord, resultWord } from './event-words.ts';
import { Payload } from './payload.tsx';

const COLUMNS = ['Received', 'Kind', 'From', 'Format', 'Object', 'Result', 'Detail', 'Done'];

export function EventTable({ events, busy }: { events: PixmillEvent[]; busy: boolean }) {
  return (
    <Table label="Events" columns={COLUMNS} busy={busy}>
      {byMessage(events).map(([first, ...others]) => (
        <MessageGroup key={first.message ?? first.id} first={first} others={others} />
      ))}
    </Table>
  );
}

type Message = [PixmillEvent, ...PixmillEvent[]];

/** Each message where its newest event stands: messages that came at the same time may lie in one another. */
function byMessage(events: PixmillEvent[]): Message[] {
  const messages = new Map<string | number, Message>();
  for (const event of events) {
    const name = event.message ?? event.id;
    const message = messages.get(name);
    if (message) message.push(event);
    else messages.set(name, [event]);
  }
  return [...messages.values()];
}

function MessageGroup({ first, others }: { first: PixmillEvent; others: PixmillEvent[] }) {
  const [opened, setOpened] = useState(false);
  const payloadId = `message-${first.id}`;
  const { receivedAt, door, sender, format } = first;
  const rowSpan = others.length + 1;
  return (
    <Group>
      <Row>
        <Cell name="Received" rowSpan={rowSpan}>
          <Moment at={receivedAt} />
        </Cell>
        <Cell name="Kind">{kindWord(first.kind)}</Cell>
        <Cell name="From" rowSpan={rowSpan}>
          {DOORS[door]}
          {sender && (
            <span className="block text-xs break-words text-soft">
              <bdi>{sender}</bdi>
            </span>
          )}
        </Cell>
        <Cell name="Format" rowSpan={rowSpan} className={(format ?? sender) ? '' : 'max-lg:hidden'}>
          {format ?? '–'}
          {sender !== null && (
            <button
              type="button"
              aria-expanded={opened}
              aria-controls={payloadId}
              onClick={() => setOpened(!opened)}
              className="flex items-center gap-1 text-xs whitespace-nowrap text-lit underline-offset-4 hover:underline max-lg:min-h-6"
            >
              <Icon name="right" className={`size-3 transition-transform ${opened ? 'rotate-90' : 'rtl:rotate-180'}`} />
              Message
            </button>
          )}
        </Cell>
        <ObjectCells event={first} />
      </Row>
      {others.map((event) => (
        <Row key={event.id}>
          <Cell name="Kind">{kindWord(event.kind)}</Cell>
          <ObjectCells event={event} />
        </Row>
      ))}
      {opened && (
        <tr className="max-lg:block">
          <td id={payloadId} colSpan={COLUMNS.length} className="px-3 pb-4 max-lg:block max-lg:px-0 max-lg:pt-2 max-lg:pb-1">
            <Payload id={first.id} />
          </td>
        </tr>
      )}
    </Group>
  );
}

function ObjectCells({ event }: { event: PixmillEvent }) {
  const { receivedAt, result, detail, doneAt } = event;
  return (
    <>
      <Cell name="Object" className="lg:min-w-48">
        {whatItSpeaksOf(event)}
      </Cell>
      <Cell name="Result">
        <Mark {...resultWord(result)} />
      </Cell>
      <Cell name="Detail" className="lg:min-w-40">
        {detail ? (
          <span dir="auto" className="[overflow-wrap:anywhere] text-soft">
            {detail}
          </span>
        ) : undefined}
      </Cell>
      <Cell name="Done">{doneAt && <Moment at={doneAt} note={`after ${tookWords(receivedAt, doneAt)}`} />}</Cell>
    </>
  );
}

/** An object, or the pipeline that a timer sweeps. */
function whatItSpeaksOf({ bucket, key, pipeline }: PixmillEvent) {
  if (bucket === null) return pipeline && `Pipeline ${pipeline}`;
  return (
    <>
      <span className="text-soft">
        <bdi>{bucket}</bdi>/
      </span>
      {key !== null && <KeyText text={key} className="[overflow-wrap:anywhere]" />}
    </>
  );
}

function tookWords(from: string, to: string): string {
  return formatDuration(Math.max(0, Date.parse(to) - Date.parse(from)));
}
