// The identity of a rendition's recipe: everything that decides its bytes beside the source and the engine.
import { createHash } from 'node:crypto';
import { type Copy, isCopy, type Recipe } from '../domain/recipe.ts';

/** Raised whenever the same recipe comes to give other bytes by a change of this code: it makes every rendition stale. */
const ROUTE = 1;

/**
 * What a recipe asks of the shared decode. Sides are in pixels; an absent side of `inside` does not bind. `outside` also
 * stands for `cover`, and `inside` for `contain` and for a single given side, since they scale alike.
 */
type Demand =
  | { kind: 'full' }
  | { kind: 'inside'; width: number | undefined; height: number | undefined }
  | { kind: 'outside'; width: number; height: number }
  | { kind: 'fill'; width: number; height: number };

/**
 * 32 hex characters over the recipe, the demands on the decode it shares, and the version of the route. `siblings` are the
 * recipes of all renditions of the pipeline, this one included. A sibling whose demand others exceed for every possible
 * source does not count, so adding a smaller size leaves the others fresh, and adding a larger one does not.
 */
export function fingerprint(recipe: Recipe | Copy, siblings: readonly Recipe[]): string {
  // A copy shares no decode, and no change of this code gives it other bytes.
  const identity = isCopy(recipe) ? recipe : { recipe, decode: strongestDemands([recipe, ...siblings]), route: ROUTE };
  return createHash('sha256').update(canonicalJson(identity)).digest('hex').slice(0, 32);
}

/** The demands that no other one exceeds, in a fixed order: equal lists mean equal decodes of every source. */
export function strongestDemands(siblings: readonly Recipe[]): string[] {
  const demands = new Map<string, Demand>();
  for (const sibling of siblings) {
    const demand = demandOf(sibling);
    demands.set(canonicalJson(demand), demand);
  }
  const all = [...demands];
  return all
    .filter(([name, demand]) => !all.some(([other, stronger]) => other !== name && exceeds(stronger, demand)))
    .map(([name]) => name)
    .sort();
}

function demandOf({ crop, resize }: Recipe): Demand {
  if (crop !== undefined || resize === undefined) return { kind: 'full' };
  const { width, height, fit } = resize;
  if (width === undefined || height === undefined) return { kind: 'inside', width, height };
  if (fit === 'fill') return { kind: 'fill', width, height };
  return { kind: fit === 'cover' || fit === 'outside' ? 'outside' : 'inside', width, height };
}

/** True only where `strong` needs at least as many pixels as `weak` on both axes, whatever the source's size. */
function exceeds(strong: Demand, weak: Demand): boolean {
  if (strong.kind === 'full') return true;
  if (weak.kind === 'full') return false;
  if (weak.kind === 'inside') {
    // `outside` reaches both sides of its box, so one of them being enough is enough.
    if (strong.kind === 'outside') return reaches(strong.width, weak.width) || reaches(strong.height, weak.height);
    return reaches(strong.width, weak.width) && reaches(strong.height, weak.height);
  }
  if (strong.kind === 'inside') return false;
  if (weak.kind === 'outside' && strong.kind !== 'outside') return false;
  return strong.width >= weak.width && strong.height >= weak.height;
}

function reaches(side: number | undefined, other: number | undefined): boolean {
  return side === undefined || (other !== undefined && side >= other);
}

/** JSON with sorted keys and without undefined, so that equal values have equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
