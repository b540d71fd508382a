// `pixmill deliveries`: events that out-hooks have not taken yet, and trying those again that were given up.
import { type Command, Option } from 'commander';
import type { Delivery } from '../../../sdk/client.ts';
import { readEnvironment } from '../../config/env.ts';
import { wholeNumber } from '../arguments.ts';
import { type Connection, connect } from '../connect.ts';
import { formatCountOf, formatTime, styled } from '../figures.ts';
import { carryOut, EXIT, UsageFault } from '../output.ts';
import { printableLine } from '../printable.ts';

/** Most that the API gives on a page. */
const PAGE = 200;
/** Most ids that one request may name. */
const IDS = 1000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface Options {
  state?: 'waiting' | 'failed';
  url?: string;
  limit: number;
  redrive?: string[];
}

export function addDeliveries(program: Command): void {
  program
    .command('deliveries')
    .description('list events that out-hooks have not taken yet, newest first, or try again what was given up')
    .addOption(new Option('--state <state>', 'only those that wait, or were given up').choices(['waiting', 'failed']))
    .option('--url <url>', 'only those to this out-hook')
    .option('--limit <count>', 'at most so many', wholeNumber(1), 100)
    .option('--redrive <ids...>', 'try these again, as the list shows them; "all" means every one that was given up')
    .action((options: Options, command: Command) =>
      carryOut(command, async (output) => {
        const { redrive } = options;
        const bodies = redrive === undefined ? undefined : choose(redrive, options);
        const connection = await connect(readEnvironment(process.env));
        if (bodies) {
          const { pixmill, ask } = connection;
          let redriven = 0;
          for (const body of bodies) redriven += (await ask(pixmill.POST('/api/v1/deliveries/redrive', { body }))).redriven;
          output.result({ redriven }, `${formatCountOf(redriven, 'delivery', 'deliveries')} will be tried again`);
          return EXIT.ok;
        }
        const { deliveries, more } = await read(connection, options);
        output.result({ items: deliveries, more }, deliveries.map(describe).join('\n'));
        if (deliveries.length === 0) output.note('nothing waits, and nothing was given up');
        else if (more)
          output.note(`there are more than these ${formatCountOf(deliveries.length, 'delivery', 'deliveries')}: raise --limit`);
        return EXIT.ok;
      }),
    );
}

type Body = { all: true } | { ids?: string[]; url?: string };

function choose(said: string[], { url, state }: Options): Body[] {
  if (state !== undefined) throw new UsageFault('--state does not go with --redrive', 'only what was given up is tried again');
  const only = url === undefined ? {} : { url };
  if (said.includes('all')) {
    if (said.length > 1) throw new UsageFault('--redrive all stands alone', 'name ids, or say "all"');
    return [url === undefined ? { all: true } : only];
  }
  const wrong = said.find((id) => !UUID.test(id));
  if (wrong !== undefined)
    throw new UsageFault(`"${wrong}" is no delivery`, 'name ids as "pixmill deliveries" shows them, or say "all"');
  const bodies: Body[] = [];
  for (let from = 0; from < said.length; from += IDS) bodies.push({ ...only, ids: said.slice(from, from + IDS) });
  return bodies;
}

async function read(
  { pixmill, ask }: Connection,
  { state, url, limit }: Options,
): Promise<{ deliveries: Delivery[]; more: boolean }> {
  const filter = { ...(state && { state }), ...(url !== undefined && { url }) };
  const deliveries: Delivery[] = [];
  let cursor: string | null = null;
  do {
    const query = { ...filter, limit: Math.min(PAGE, limit - deliveries.length), ...(cursor !== null && { cursor }) };
    const page: { items: Delivery[]; next: string | null } = await ask(pixmill.GET('/api/v1/deliveries', { params: { query } }));
    deliveries.push(...page.items);
    cursor = page.next;
  } while (cursor !== null && deliveries.length < limit);
  return { deliveries, more: cursor !== null };
}

function describe({ id, state, at, type, subject, url, tries, reason, nextTryAt }: Delivery): string {
  const tried = tries === 0 ? 'not tried yet' : formatCountOf(tries, 'try', 'tries');
  const next = nextTryAt === null || tries === 0 ? '' : `, next ${formatTime(nextTryAt)}`;
  return [
    `${id}  ${formatTime(at)}  ${styled(state === 'failed' ? 'red' : 'yellow', state)}  ${type}  ${printableLine(subject)}`,
    `        → ${printableLine(url)}: ${tried}${next}`,
    ...(reason === null ? [] : [`        ${printableLine(reason)}`]),
  ].join('\n');
}
