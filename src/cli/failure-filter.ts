// The options that say which failures are meant.
import { type Command, Option } from 'commander';
import { FAILURE_CLASSES, type FailureClass } from '../domain/fault.ts';
import { moment } from './arguments.ts';

export interface FailureFilter {
  class?: FailureClass;
  pipeline?: string;
  bucket?: string;
  prefix?: string;
  /** ISO 8601, in UTC. */
  since?: string;
}

/** Adds the options; all that are given must hold. */
export function withFailureFilter(command: Command): Command {
  return command
    .addOption(new Option('--class <class>', 'only of this class').choices(FAILURE_CLASSES))
    .option('--pipeline <name>', 'only of this pipeline')
    .option('--bucket <bucket>', 'only of originals in this bucket')
    .option('--prefix <prefix>', 'only of originals whose key begins so')
    .option('--since <when>', 'only what failed since: 2h, 7d, or a date', moment);
}

/** The filter alone, out of all options of a command. */
export function failureFilterOf({ class: kind, pipeline, bucket, prefix, since }: FailureFilter): FailureFilter {
  return {
    ...(kind !== undefined && { class: kind }),
    ...(pipeline !== undefined && { pipeline }),
    ...(bucket !== undefined && { bucket }),
    ...(prefix !== undefined && { prefix }),
    ...(since !== undefined && { since }),
  };
}
