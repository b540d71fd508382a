// Writing XML: everything that is not ours is escaped here.

const SPECIAL = /[&<>"\p{Cc}\ufffe\uffff]/u;
const SPECIALS = /[&<>"\p{Cc}\ufffe\uffff]/gu;
const NAMED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * Text as the content of an element. Control characters become numeric references as S3 writes them, though XML 1.0 knows
 * no such character: clients that may meet them ask for `encoding-type=url`.
 */
export function escapeXml(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text.replace(SPECIALS, (char) => NAMED[char] ?? `&#${char.charCodeAt(0)};`);
}

/** `<name>text</name>`, escaped; nothing where there is no text. */
export function element(name: string, text: string | number | boolean | undefined): string {
  return text === undefined ? '' : `<${name}>${escapeXml(String(text))}</${name}>`;
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
const NAMESPACE = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

/** A whole document in S3's namespace around elements that are escaped already. */
export function xmlDocument(root: string, content: string): string {
  return `${DECLARATION}<${root}${NAMESPACE}>${content}</${root}>`;
}

/** A document of plain elements in no namespace, as S3 writes `Error` and `PostResponse`. */
export function plainDocument(root: string, fields: Record<string, string>): string {
  const content = Object.entries(fields).map(([name, text]) => element(name, text));
  return `${DECLARATION}<${root}>${content.join('')}</${root}>`;
}
