// Stands for AWS Lambda: `node lambda-process.ts ENTRY` loads the program and calls its handler with each line of its input, one
// after the other, printing a line for each answer. An invocation has a minute.
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const INVOCATION_MS = 60_000;

const [, , entry = ''] = process.argv;
const { handler } = await import(pathToFileURL(resolve(entry)).href);

for await (const line of createInterface({ input: process.stdin })) {
  const started = Date.now();
  const context = {
    functionName: 'pictures',
    awsRequestId: 'request',
    getRemainingTimeInMillis: () => INVOCATION_MS - (Date.now() - started),
  };
  const answer = await handler(JSON.parse(line), context).then(
    (result: unknown) => ({ result }),
    (error: Error) => ({ errorType: error.name, errorMessage: error.message }),
  );
  console.log(JSON.stringify(answer));
}
// Lambda ends a process as it is.
process.exit(0);
