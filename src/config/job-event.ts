// The event for which IBM Code Engine started this process: it comes in the environment of a job run.

/** A message as a webhook would have sent it: a CloudEvent in binary mode. */
export interface JobEvent {
  /** By their names in lower case. */
  headers: Record<string, string>;
  body: string;
}

/** Attributes of CloudEvents 1.0. Other variables that begin with `CE_` tell of the project and the job run. */
const ATTRIBUTES = ['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'dataschema'];

/** Undefined where no event started this process: by hand, say, or as one of a job's own. */
export function readJobEvent(variables: NodeJS.ProcessEnv): JobEvent | undefined {
  if (!variables.CE_TYPE) return undefined;
  const headers: Record<string, string> = { 'content-type': 'application/json', 'ce-specversion': '1.0' };
  for (const name of ATTRIBUTES) {
    const value = variables[`CE_${name.toUpperCase()}`];
    if (value) headers[`ce-${name}`] = encode(value);
  }
  return { headers, body: variables.CE_DATA ?? '' };
}

/** As the HTTP binding of CloudEvents (3.1.3.2) has it: in the environment values stand as they are. */
function encode(value: string): string {
  return value.toWellFormed().replace(/[^!#$&-~]+/g, encodeURIComponent);
}
