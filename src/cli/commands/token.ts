// `pixmill token`: tokens for programs and for senders of events, and links that sign people in.
import type { Command } from 'commander';
import type { Token } from '../../../sdk/client.ts';
import { readEnvironment } from '../../config/env.ts';
import { duration, wholeNumber } from '../arguments.ts';
import { connect } from '../connect.ts';
import { formatTable, formatTime, styled } from '../figures.ts';
import { carryOut } from '../output.ts';
import { printableLine, printableName } from '../printable.ts';

export function addToken(program: Command): void {
  const token = program
    .command('token')
    .description('tokens for programs and for senders of events, and links that sign people in');

  token
    .command('create')
    .description('make a token and print its secret, this once')
    .argument('<name>', 'what it is for')
    .option('--hook', 'for a sender of events, after whom it is named: it opens nothing else')
    .option('--expires <after>', 'ends by itself after a time such as 12h, 90d or 1y', duration)
    .action((name: string, { hook, expires }: { hook?: true; expires?: number }, command: Command) =>
      carryOut(command, async (output) => {
        const { url, pixmill, ask } = await connect(readEnvironment(process.env));
        const expiresAt = expires === undefined ? {} : { expiresAt: new Date(Date.now() + expires).toISOString() };
        const made = await ask(pixmill.POST('/api/v1/tokens', { body: { kind: hook ? 'hook' : 'api', name, ...expiresAt } }));
        const { path: _, ...about } = made;
        output.result(about, made.secret);
        const until = made.expiresAt === null ? 'until it is revoked' : `until ${formatTime(made.expiresAt)}`;
        output.note(`token ${made.id}, ${printableName(made.name)}, is good ${until}; its secret is not shown again`);
        if (hook) output.note(`events go to ${new URL('/hooks/events', url).href}, with "Authorization: Bearer …" or "?token=…"`);
        return undefined;
      }),
    );

  token
    .command('list')
    .description('list tokens, sessions and unused links, newest first')
    .action((_options: object, command: Command) =>
      carryOut(command, async (output) => {
        const { pixmill, ask } = await connect(readEnvironment(process.env));
        const { items } = await ask(pixmill.GET('/api/v1/tokens'));
        output.result({ items }, describe(items));
        return undefined;
      }),
    );

  token
    .command('revoke')
    .description('end a token, a session or a link, at once')
    .argument('<id>', 'as "pixmill token list" shows it', wholeNumber(1))
    .action((id: number, _options: object, command: Command) =>
      carryOut(command, async (output) => {
        const { pixmill, ask } = await connect(readEnvironment(process.env));
        await ask(pixmill.DELETE('/api/v1/tokens/{id}', { params: { path: { id } } }));
        output.result({ revoked: id }, `token ${id} is revoked`);
        return undefined;
      }),
    );

  token
    .command('link')
    .description('make a link that signs a browser in, once')
    .action((_options: object, command: Command) =>
      carryOut(command, async (output) => {
        const { url, pixmill, ask } = await connect(readEnvironment(process.env));
        const made = await ask(pixmill.POST('/api/v1/tokens', { body: { kind: 'link' } }));
        const link = new URL(made.path ?? '', url).href;
        output.result({ id: made.id, link, expiresAt: made.expiresAt }, link);
        if (made.expiresAt !== null) output.note(`good for one sign-in, until ${formatTime(made.expiresAt)}`);
        return undefined;
      }),
    );
}

function describe(tokens: Token[]): string {
  const head = ['ID', 'KIND', 'NAME', 'MADE', 'EXPIRES', 'LAST USED'].map((title) => styled('dim', title));
  const time = (at: string | null) => (at === null ? 'never' : formatTime(at));
  const rows = tokens.map(({ id, kind, name, createdAt, expiresAt, usedAt, current }) => [
    String(id),
    kind,
    printableLine(name) + (current ? ' (this one)' : ''),
    formatTime(createdAt),
    time(expiresAt),
    time(usedAt),
  ]);
  return formatTable([head, ...rows], { right: [0] });
}
