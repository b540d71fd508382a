// Files in the order of buckets and keys, each with every bucket it should be in.
import type { FileOutput, FileSource, PixmillFile } from '../../api/types.ts';
import { formatBytes } from '../../format/bytes.ts';
import { KeyText } from '../../parts/key-text.tsx';
import { Mark } from '../../parts/mark.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Cell, Group, Row, Table } from '../../parts/table.tsx';
import { openPicture } from '../../shell/route.ts';
import { driftOf, noteOf, presence } from './place-words.ts';

const COLUMNS = ['File', 'Bucket', 'As', 'In the store', 'Size', 'Modified'];

export function FileTable({ files, busy }: { files: PixmillFile[]; busy: boolean }) {
  return (
    <Table label="Files" columns={COLUMNS} busy={busy}>
      {files.map((file) => (
        <Group key={`${file.bucket}/${file.key}`}>
          <Row>
            <Cell name="File" rowSpan={file.outputs.length + 1} className="font-medium lg:w-1/4 lg:min-w-48">
              <FileName file={file} />
            </Cell>
            <PlaceCells bucket={file.bucket} fileKey={undefined} as="Original" place={file.source} />
          </Row>
          {file.outputs.map((output) => (
            <Row key={`${output.pipeline}/${output.name}`}>
              <PlaceCells
                bucket={output.bucket}
                fileKey={output.key ?? undefined}
                as={output.pipeline === output.name ? output.name : `${output.pipeline} / ${output.name}`}
                place={output}
              />
            </Row>
          ))}
        </Group>
      ))}
    </Table>
  );
}

/** Leads to the picture where the ledger knows it. */
function FileName({ file: { id, key } }: { file: PixmillFile }) {
  const name = <KeyText text={key} className="[overflow-wrap:anywhere]" />;
  if (id === null) return name;
  return (
    <a
      href={`#picture/${id}`}
      onClick={(event) => {
        event.preventDefault();
        openPicture(id);
      }}
      className="rounded-sm underline decoration-edge underline-offset-4 hover:decoration-ink"
    >
      {name}
    </a>
  );
}

interface PlaceCellsProps {
  bucket: string;
  fileKey: string | undefined;
  as: string;
  place: FileSource | FileOutput;
}

function PlaceCells({ bucket, fileKey, as, place }: PlaceCellsProps) {
  const { word, tone } = presence(place);
  const drift = driftOf(place);
  const note = noteOf(place);
  return (
    <>
      <Cell name="Bucket">
        <KeyText text={bucket} className="[overflow-wrap:anywhere]" />
        {fileKey !== undefined && (
          <span className="block text-xs text-soft">
            <KeyText text={fileKey} className="[overflow-wrap:anywhere]" />
          </span>
        )}
      </Cell>
      <Cell name="As">
        <bdi>{as}</bdi>
      </Cell>
      <Cell name="In the store" className="lg:min-w-44">
        <Mark tone={tone} word={word} />
        {drift && (
          <span className="block">
            <Mark tone="lit" word="Drift" /> <span className="text-soft">{drift}</span>
          </span>
        )}
        {note && <span className="block text-soft">{note}</span>}
      </Cell>
      <Cell name="Size" className="numbers whitespace-nowrap">
        {place.size === null ? null : formatBytes(place.size)}
      </Cell>
      <Cell name="Modified">{place.modifiedAt && <Moment at={place.modifiedAt} />}</Cell>
    </>
  );
}
