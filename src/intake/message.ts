// What any door takes in, whatever wire format it came in: objects to look at, or whole sources.
import type { Door } from '../domain/object-hint.ts';

/** The formats that are understood, one file each in `formats/`. */
export const WIRE_FORMATS = [
  's3',
  'minio',
  'ceph',
  'event-bridge',
  'cos',
  'cloud-event',
  'cloud-storage',
  'event-grid',
  'cron',
  'plain',
] as const;
export type WireFormat = (typeof WIRE_FORMATS)[number];

/** One object that a message speaks of. What it says beside the name is history: reconcile looks for itself. */
export interface ObjectNotice {
  bucket: string;
  key: string;
  kind: 'put' | 'delete';
  /** Without quotes. */
  etag?: string;
  /** Bytes. */
  size?: number;
}

/** A message in its normal form. `id` is the sender's own name for it: the same again on a replay. */
export type Message =
  | { kind: 'objects'; format: WireFormat; id?: string; objects: ObjectNotice[] }
  /** A timer: the sources of these pipelines are to be swept; of all, where it names none. */
  | { kind: 'cron'; format: WireFormat; id?: string; pipelines: string[] | 'all' }
  /** A store's test of the way here: acknowledged, and nothing else. */
  | { kind: 'test'; format: WireFormat; id?: string };

/** Through which door a message came, and who sent it. */
export interface Provenance {
  door: Extract<Door, 'hook' | 'queue' | 'lambda' | 'job'>;
  /** The name of the sender's token, of the queue, of the topic. */
  sender: string;
  /** As received; history keeps the beginning. */
  payload?: string;
}
