// What is said of uploaded objects, one by one.
import type { StoredObject } from '../../../sdk/client.ts';
import type { Fault } from '../../domain/fault.ts';
import { objectName } from '../../domain/object-hint.ts';
import { formatBytes, formatDuration, formatTable, styled } from '../figures.ts';
import { asJson } from '../output.ts';
import { printableLine, printableName } from '../printable.ts';
import type { LocalFile } from './files.ts';
import type { Outcome } from './outcomes.ts';
import type { Sent } from './sender.ts';

export interface Uploaded {
  file: LocalFile;
  sent: Sent;
  /** Where it was waited for. */
  outcome: Outcome | undefined;
}

/** One object as programs read it. */
export function uploadedAsJson({ file, sent, outcome }: Uploaded): object {
  const about = { file: file.path, ...sent, size: file.size };
  if (!outcome) return about;
  if ('ignored' in outcome) return { ...about, state: 'ignored', why: outcome.ignored, renditions: [], failures: [] };
  const { state, renditions, failures } = outcome.object;
  return { ...about, state, renditions, failures };
}

export function faultsAsJson(faults: Fault[]): object[] {
  return faults.map(asJson);
}

/** One object as people read it: a line, and below it a line for each rendition and failure. */
export function describeUploaded({ sent, outcome }: Uploaded): string {
  const name = printableName(objectName(sent.bucket, sent.key));
  if (!outcome) return name;
  if ('ignored' in outcome) return `${styled('yellow', 'ignored')}  ${name}\n  ${printableLine(outcome.ignored)}`;
  const { object } = outcome;
  const rows = [...object.renditions.map(renditionRow), ...object.failures.map(failureRow)];
  const colour = object.state === 'failed' ? 'red' : 'green';
  const head = `${styled(colour, object.state)}  ${name}`;
  return rows.length > 0 ? `${head}\n${formatTable(rows)}` : head;
}

function renditionRow({
  pipeline,
  name,
  bucket,
  key,
  width,
  height,
  format,
  size,
  totalMs,
}: StoredObject['renditions'][number]): string[] {
  const what = width === null ? 'copy' : `${width} × ${height} ${format}`;
  const about = `${what}, ${formatBytes(size)}, ${formatDuration(totalMs)}`;
  return [`  ${pipeline}/${name}`, printableName(objectName(bucket, key)), about];
}

function failureRow({ pipeline, rendition, class: kind, reason, mend }: StoredObject['failures'][number]): string[] {
  const mended = mend === null ? '' : ` → ${printableLine(mend)}`;
  return [`  ${pipeline}/${rendition}`, styled('red', kind), `${printableLine(reason)}${mended}`];
}
