// Templates for output keys: how a source key becomes the key of a rendition.

export const PLACEHOLDERS = ['key', 'dir', 'name', 'stem', 'ext', 'format'] as const;
type Placeholder = (typeof PLACEHOLDERS)[number];

/** Longest key in S3, in bytes of UTF-8. */
export const MAX_KEY_BYTES = 1024;

/**
 * Fills a template. For the key `a/b/cat.jpg`: `{key}` is the whole of it, `{dir}` is `a/b/` (empty at the root), `{name}` is
 * `cat.jpg`, `{stem}` is `cat`, `{ext}` is `jpg` (empty where there is none), `{format}` the format written.
 */
export function fillKey(template: string, sourceKey: string, format: string): string {
  const slash = sourceKey.lastIndexOf('/') + 1;
  const name = sourceKey.slice(slash);
  const dot = name.lastIndexOf('.');
  const parts: Record<Placeholder, string> = {
    key: sourceKey,
    dir: sourceKey.slice(0, slash),
    name,
    // A leading dot begins a hidden name, not an extension.
    stem: dot > 0 ? name.slice(0, dot) : name,
    ext: dot > 0 ? name.slice(dot + 1) : '',
    format,
  };
  return template.replace(/\{([a-z]+)\}/g, (whole, word: string) => parts[word as Placeholder] ?? whole);
}

/** The words in braces that are no placeholders: empty for a good template. */
export function unknownPlaceholders(template: string): string[] {
  const words = [...template.matchAll(/\{([^{}]*)\}/g)].map((found) => found[1] ?? '');
  return words.filter((word) => !(PLACEHOLDERS as readonly string[]).includes(word));
}
