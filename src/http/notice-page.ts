// A plain page with a few words on it, for when the real page cannot be shown. It needs no script and no style of its own.

/** A paragraph, or a command to type. */
export type Part = string | { command: string };

export function noticePage(title: string, parts: Part[]): string {
  const body = parts.map((part) =>
    typeof part === 'string' ? `<p>${escapeHtml(part)}</p>` : `<pre><code>${escapeHtml(part.command)}</code></pre>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} – Pixmill</title>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body.join('\n')}
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
