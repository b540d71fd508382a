// Keys that a source might hold: what globs and prefixes speak of, and names of every other kind.
import { matches, type Pipeline } from '../domain/pipeline.ts';

/** Names that differ in what templates and globs look at: depth, dots, case, extensions, spaces. */
const STEMS = ['x', 'A b', 'a.b', '.hidden', 'nested/deep/x', 'thumb', 'x-thumb', 'émoji', '0'];
const EXTENSIONS = ['', '.jpg', '.jpeg', '.JPG', '.png', '.webp', '.avif', '.gif', '.tif', '.tiff', '.heic'];

/** Alternatives of one glob at most: braces multiply. */
const MOST = 64;

/** @param globs of the source, those that it takes and those that it leaves alone */
export function sampleKeys(pipeline: Pipeline, globs: string[]): string[] {
  const { bucket, prefix } = pipeline.source;
  const spoken = globs.flatMap(examplesOf);
  const plain = STEMS.flatMap((stem) => EXTENSIONS.map((extension) => `${stem}${extension}`));
  const all = [...plain, ...spoken].map((name) => `${prefix}${name}`);
  // A glob with a slash speaks of the whole key.
  const taken = [...all, ...spoken].filter((key) => matches(pipeline, bucket, key));
  // A source so narrow that no sample fits still takes some keys: then every sample stands for them.
  return taken.length > 0 ? taken : all;
}

/** Names that a glob may fit, with its literal parts as they stand: `{a,b}-*.jpg` gives `a-x.jpg` and `b-x.jpg`. */
function examplesOf(glob: string): string[] {
  let open = [glob];
  const alternatives: [RegExp, (inside: string) => string[]][] = [
    // The innermost braces, and the groups of extended globs; then whole folders.
    [/\{([^{}]*)\}/, (inside) => inside.split(inside.includes('..') && !inside.includes(',') ? '..' : ',')],
    [/[@+*?!]\(([^()]*)\)/, (inside) => inside.split('|')],
    [/\*\*\/()/, () => ['', 'x/']],
  ];
  for (const [pattern, split] of alternatives) {
    while (open.some((one) => pattern.test(one)) && open.length <= MOST) {
      open = open.flatMap((one) => {
        const found = pattern.exec(one);
        return found ? split(found[1] ?? '').map((inside) => one.replace(pattern, () => inside)) : [one];
      });
    }
  }
  return open.slice(0, MOST).map((one) =>
    one
      .replace(/\[[!^][^\]]*\]|\*+|\?/g, 'x')
      .replace(/\[([^\]])[^\]]*\]/g, '$1')
      .replaceAll('\\', ''),
  );
}
