// The pictures: hand some in, and see each original beside its renditions, newest first.
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { inWords } from '../api/fault-words.ts';
import { type PictureFilter, picturesQuery, pipelinesQuery } from '../api/queries.ts';
import { PictureDialog } from '../features/picture/picture-dialog.tsx';
import { FirstSteps } from '../features/pictures/first-steps.tsx';
import { PictureFilters } from '../features/pictures/picture-filters.tsx';
import { PictureGrid, PictureGridGhost } from '../features/pictures/picture-grid.tsx';
import { PipelineStrip } from '../features/pipelines/pipeline-strip.tsx';
import { ChooseButton } from '../features/upload/choose-button.tsx';
import { FileCatcher } from '../features/upload/file-catcher.tsx';
import { offerFiles } from '../features/upload/inbox.ts';
import { ListFault } from '../parts/list-fault.tsx';

const ALL: PictureFilter = { pipeline: undefined, state: undefined, words: '' };

interface PicturesPageProps {
  /** The picture that is shown large. */
  opened: number | undefined;
  hideButton: boolean;
  /** Where S3 tools find the store. */
  endpoint: string | undefined;
}

export function PicturesPage({ opened, hideButton, endpoint }: PicturesPageProps) {
  const [filter, setFilter] = useState(ALL);
  const filtered = filter.pipeline !== undefined || filter.state !== undefined || filter.words !== '';
  const pipelines = useQuery(pipelinesQuery).data ?? [];
  const list = useInfiniteQuery({ ...picturesQuery(filter), placeholderData: keepPreviousData });
  const pictures = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const empty = list.isSuccess && pictures.length === 0;

  return (
    <>
      <title>Pictures – Pixmill</title>
      <h1 className="sr-only">Pictures</h1>
      <div className="min-h-23 pt-5">
        <PipelineStrip pipelines={pipelines} hideButton={hideButton} />
      </div>
      {empty && !filtered ? (
        <div className="h-5" />
      ) : (
        <div className="my-5 flex min-h-10 flex-wrap items-center justify-between gap-3">
          {(filtered || pictures.length > 0) && (
            <>
              <PictureFilters filter={filter} pipelines={pipelines} onChange={setFilter} />
              <span className="flex items-center gap-4 max-sm:order-first max-sm:grid max-sm:w-full">
                <span className="text-sm text-soft max-lg:hidden">Drop or paste pictures anywhere</span>
                <ChooseButton label="Choose pictures" look="primary" multiple onFiles={offerFiles} />
              </span>
            </>
          )}
        </div>
      )}
      {list.isPending && <PictureGridGhost />}
      {list.isError && <ListFault fault={inWords(list.error)} onRetry={() => list.refetch()} />}
      {empty &&
        (filtered ? (
          <p className="py-20 text-center text-soft">
            No picture is like that.{' '}
            <button
              type="button"
              onClick={() => setFilter(ALL)}
              className="font-medium text-lit underline underline-offset-4 hover:text-ink"
            >
              Show all
            </button>
          </p>
        ) : (
          <FirstSteps pipeline={pipelines[0]} endpoint={endpoint} />
        ))}
      {pictures.length > 0 && (
        <PictureGrid
          pictures={pictures}
          more={list.hasNextPage}
          loadingMore={list.isFetchingNextPage}
          onMore={() => list.fetchNextPage()}
        />
      )}
      {opened !== undefined && <PictureDialog id={opened} pictures={pictures} />}
      <FileCatcher invitation="Let go to add these pictures" onFiles={offerFiles} />
    </>
  );
}
