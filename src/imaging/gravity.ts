// Where a smaller rectangle lies within a larger one.
import type { Gravity } from '../domain/recipe.ts';
import type { Size } from './geometry.ts';

/** The corner of the inner rectangle; odd remainders are rounded down. */
export function place(inner: Size, outer: Size, gravity: Gravity): { left: number; top: number } {
  return {
    left: along(outer.width - inner.width, gravity.includes('west'), gravity.includes('east')),
    top: along(outer.height - inner.height, gravity.includes('north'), gravity.includes('south')),
  };
}

function along(room: number, atStart: boolean, atEnd: boolean): number {
  if (atStart) return 0;
  return atEnd ? room : Math.floor(room / 2);
}
