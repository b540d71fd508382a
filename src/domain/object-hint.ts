// The normal form of everything that says "look at this object".

/**
 * Where a hint came in: from the built-in store, a webhook, a queue, a function, a job, a schedule, an upload, the API on
 * somebody's behalf, a redrive.
 */
export const DOORS = ['store', 'hook', 'queue', 'lambda', 'job', 'schedule', 'upload', 'api', 'redrive'] as const;
export type Door = (typeof DOORS)[number];

/** "Look at this object." What it says beside the name is for history: reconcile looks for itself. */
export interface ObjectHint {
  bucket: string;
  key: string;
  kind: 'put' | 'delete' | 'look';
  door: Door;
  etag?: string;
  /** Bytes. */
  size?: number;
  at: Date;
}

/** One job at a time runs per object: this names the object in the queue. A bucket name holds no slash. */
export function objectName(bucket: string, key: string): string {
  return `${bucket}/${key}`;
}

/** Splits `bucket/key`, as people write it; undefined where one of the two is missing. */
export function parseObjectName(name: string): { bucket: string; key: string } | undefined {
  const slash = name.indexOf('/');
  if (slash < 1 || slash === name.length - 1) return undefined;
  return { bucket: name.slice(0, slash), key: name.slice(slash + 1) };
}
