// Where the bytes of pictures are. The version is in the address, so that a replaced picture never shows its older self.
import type { Picture, Rendition } from './types.ts';

type Versioned = Pick<Picture | Rendition, 'id' | 'etag'>;

export const contentOf = {
  original: (picture: Versioned) => address('objects', picture),
  /** A small one, which every browser can show whatever the original's format. */
  preview: (picture: Versioned) => address('objects', picture, 'preview'),
  rendition: (rendition: Versioned) => address('renditions', rendition),
};

function address(what: string, { id, etag }: Versioned, part = 'content'): string {
  const content = `/api/v1/${what}/${id}/${part}`;
  return etag === null ? content : `${content}?v=${encodeURIComponent(etag)}`;
}

/** The same bytes, to be saved rather than shown. */
export function asDownload(content: string): string {
  return `${content}${content.includes('?') ? '&' : '?'}download=1`;
}
