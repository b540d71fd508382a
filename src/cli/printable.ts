// Makes names and texts from outside safe to print: no control character reaches the terminal, and names can be pasted into a shell.

/** Control characters, those that reorder or hide text, line separators, and halves of surrogate pairs. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const EACH_UNSAFE = new RegExp(UNSAFE, 'gu');

/** Blanks, and what a shell would read as its own. */
const NEEDS_QUOTES = /[\s!"#$&'()*;<=>?[\\\]^`{|}~]/u;

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A name as it can be pasted behind a command: bare, in `'…'`, or in the shell's `$'…'` where it holds what must not be printed. */
export function printableName(name: string): string {
  if (UNSAFE.test(name)) return `$'${name.replace(/['\\]/g, '\\$&').replace(EACH_UNSAFE, escapeCharacter)}'`;
  return name === '' || NEEDS_QUOTES.test(name) ? quoteForShell(name) : name;
}

/** A text of one line; what must not be printed is shown as an escape. */
export function printableLine(text: string): string {
  return text.replace(EACH_UNSAFE, escapeCharacter);
}

/** As above, and line breaks stay. */
export function printableText(text: string): string {
  return text.split('\n').map(printableLine).join('\n');
}

/** Quotes any text for every POSIX shell. NUL cannot be in a shell's words, and is left out. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll('\0', '').replaceAll("'", "'\\''")}'`;
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = (digits: number) => code.toString(16).padStart(digits, '0');
  if (SHORT[character]) return SHORT[character];
  if (code < 0x80) return `\\x${hex(2)}`;
  // Half of a surrogate pair is no character at all.
  if (code >= 0xd800 && code <= 0xdfff) return '\u{fffd}';
  return code <= 0xffff ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}
