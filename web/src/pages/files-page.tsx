// Every file in every bucket it should be in: what the store has, and whether the ledger agrees.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { inWords } from '../api/fault-words.ts';
import { filesQuery, pipelinesQuery } from '../api/queries.ts';
import { FileFilters } from '../features/files/file-filters.tsx';
import { FileTable } from '../features/files/file-table.tsx';
import { PictureDialog } from '../features/picture/picture-dialog.tsx';
import { bucketsOf } from '../features/pipelines/buckets.ts';
import { CopyLine } from '../parts/copy-line.tsx';
import { ListFault } from '../parts/list-fault.tsx';
import { NothingLike } from '../parts/nothing-like.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { Pager } from '../parts/pager.tsx';
import { TableGhost } from '../parts/table.tsx';
import { useSearch } from '../shell/route.ts';

/** @param props.opened the picture that is shown large */
export default function FilesPage({ opened }: { opened: number | undefined }) {
  const search = Object.fromEntries(useSearch());
  const pipelines = useQuery(pipelinesQuery).data ?? [];
  const { data, isPending, isError, error, isPlaceholderData, refetch } = useQuery({
    ...filesQuery(search),
    placeholderData: keepPreviousData,
  });
  const files = data?.items ?? [];
  const asked = Object.keys(search).length > 0;

  return (
    <>
      <PageTitle title="Files">
        Each file in every bucket it should be in: what the store has now, and whether the ledger agrees.
      </PageTitle>
      {(asked || files.length > 0 || data?.next) && (
        <FileFilters search={search} buckets={bucketsOf(pipelines, 'sources', search.bucket)} />
      )}
      {isPending && <TableGhost label="Loading the files" />}
      {isError && <ListFault fault={inWords(error)} onRetry={() => refetch()} />}
      {data && files.length === 0 && <NoFiles more={data.next !== null} asked={asked} bucket={pipelines[0]?.source.bucket} />}
      {files.length > 0 && <FileTable files={files} busy={isPlaceholderData} />}
      {data && <Pager cursor={search.cursor} next={data.next} first="From the start" further="Next" />}
      {opened !== undefined && <PictureDialog id={opened} pictures={[]} />}
    </>
  );
}

function NoFiles({ more, asked, bucket = 'pictures' }: { more: boolean; asked: boolean; bucket: string | undefined }) {
  if (more) return <p className="py-20 text-center text-soft">Nothing among the files looked at so far. There are more.</p>;
  if (asked) return <NothingLike what="file" />;
  return (
    <section className="mt-5 grid animate-arrive justify-items-center rounded-2xl border border-line bg-surface p-6 py-14 text-center sm:p-8">
      <h2 className="text-xl font-semibold tracking-tight text-balance">No file in any source yet</h2>
      <p className="mt-1 mb-6 text-soft">Put a picture into the bucket of a pipeline, and see here where it went.</p>
      <div className="w-full max-w-md">
        <CopyLine text={`npx pixmill put photo.jpg --bucket ${bucket}`} label="the command that puts a picture" />
      </div>
    </section>
  );
}
