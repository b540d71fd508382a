// Reading the XML that clients send: a small tree, with entities of its own refused and size bounded by the caller.
import { SaxesParser } from 'saxes';
import { S3Error, type S3ErrorCode } from './s3-error.ts';

/** An element: its name without prefix, its text, its children in order. */
export interface XmlNode {
  name: string;
  text: string;
  attributes: Record<string, string>;
  children: XmlNode[];
}

/** More than S3's largest list has: 10,000 parts of up to seven elements. */
const MAX_NODES = 80_000;
const MAX_DEPTH = 16;

/**
 * Parses a document. Throws `MalformedXML` on what is not well-formed, not UTF-8, has a DOCTYPE (so that no entity can be
 * declared), is nested deeper than 16 or has more than 80,000 elements.
 * @param root the name that the outermost element must have
 * @param malformed the error instead of `MalformedXML`
 */
export function readXml(body: Buffer, root: string, malformed: S3ErrorCode = 'MalformedXML'): XmlNode {
  if (body.length === 0) throw new S3Error('MissingRequestBodyError');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new S3Error(malformed);
  }
  const open: XmlNode[] = [];
  let top: XmlNode | undefined;
  let count = 0;
  const parser = new SaxesParser({ xmlns: false });
  const refuse = (): never => {
    throw new S3Error(malformed);
  };
  parser.on('error', refuse);
  parser.on('doctype', refuse);
  parser.on('opentag', (tag) => {
    if (++count > MAX_NODES || open.length >= MAX_DEPTH) refuse();
    const node: XmlNode = {
      name: tag.name.slice(tag.name.indexOf(':') + 1),
      text: '',
      attributes: tag.attributes as Record<string, string>,
      children: [],
    };
    if (open.length > 0) open[open.length - 1]?.children.push(node);
    else top = node;
    open.push(node);
  });
  parser.on('closetag', () => {
    open.pop();
  });
  const addText = (piece: string) => {
    const node = open[open.length - 1];
    if (node) node.text += piece;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.write(text).close();
  if (top?.name !== root) return refuse();
  return top;
}

/** The text of the child with this name; undefined where there is none. */
export function childText(node: XmlNode, name: string): string | undefined {
  return node.children.find((child) => child.name === name)?.text;
}

/** The children with this name. */
export function childrenNamed(node: XmlNode, name: string): XmlNode[] {
  return node.children.filter((child) => child.name === name);
}
