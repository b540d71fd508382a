// The CORS rules of a bucket: S3's document in and out, and which of them a request falls under.
import { S3Error } from './s3-error.ts';
import { element, xmlDocument } from './xml.ts';
import { childrenNamed, readXml, type XmlNode } from './xml-read.ts';

/** Who may call, and what the browser is told. Origins and headers may have one `*` each, which stands for any text. */
export interface CorsRule {
  id?: string;
  origins: string[];
  methods: string[];
  /** That a page may send; compared without regard to case. */
  headers: string[];
  /** Headers of the answer that a page may read. */
  exposed: string[];
  /** Seconds that a browser may remember the answer to a preflight. */
  maxAge?: number;
}

/** What a page wants to do, as its browser says. */
export interface CorsRequest {
  origin: string;
  method: string;
  /** In lower case. */
  headers: string[];
}

export const CORS_METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'];

const MAX_RULES = 100;
const MAX_ID = 255;
/** What S3 keeps as a 32-bit number. */
const MAX_SECONDS = 2_147_483_647;

/** The first rule that allows it, as S3 has it: origin, method and every header within one rule. */
export function findCorsRule(rules: readonly CorsRule[], { origin, method, headers }: CorsRequest): CorsRule | undefined {
  return rules.find(
    (rule) =>
      rule.methods.includes(method) &&
      rule.origins.some((pattern) => matchesPattern(pattern, origin)) &&
      headers.every((name) => rule.headers.some((pattern) => matchesPattern(pattern.toLowerCase(), name))),
  );
}

/** True where the whole text is the pattern, its one `*` standing for any text, none included. */
export function matchesPattern(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const before = pattern.slice(0, star);
  const after = pattern.slice(star + 1);
  return text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after);
}

/** Reads a `CORSConfiguration`. Throws `MalformedXML` for what it cannot hold, `InvalidRequest` for what it may not. */
export function readCorsRules(body: Buffer): CorsRule[] {
  const root = readXml(body, 'CORSConfiguration');
  const nodes = childrenNamed(root, 'CORSRule');
  if (nodes.length !== root.children.length) throw malformed('a CORSConfiguration has CORSRules and nothing else');
  if (nodes.length === 0 || nodes.length > MAX_RULES) throw malformed(`a CORSConfiguration has 1 to ${MAX_RULES} CORSRules`);
  // What makes no sense anywhere comes before what is not allowed somewhere.
  const rules = nodes.map(readRule);
  rules.forEach(checkRule);
  const ids = rules.flatMap(({ id }) => (id === undefined ? [] : [id]));
  if (new Set(ids).size !== ids.length) throw invalid('The IDs of CORSRules must be unique.');
  return rules;
}

const ELEMENTS = new Set(['ID', 'AllowedHeader', 'AllowedMethod', 'AllowedOrigin', 'ExposeHeader', 'MaxAgeSeconds']);

function readRule(node: XmlNode): CorsRule {
  for (const { name, children } of node.children) {
    if (!ELEMENTS.has(name)) throw malformed(`a CORSRule has no ${name}`);
    if (children.length > 0) throw malformed(`${name} has text and nothing else`);
  }
  const all = (name: string) => childrenNamed(node, name).map(({ text }) => text);
  const one = (name: string) => {
    const [text, ...more] = all(name);
    if (more.length > 0) throw malformed(`a CORSRule has one ${name}`);
    return text;
  };
  const id = one('ID');
  const seconds = one('MaxAgeSeconds');
  if (seconds !== undefined && !(/^\d{1,10}$/.test(seconds) && Number(seconds) <= MAX_SECONDS)) {
    throw malformed(`MaxAgeSeconds is a whole number within 0–${MAX_SECONDS}`);
  }
  const rule = {
    origins: all('AllowedOrigin'),
    methods: all('AllowedMethod'),
    headers: all('AllowedHeader'),
    exposed: all('ExposeHeader'),
  };
  if (rule.origins.length === 0 || rule.methods.length === 0) {
    throw malformed('a CORSRule has at least one AllowedOrigin and one AllowedMethod');
  }
  return { ...rule, ...(id !== undefined && { id }), ...(seconds !== undefined && { maxAge: Number(seconds) }) };
}

function checkRule({ id, origins, methods, headers, exposed }: CorsRule): void {
  const method = methods.find((name) => !CORS_METHODS.includes(name));
  if (method !== undefined) {
    throw invalid(`Found unsupported HTTP method in CORS config. Unsupported method is ${quoted(method)}`);
  }
  for (const [name, patterns] of Object.entries({ AllowedOrigin: origins, AllowedHeader: headers })) {
    const wild = patterns.find((pattern) => pattern.indexOf('*') !== pattern.lastIndexOf('*'));
    if (wild !== undefined) throw invalid(`${name} "${quoted(wild)}" can not have more than one wildcard.`);
  }
  const wild = exposed.find((name) => name.includes('*'));
  if (wild !== undefined) {
    throw invalid(`ExposeHeader "${quoted(wild)}" contains wildcard. We currently do not support wildcard for ExposeHeader.`);
  }
  // It is written into a header of every answer.
  const odd = exposed.find((name) => !/^[\x20-\x7e]*$/.test(name));
  if (odd !== undefined) throw invalid(`ExposeHeader "${quoted(odd)}" cannot be the name of a header.`);
  if ([...(id ?? '')].length > MAX_ID) throw invalid(`The ID of a CORSRule may have ${MAX_ID} characters at most.`);
}

/** As much of it as is worth repeating. */
function quoted(text: string): string {
  return text.slice(0, 200);
}

function malformed(reason: string): S3Error {
  const sentence = 'The XML you provided was not well-formed or did not validate against our published schema';
  return new S3Error('MalformedXML', `${sentence}: ${reason}.`);
}

function invalid(message: string): S3Error {
  return new S3Error('InvalidRequest', message);
}

/** The rules as a `CORSConfiguration`. */
export function writeCorsRules(rules: readonly CorsRule[]): string {
  const all = (name: string, texts: string[]) => texts.map((text) => element(name, text)).join('');
  const written = rules.map((rule) =>
    [
      element('ID', rule.id),
      all('AllowedHeader', rule.headers),
      all('AllowedMethod', rule.methods),
      all('AllowedOrigin', rule.origins),
      all('ExposeHeader', rule.exposed),
      element('MaxAgeSeconds', rule.maxAge),
    ].join(''),
  );
  return xmlDocument('CORSConfiguration', written.map((rule) => `<CORSRule>${rule}</CORSRule>`).join(''));
}
