// Small words: formats, counts, dimensions.

const NAMES: Record<string, string> = {
  jpeg: 'JPEG',
  png: 'PNG',
  webp: 'WebP',
  avif: 'AVIF',
  gif: 'GIF',
  tiff: 'TIFF',
  heif: 'HEIF',
  svg: 'SVG',
};

export function formatName(format: string): string {
  return NAMES[format] ?? format.toUpperCase();
}

/** `1 picture`, `2 pictures`, `12,000 pictures`. */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount.toLocaleString()} ${amount === 1 ? one : many}`;
}

/** `4000 × 3000`: pixels are written without separators. */
export function dimensions(width: number, height: number): string {
  return `${width} × ${height}`;
}

/** As above where room is scarce: `4000×3000`. */
export function tightDimensions(width: number, height: number): string {
  return `${width}×${height}`;
}
