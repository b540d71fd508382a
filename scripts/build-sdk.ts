// Writes sdk/schema.ts from the description of the API, or with --check says whether it is up to date.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import ts from 'typescript';
import manifest from '../package.json' with { type: 'json' };
import { describeApi } from '../src/http/describe-api.ts';

const FILE = new URL('../sdk/schema.ts', import.meta.url);
const HEAD = '// Types of the API. Written by "npm run build:sdk" from what the routes say; not to be edited.\n\n';

const BLOB = ts.factory.createTypeReferenceNode('Blob');

const document = (await describeApi(manifest.version)) as OpenAPI3;
const nodes = await openapiTS(document, {
  alphabetize: true,
  // Bytes travel as blobs, in browsers and in Node alike.
  transform: (schema) => ('format' in schema && schema.format === 'binary' ? BLOB : undefined),
});
const written = HEAD + astToString(nodes);

if (process.argv.includes('--check')) {
  if (written !== (await readFile(FILE, 'utf8').catch(() => ''))) {
    console.error('sdk/schema.ts is not what the API says: run "npm run build:sdk" and commit it');
    process.exitCode = 1;
  }
} else {
  await writeFile(FILE, written);
}
