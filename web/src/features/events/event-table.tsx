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

/** Neighbours of one message; those of the built-in store came alone. */
function byMessage(events: PixmillEvent[]): Message[] {
  const messages: Message[] = [];
  for (const event of events) {
    const last = messages.at(-1);
    if (last && event.message !== null && last[0].message === event.message) last.push(event);
    else messages.push([event]);
  }
  return messages;
}

function MessageGroup({ first, others }: { first: PixmillEvent; others: PixmillEvent[] }) {
  const [opened, setOpened] = useState(false);
  const payloadId = `message-${first.id}`;
  const { receivedAt, door, sender, format, message } = first;
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
        <Cell name="Format" rowSpan={rowSpan}>
          {format ?? '–'}
          {(message !== null || door === 'hook' || door === 'queue') && (
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
          <td id={payloadId} colSpan={COLUMNS.length} className="px-4 pb-4 max-lg:block max-lg:px-0 max-lg:pt-2 max-lg:pb-1">
            <Payload id={first.id} />
          </td>
        </tr>
      )}
    </Group>
  );
}

function ObjectCells({ event: { bucket, key, pipeline, receivedAt, result, detail, doneAt } }: { event: PixmillEvent }) {
  return (
    <>
      <Cell name="Object" className="lg:min-w-48">
        {bucket === null ? (
          pipeline ? (
            `Pipeline ${pipeline}`
          ) : (
            '–'
          )
        ) : (
          <>
            <span className="text-soft">
              <bdi>{bucket}</bdi>/
            </span>
            {key !== null && <KeyText text={key} className="[overflow-wrap:anywhere]" />}
          </>
        )}
      </Cell>
      <Cell name="Result">
        <Mark {...resultWord(result)} />
      </Cell>
      <Cell name="Detail" className="lg:min-w-40">
        {detail ? (
          <span dir="auto" className="[overflow-wrap:anywhere] text-soft">
            {detail}
          </span>
        ) : (
          '–'
        )}
      </Cell>
      <Cell name="Done">{doneAt === null ? '–' : <Moment at={doneAt} note={`after ${tookWords(receivedAt, doneAt)}`} />}</Cell>
    </>
  );
}

function tookWords(from: string, to: string): string {
  return formatDuration(Math.max(0, Date.parse(to) - Date.parse(from)));
}
