// `pixmill put`: uploads files and folders, and shows what became of them where that is wanted.
import type { Command } from 'commander';
import { type Environment, readEnvironment } from '../../config/env.ts';
import { Fault } from '../../domain/fault.ts';
import { type Connection, connect } from '../connect.ts';
import { formatBytes, formatCountOf, formatDuration } from '../figures.ts';
import { takeInterrupts } from '../interrupt.ts';
import { carryOut, EXIT, type Output, UsageFault } from '../output.ts';
import { showProgress } from '../progress.ts';
import { openApiSender } from '../put/api-sender.ts';
import { collectFiles } from '../put/files.ts';
import { openOutcomes } from '../put/outcomes.ts';
import { describeUploaded, faultsAsJson, type Uploaded, uploadedAsJson } from '../put/report.ts';
import type { Sender } from '../put/sender.ts';
import { type Tally, uploadAll } from '../put/upload.ts';

interface Options {
  bucket?: string;
  prefix: string;
  wait?: true;
}

export function addPut(program: Command): void {
  program
    .command('put')
    .description('upload files, and folders with everything in them; a key is the prefix and the path below the folder')
    .argument('<file...>', 'files and folders')
    .option('--bucket <name>', 'where they go; the source of the first pipeline where left out')
    .option('--prefix <text>', 'what every key begins with, exactly so', '')
    .option('--wait', 'wait until each is rendered, and print what was made')
    .action((names: string[], options: Options, command: Command) => carryOut(command, (output) => put(names, options, output)));
}

async function put(names: string[], options: Options, output: Output): Promise<number> {
  const environment = readEnvironment(process.env);
  const connection = await connect(environment);
  const { files, faults, hidden } = await collectFiles(names, options.prefix);
  for (const fault of faults) output.complain(fault);
  if (hidden > 0) output.note(`left out ${formatCountOf(hidden, 'hidden name')}; a file that is named itself is uploaded`);

  const bucket = options.bucket ?? (await firstSource(connection));
  const sender = await openSender(environment, connection, bucket, options.prefix);
  const interrupt = takeInterrupts();
  const outcomes = options.wait ? await openOutcomes(connection, interrupt.signal) : undefined;
  const tally: Tally = { bytes: 0, sent: 0, settled: 0 };
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const started = performance.now();
  const progress = showProgress(() => step(tally, files.length, total, started, options.wait === true));
  const sending = await uploadAll(files, sender, outcomes, tally, interrupt.signal).finally(() => {
    progress.stop();
    outcomes?.close();
    interrupt.dispose();
  });

  const { uploaded, ms } = sending;
  for (const fault of sending.faults) output.complain(fault);
  const all = [...faults, ...sending.faults];
  const values = { bucket: sender.bucket, objects: uploaded.map(uploadedAsJson), faults: faultsAsJson(all) };
  output.result(values, uploaded.map(describeUploaded).join('\n'));
  const speed = `${formatBytes(tally.bytes)} in ${formatDuration(ms)}, ${formatBytes((tally.bytes / ms) * 1000)}/s`;
  output.note(`uploaded ${formatCountOf(uploaded.length, 'file')} of ${files.length + faults.length} (${speed})`);
  if (interrupt.signal.aborted) {
    output.note('stopped; what was uploaded is rendered without waiting for it');
    return interrupt.exitCode;
  }
  if (all.length > 0) return EXIT.fault;
  return uploaded.some(hasFailed) ? EXIT.someFailed : EXIT.ok;
}

function hasFailed({ outcome }: Uploaded): boolean {
  return outcome !== undefined && 'object' in outcome && outcome.object.state === 'failed';
}

function step(tally: Tally, files: number, total: number, started: number, wait: boolean) {
  const speed = `${formatBytes(tally.bytes / Math.max(0.001, (performance.now() - started) / 1000))}/s`;
  const parts = [
    `${tally.sent} of ${formatCountOf(files, 'file')}`,
    `${formatBytes(tally.bytes)} of ${formatBytes(total)}`,
    ...(tally.sent < files ? [speed] : []),
    ...(wait ? [`${tally.settled} settled`] : []),
  ];
  const share = total === 0 ? 1 : tally.bytes / total;
  // Waiting is half of the way.
  const fraction = wait ? (share + tally.settled / Math.max(1, files)) / 2 : share;
  return { fraction, text: parts.join('  ') };
}

async function firstSource({ pixmill, ask }: Connection): Promise<string> {
  const { items } = await ask(pixmill.GET('/api/v1/pipelines'));
  const bucket = items[0]?.source.bucket;
  if (bucket === undefined) throw new Fault('not_found', 'the server has no pipeline', { mend: 'name a bucket with --bucket' });
  return bucket;
}

/** By S3 where we hold keys to the store, since only so a key is exactly what was asked for; else by the server's presigned URLs. */
async function openSender(environment: Environment, connection: Connection, bucket: string, prefix: string): Promise<Sender> {
  const { local } = connection;
  if (local?.s3) {
    const { openS3Sender } = await import('../put/s3-sender.ts');
    const { endpoint, region, ...credentials } = local.s3;
    return openS3Sender({ endpoint, region, credentials }, bucket);
  }
  if (environment.s3) {
    const { openS3Sender } = await import('../put/s3-sender.ts');
    return telling(await openS3Sender({ ...environment.s3, credentials: undefined }, bucket), connection);
  }
  if (prefix !== '') {
    throw new UsageFault(
      '--prefix needs keys to the store, and without them the server chooses the keys',
      'set S3_ENDPOINT, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or leave out --prefix',
    );
  }
  return telling(openApiSender(connection, bucket), connection);
}

/** Tells the server of each object, since a store that is not its own may tell it late or never. */
function telling(sender: Sender, { pixmill, ask }: Connection): Sender {
  return {
    bucket: sender.bucket,
    async send(file, onBytes, signal) {
      const sent = await sender.send(file, onBytes, signal);
      await ask(pixmill.POST('/api/v1/uploads/complete', { body: sent })).catch((error) => {
        // No pipeline takes it: then there is nothing to tell.
        if (!(error instanceof Fault) || error.code !== 'invalid') throw error;
      });
      return sent;
    },
  };
}
