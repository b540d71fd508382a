// What S3 does, in memory and without a thought for speed: what the store is compared with in random sequences of requests.
import { createHash } from 'node:crypto';

export interface Thing {
  body: Buffer;
  etag: string;
  meta: string;
  tags: [string, string][];
  /** The upload and the part numbers that it was made of. */
  from?: { upload: number; numbers: number[] };
}

interface Upload {
  key: string;
  meta: string;
  parts: Map<number, Buffer>;
  open: boolean;
}

/** Empty where the request succeeds, else S3's code. */
export type Outcome = string;

export type Condition = 'none' | 'absent' | 'current' | 'other';

export interface Page {
  entries: string[];
  prefixes: string[];
}

const MIN_PART = 5 * 1024 * 1024;
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest();

export class S3Model {
  readonly objects = new Map<string, Thing>();
  readonly uploads: Upload[] = [];

  /** `current` is the ETag of what is there, `absent` that nothing is. */
  #refusal(key: string, when: Condition): Outcome {
    const there = this.objects.get(key);
    if (when === 'absent') return there ? 'PreconditionFailed' : '';
    if (when === 'none') return '';
    if (!there) return 'NoSuchKey';
    return when === 'current' ? '' : 'PreconditionFailed';
  }

  put(key: string, body: Buffer, meta: string, tags: [string, string][], when: Condition): Outcome {
    const refused = this.#refusal(key, when);
    if (!refused) this.objects.set(key, { body, etag: md5(body).toString('hex'), meta, tags });
    return refused;
  }

  copy(from: string, to: string, replaced: string | undefined, when: Condition): Outcome {
    if (from === to && replaced === undefined) return 'InvalidRequest';
    const source = this.objects.get(from);
    if (!source) return 'NoSuchKey';
    const refused = this.#refusal(to, when);
    const { body, etag, meta, tags } = source;
    if (!refused) this.objects.set(to, { body, etag, meta: replaced ?? meta, tags });
    return refused;
  }

  remove(key: string, when: Condition): Outcome {
    const refused = this.#refusal(key, when);
    if (!refused) this.objects.delete(key);
    return refused;
  }

  tag(key: string, tags: [string, string][]): Outcome {
    const there = this.objects.get(key);
    if (!there) return 'NoSuchKey';
    there.tags = tags;
    return '';
  }

  begin(key: string, meta: string): void {
    this.uploads.push({ key, meta, parts: new Map(), open: true });
  }

  part(upload: number, number: number, body: Buffer): Outcome {
    const there = this.uploads[upload];
    if (!there?.open) return 'NoSuchUpload';
    there.parts.set(number, body);
    return '';
  }

  abort(upload: number): Outcome {
    const there = this.uploads[upload];
    if (!there?.open) return 'NoSuchUpload';
    there.open = false;
    return '';
  }

  /** @param etags of the parts as the client knows them */
  complete(upload: number, numbers: number[], etags: string[]): Outcome {
    if (numbers.length === 0) return 'MalformedXML';
    if (numbers.some((number, at) => at > 0 && number <= (numbers[at - 1] ?? 0))) return 'InvalidPartOrder';
    const there = this.uploads[upload];
    const etag = `${md5(Buffer.concat(etags.map((one) => Buffer.from(one, 'hex')))).toString('hex')}-${numbers.length}`;
    if (!there?.open) {
      const made = this.objects.get(there?.key ?? '');
      const same = made?.from?.upload === upload && made.from.numbers.join() === numbers.join() && made.etag === etag;
      return same ? '' : 'NoSuchUpload';
    }
    const parts = numbers.map((number) => there.parts.get(number));
    if (parts.some((part, at) => !part || md5(part).toString('hex') !== etags[at])) return 'InvalidPart';
    if (parts.slice(0, -1).some((part) => (part?.length ?? 0) < MIN_PART)) return 'EntityTooSmall';
    there.open = false;
    const body = Buffer.concat(parts.flatMap((part) => part ?? []));
    this.objects.set(there.key, { body, etag, meta: there.meta, tags: [], from: { upload, numbers } });
    return '';
  }

  list(prefix: string, delimiter: string): Page {
    return fold([...this.objects.keys()], prefix, delimiter);
  }

  listUploads(prefix: string, delimiter: string): Page {
    return fold(
      this.uploads.flatMap(({ key, open }) => (open ? [key] : [])),
      prefix,
      delimiter,
    );
  }
}

function fold(keys: string[], prefix: string, delimiter: string): Page {
  const sorted = keys.filter((key) => key.startsWith(prefix)).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const page: Page = { entries: [], prefixes: [] };
  for (const key of sorted) {
    const found = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const folded = key.slice(0, found + delimiter.length);
    if (found < 0) page.entries.push(key);
    else if (page.prefixes.at(-1) !== folded) page.prefixes.push(folded);
  }
  return page;
}
