// The policy of a form: what its signer lets others upload, and until when. Protocol: "POST Policy" of the S3 API reference.
import { IGNORED } from './form.ts';
import { S3Error } from './s3-error.ts';

export interface PostPolicy {
  /** Milliseconds. */
  expiration: number;
  conditions: Condition[];
}

interface FieldCondition {
  operator: 'eq' | 'starts-with';
  /** As the policy has it; names are told apart without regard to case. */
  name: string;
  value: string;
}

/** `least` and `most` are undefined where they are text that is no number: no file has such a size. */
interface SizeCondition {
  operator: 'content-length-range';
  least: number | undefined;
  most: number | undefined;
  /** As the policy has it. */
  bounds: [unknown, unknown];
}

type Condition = FieldCondition | SizeCondition;

/** Sizes that a policy allows a file, in bytes. */
export interface Sizes {
  least: number;
  most: number;
}

/** Reads the base64 of a policy. Throws `InvalidPolicyDocument`. */
export function readPolicy(base64: string): PostPolicy {
  const document = parseJson(base64);
  if (!isRecord(document)) throw invalid('Invalid JSON.');
  const { expiration, conditions } = document;
  if (expiration === undefined) throw invalid('Policy missing expiration.');
  if (conditions === undefined) throw invalid('Policy missing conditions.');
  if (!Array.isArray(conditions)) throw invalid("Invalid 'conditions' value: must be a List.");
  return { expiration: readTime(expiration), conditions: conditions.map(readCondition) };
}

function parseJson(base64: string): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64'));
    // S3 knows two escapes that JSON does not. Backslashes go in pairs: in `\\$` the dollar is not escaped.
    const json = text.replace(/\\(.)/gs, (pair, char) => (char === '$' ? '$' : char === 'v' ? '\\u000b' : pair));
    return JSON.parse(json);
  } catch {
    throw invalid('Invalid JSON.');
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** ISO 8601 in UTC, as S3 asks. */
function readTime(value: unknown): number {
  const isTime = typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(value);
  const time = isTime ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw invalid(`Invalid 'expiration' value: '${String(value).slice(0, 100)}'`);
  return time;
}

function readCondition(condition: unknown): Condition {
  if (Array.isArray(condition)) return readList(condition);
  if (!isRecord(condition)) throw invalid('Invalid Condition: it must be a List or an Object.');
  const [pair, ...others] = Object.entries(condition);
  if (!pair || others.length > 0) {
    throw invalid('Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.');
  }
  const [name, value] = pair;
  if (typeof value !== 'string') throw invalid('Invalid Simple-Condition: value must be a string.');
  return { operator: 'eq', name: `$${name}`, value };
}

function readList(condition: unknown[]): Condition {
  const [given, first, second] = condition;
  const operator = typeof given === 'string' ? given.toLowerCase() : '';
  if (condition.length !== 3) throw invalid('Invalid Condition: wrong number of arguments.');
  if (operator === 'content-length-range') {
    return { operator, least: readSize(first), most: readSize(second), bounds: [first, second] };
  }
  if (operator !== 'eq' && operator !== 'starts-with') throw invalid('Invalid Condition: unknown operation.');
  if (typeof first !== 'string' || typeof second !== 'string') throw invalid('Invalid Condition: arguments must be strings.');
  return { operator, name: first, value: second };
}

/** Some write sizes as text. */
function readSize(value: unknown): number | undefined {
  if (typeof value === 'string') return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw invalid('Invalid Condition: a size must be a whole number.');
  return value as number;
}

/** Fields that need no condition: they are the proof itself, or the file. */
const UNCHECKED = new Set(['policy', 'signature', 'x-amz-signature', 'awsaccesskeyid', 'file']);

/**
 * Checks a form against its policy: every condition must hold, and every field must have one. Throws `AccessDenied`.
 * @param fields values by lower-case name, the bucket among them @param now milliseconds
 * @returns the sizes that the file may have
 */
export function checkPolicy(policy: PostPolicy, fields: ReadonlyMap<string, string>, now: number): Sizes {
  if (policy.expiration <= now) throw denied('Policy expired.');
  const sizes: Sizes = { least: 0, most: Number.POSITIVE_INFINITY };
  const covered = new Set<string>();
  for (const condition of policy.conditions) {
    if (condition.operator === 'content-length-range') {
      const { least, most, bounds } = condition;
      if (least === undefined || most === undefined) throw unmet([condition.operator, ...bounds]);
      sizes.least = Math.max(sizes.least, least);
      sizes.most = Math.min(sizes.most, most);
      continue;
    }
    const { operator, name, value } = condition;
    const field = name.slice(1).toLowerCase();
    if (!name.startsWith('$') || !holds(operator, field, value, fields.get(field))) throw unmet([operator, name, value]);
    covered.add(field);
  }
  const extra = [...fields.keys()].filter((name) => !covered.has(name) && !UNCHECKED.has(name) && !name.startsWith(IGNORED));
  if (extra.length > 0) throw denied(`Extra input fields: ${extra.join(', ')}`);
  return sizes;
}

/** A field that is not there begins with nothing, and equals nothing. */
function holds(operator: FieldCondition['operator'], field: string, wanted: string, given: string | undefined): boolean {
  if (operator === 'eq') return given === wanted;
  const values = field === 'content-type' ? (given ?? '').split(',').map((type) => type.trim()) : [given ?? ''];
  return values.every((value) => value.startsWith(wanted));
}

function invalid(why: string): S3Error {
  return new S3Error('InvalidPolicyDocument', `Invalid Policy: ${why}`);
}

function unmet(condition: unknown[]): S3Error {
  return denied(`Policy Condition failed: [${condition.map((part) => JSON.stringify(part)).join(', ')}]`);
}

function denied(why: string): S3Error {
  return new S3Error('AccessDenied', `Invalid according to Policy: ${why}`);
}
