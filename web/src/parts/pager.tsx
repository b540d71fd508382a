// The way on through a list that comes in pages, and back to where it begins.
import { changeSearch } from '../shell/route.ts';
import { Button } from './button.tsx';

interface PagerProps {
  /** Cursor of the page that is shown; undefined on the first. */
  cursor: string | undefined;
  next: string | null;
  first: string;
  further: string;
}

export function Pager({ cursor, next, first, further }: PagerProps) {
  if (cursor === undefined && next === null) return null;
  const turn = (to: string | undefined) => {
    changeSearch({ cursor: to });
    scrollTo(0, 0);
  };
  return (
    <nav aria-label="Pages of the list" className="mt-6 flex justify-center gap-3">
      {cursor !== undefined && <Button onClick={() => turn(undefined)}>{first}</Button>}
      {next !== null && <Button onClick={() => turn(next)}>{further}</Button>}
    </nav>
  );
}
