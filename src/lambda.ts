// The entry for AWS Lambda: `handler` takes batches of SQS, and events of S3, SNS and EventBridge by themselves.
import { readEnvironment } from './config/env.ts';
import { asFault } from './domain/fault.ts';
import { type BatchAnswer, type InvocationContext, openFunction, type PictureFunction } from './main/function.ts';
import { openLog } from './telemetry/log.ts';

/** Opened while Lambda loads the program, for which it lends more than the function has, and kept for every invocation. */
let opened: Promise<PictureFunction> | undefined = open();

/**
 * What Lambda calls. A queue must be mapped to it with `ReportBatchItemFailures`, or what failed is lost.
 * @throws Fault where nothing could be opened, and for an event by itself that was refused or must come again
 */
export async function handler(event: unknown, context: InvocationContext): Promise<BatchAnswer | { objects: number }> {
  opened ??= open();
  const { handle } = await opened;
  return handle(event, context);
}

function open(): Promise<PictureFunction> {
  const opening = openHere();
  opening.catch((error) => {
    // What is not there now may be there for the next invocation.
    opened = undefined;
    openLog('info').error({ err: error, mend: asFault(error).mend }, 'the function cannot work');
  });
  return opening;
}

async function openHere(): Promise<PictureFunction> {
  const environment = readEnvironment(process.env);
  return openFunction(environment, openLog(environment.logLevel));
}
