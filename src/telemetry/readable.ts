// One line of the log as a person at a terminal wants it.

const MARK: Record<string, string> = { debug: '·', info: ' ', warn: '!', error: '✗' };

/** `12:34:56 ! message  key=value …`, with the message and stack of an error below. */
export function readable(line: string): string {
  const { time, level, msg, err, ...data } = JSON.parse(line) as {
    time: string;
    level: string;
    msg?: string;
    err?: { message: string; stack?: string; cause?: { message: string } };
  };
  const values = Object.entries(data).map(([name, value]) => `${name}=${plain(value)}`);
  const head = [
    time.slice(11, 19),
    MARK[level] ?? level,
    plain(msg ?? ''),
    ...(values.length > 0 ? [` ${values.join(' ')}`] : []),
  ].join(' ');
  if (!err) return `${head}\n`;
  const causes = err.cause ? `\n  because: ${plain(err.cause.message)}` : '';
  const stack = (err.stack ?? err.message).split('\n').map((row) => `  ${plain(row)}`);
  return `${head}\n${stack.join('\n')}${causes}\n`;
}

/** Without anything that would move a terminal's cursor: names of objects are strangers' words. */
function plain(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(/\p{Cc}|\p{Cf}/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
