// What was heard, from whom, and what came of it.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { inWords } from '../api/fault-words.ts';
import { eventsQuery, pipelinesQuery } from '../api/queries.ts';
import { EventFilters } from '../features/events/event-filters.tsx';
import { EventTable } from '../features/events/event-table.tsx';
import { FirstEvents } from '../features/events/first-events.tsx';
import { bucketsOf } from '../features/pipelines/buckets.ts';
import { ListFault } from '../parts/list-fault.tsx';
import { NothingLike } from '../parts/nothing-like.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { Pager } from '../parts/pager.tsx';
import { TableGhost } from '../parts/table.tsx';
import { useSearch } from '../shell/route.ts';

export default function EventsPage() {
  const search = Object.fromEntries(useSearch());
  const pipelines = useQuery(pipelinesQuery).data ?? [];
  const { data, isPending, isError, error, isPlaceholderData, refetch } = useQuery({
    ...eventsQuery(search),
    placeholderData: keepPreviousData,
  });
  const events = data?.items ?? [];
  const asked = Object.keys(search).length > 0;
  const senders = [...new Set(events.flatMap(({ sender }) => sender || []))];

  return (
    <>
      <PageTitle title="Events">
        What was heard, from whom, and what came of it, newest first. What happens appears by itself.
      </PageTitle>
      {(asked || events.length > 0) && (
        <EventFilters search={search} buckets={bucketsOf(pipelines, 'all', search.bucket)} senders={senders} />
      )}
      {isPending && <TableGhost label="Loading the events" />}
      {isError && <ListFault fault={inWords(error)} onRetry={() => refetch()} />}
      {data && events.length === 0 && (asked ? <NothingLike what="event" /> : <FirstEvents pipeline={pipelines[0]} />)}
      {events.length > 0 && <EventTable events={events} busy={isPlaceholderData} />}
      {data && <Pager cursor={search.cursor} next={data.next} first="Newest" further="Older" />}
    </>
  );
}
