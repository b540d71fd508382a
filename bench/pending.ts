// Whether a program has done everything that was asked of it.
import type { Program } from '../test/program.ts';

/** True, or undefined where an original still waits: made to be asked by `until`. */
export async function nothingPending({ api }: Program): Promise<true | undefined> {
  const { items } = (await (await api('/api/v1/objects?state=pending&limit=1')).json()) as { items: unknown[] };
  return items.length === 0 || undefined;
}
