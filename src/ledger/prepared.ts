// A client that prepares the statements it is given again and again, so that the server parses and plans them once.
import pg from 'pg';

/** Texts that are counted; past so many, new ones are sent as they are. Lists of varying length make ever new texts. */
const MAX_TEXTS = 500;
/** A text that came so often comes again. */
const OFTEN = 3;

const counts = new Map<string, { name: string; count: number }>();

function nameOf(text: string): string | undefined {
  const known = counts.get(text);
  if (!known) {
    if (counts.size < MAX_TEXTS) counts.set(text, { name: `p${counts.size}`, count: 1 });
    return undefined;
  }
  return ++known.count > OFTEN ? known.name : undefined;
}

/** `pg`'s client, with `query(text, values)` sent as a named statement once its text is known to repeat. */
export class PreparingClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // A connection may break between two statements of a transaction, when neither a query nor the pool listens. The next
    // statement fails; without a listener the whole program would end.
    this.on('error', () => {});
  }

  // biome-ignore lint/suspicious/noExplicitAny: the method of the base has a dozen overloads, all of which pass through
  override query(...args: any[]): any {
    const [text, values, ...rest] = args;
    const name = typeof text === 'string' && Array.isArray(values) && values.length > 0 ? nameOf(text) : undefined;
    const send = super.query as (...args: unknown[]) => unknown;
    return name === undefined ? send.apply(this, args) : send.call(this, { name, text, values }, ...rest);
  }
}
