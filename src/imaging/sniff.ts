// Says what bytes look like that the decoders do not take, so that a refusal can name it.

/** Kinds that the decoders take, so that what looks like one and is not read must be damaged. */
const READABLE: ReadonlySet<string> = new Set(['a JPEG', 'a PNG', 'a GIF', 'a WebP', 'a TIFF', 'an AVIF']);

/** Formats as the decoders name them. */
const FORMAT_OF: Readonly<Record<string, string>> = {
  'a JPEG': 'jpeg',
  'a PNG': 'png',
  'a GIF': 'gif',
  'a WebP': 'webp',
  'a TIFF': 'tiff',
  'an AVIF': 'avif',
  'a HEIF': 'heif',
  'a HEIC': 'heif',
};

/** Where in a file something stands (as Latin-1), and what begins with it. Earlier lines win. */
const SIGNATURES: readonly [at: number, bytes: string, kind: string][] = [
  [0, '\xff\xd8\xff', 'a JPEG'],
  [0, '\x89PNG\r\n', 'a PNG'],
  [0, 'GIF8', 'a GIF'],
  [8, 'WEBP', 'a WebP'],
  [0, 'II*\0', 'a TIFF'],
  [0, 'MM\0*', 'a TIFF'],
  [0, 'II+\0', 'a TIFF'],
  [0, 'MM\0+', 'a TIFF'],
  [0, '%PDF-', 'a PDF document'],
  [0, '8BPS', 'a Photoshop document'],
  [0, '\0\0\x01\0', 'a Windows icon'],
  [0, '\0\0\x02\0', 'a Windows cursor'],
  [0, 'BM', 'a BMP'],
  [0, '\0\0\0\x0cjP  ', 'a JPEG 2000'],
  [0, '\xff\x4f\xff\x51', 'a JPEG 2000'],
  [0, '\0\0\0\x0cJXL ', 'a JPEG XL'],
  [0, '\xff\x0a', 'a JPEG XL'],
  [0, 'v/1\x01', 'an OpenEXR'],
  [0, '#?R', 'a Radiance HDR'],
  [4, 'ftypavif', 'an AVIF'],
  [4, 'ftypavis', 'a sequence of AVIF frames'],
  [4, 'ftypmsf1', 'a sequence of HEIF frames'],
  [4, 'ftypmif1', 'a HEIF'],
  [4, 'ftyphe', 'a HEIC'],
  [4, 'ftypcrx', 'a camera raw file'],
  [4, 'ftyp', 'a video'],
  [0, '\x1a\x45\xdf\xa3', 'a video'],
  [0, 'PK\x03\x04', 'a ZIP archive or an office document'],
  [0, '\x1f\x8b', 'a gzip archive'],
];

const MARKUP: readonly [RegExp, string][] = [
  [/<svg[\s>]/i, 'an SVG drawing'],
  [/<(!doctype html|html|head|body)[\s>]/i, 'an HTML page'],
  [/^<\?xml/i, 'an XML document'],
];

export function isReadable(kind: string): boolean {
  return READABLE.has(kind);
}

/** The format of a file that begins so; undefined where it is no picture that Pixmill or a browser may show. */
export function formatOf(bytes: Buffer): string | undefined {
  return FORMAT_OF[kindOf(bytes) ?? ''];
}

/** `an SVG drawing`, `a PDF document`, `text` …; `nothing known` where no pattern fits. Looks at the first kilobytes alone. */
export function looksLike(bytes: Buffer): string {
  if (bytes.length === 0) return 'an empty file';
  const known = kindOf(bytes);
  if (known !== undefined) return known;

  const text = readText(bytes.subarray(0, 4096));
  if (text === undefined) return 'nothing known';
  return MARKUP.find(([pattern]) => pattern.test(text))?.[1] ?? 'text';
}

function kindOf(bytes: Buffer): string | undefined {
  const start = bytes.subarray(0, 16).toString('latin1');
  return SIGNATURES.find(([at, signature]) => start.startsWith(signature, at))?.[2];
}

/** The bytes as text, without a byte order mark; undefined where they hold control characters that no text does. */
function readText(bytes: Buffer): string | undefined {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  const text = bytes
    .toString(utf16 ? 'utf16le' : 'utf8')
    .replace(/^\ufeff/, '')
    .trimStart();
  for (const character of text) if (character < ' ' && !'\t\n\f\r\x1b'.includes(character)) return undefined;
  return text;
}
