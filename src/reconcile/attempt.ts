// One try at one object: observe, decide, apply, in the order that loses nothing.
import { asFault, type Fault } from '../domain/fault.ts';
import type { ActionKind, MadeRendition, NewAction, NewFailure, ObjectJob, OriginalRecord, Outcome } from '../domain/outcome.ts';
import { matches, type Pipeline } from '../domain/pipeline.ts';
import { decide, type OriginalState, type RecordedRendition, type Target } from '../domain/plan.ts';
import type {
  HeldFile,
  Imaging,
  Log,
  ObjectFacts,
  ObjectHead,
  PictureBytes,
  ReconcileLedger,
  RenderedPicture,
  Store,
  StoredObject,
} from '../domain/ports.ts';
import { takeOutput } from '../domain/rendered.ts';
import { deliver } from './deliver.ts';
import { isOwnOutput } from './output-metadata.ts';
import {
  allTargets,
  describeFault,
  describeGone,
  describeMade,
  failureOf,
  originalOf,
  samePlace,
  sourceOf,
  tooLarge,
} from './records.ts';
import { removeUnrecorded } from './unrecorded.ts';
import { writeOutput } from './write-output.ts';

export interface Reconciler {
  pipelines: Pipeline[];
  store: Store;
  imaging: Imaging;
  ledger: ReconcileLedger;
  /** Bytes; larger sources are refused before they are read. */
  maxBytes: number;
  log: Log;
}

/** One try at one object. It remembers what it learned, so that a failure can be recorded against the right version. */
export class Attempt {
  private readonly reconciler: Reconciler;
  private readonly job: ObjectJob;
  private readonly started: number;
  private readonly pipelines: Pipeline[];
  private facts: ObjectFacts | undefined;
  private head: ObjectHead | undefined;
  private targets: Target[] = [];
  private readonly held: HeldFile[] = [];

  constructor(reconciler: Reconciler, job: ObjectJob, started: number) {
    this.reconciler = reconciler;
    this.job = job;
    this.started = started;
    this.pipelines = reconciler.pipelines.filter((pipeline) => matches(pipeline, job.bucket, job.key));
  }

  /** Reads what the ledger knows, without looking at the object. */
  async recall(): Promise<void> {
    this.facts = await this.reconciler.ledger.facts(this.job.bucket, this.job.key);
  }

  async run(): Promise<void> {
    const { store, ledger, imaging, maxBytes } = this.reconciler;
    const { bucket, key } = this.job;
    this.facts = await ledger.facts(bucket, key);
    // A new object is fetched at once: nearly always it has to be rendered, and a HEAD would only tell that it is there.
    const { renditions, failures, ownOutput } = this.facts;
    const fresh = renditions.length === 0 && failures.length === 0 && !ownOutput && this.pipelines.length > 0;
    const stored = fresh ? await this.fetch(undefined) : undefined;
    this.head = fresh ? stored?.head : await store.head(bucket, key);
    const plan = decide({
      etag: this.head?.etag,
      ownOutput: ownOutput || (this.head !== undefined && isOwnOutput(this.job, this.head.metadata)),
      pipelines: this.pipelines,
      original: this.facts.original && { state: this.facts.original.state, etag: this.facts.original.etag },
      renditions,
      failures,
      engine: imaging.engine,
    });
    if (plan.kind === 'ignore') return this.finish(this.outcome(undefined, 'ignored', plan.why));
    if (plan.kind === 'gone') return this.recordGone(plan.state, plan.remove);

    this.targets = plan.targets;
    if (plan.targets.length === 0) return this.leave(plan.givenUp, plan.deleteOriginal);
    const { etag, size } = this.head as ObjectHead;
    if (size > maxBytes) throw tooLarge(this.job, size, maxBytes);
    const body = stored ? stored.body : (await this.fetch(etag))?.body;
    // Deleted since the HEAD: look again.
    if (!body) return this.run();
    await this.make(body, plan.givenUp, plan.deleteOriginal);
  }

  private async fetch(ifMatch: string | undefined): Promise<StoredObject | undefined> {
    const { store, maxBytes } = this.reconciler;
    const { bucket, key } = this.job;
    const stored = await store.get(bucket, key, { limit: maxBytes, ...(ifMatch && { ifMatch }) });
    if (stored?.body && !Buffer.isBuffer(stored.body)) this.held.push(stored.body);
    return stored;
  }

  /** Lets go of files that were fetched. */
  release(): void {
    for (const file of this.held.splice(0)) file.release();
  }

  /** Nothing is to be made. What was made may still wait for its original to be let go. */
  private async leave(givenUp: number, deleteOriginal: boolean): Promise<void> {
    const outcome =
      givenUp > 0
        ? this.outcome(this.original('failed'), 'unchanged', 'this version failed before, and the same would happen again')
        : this.outcome(this.original('done'), 'unchanged', 'everything is there');
    await (deleteOriginal ? this.letGo(outcome) : this.finish(outcome));
  }

  /** Renders the targets, writes them, records them, and only then lets the original go. */
  private async make(body: PictureBytes, givenUp: number, deleteOriginal: boolean): Promise<void> {
    const { imaging } = this.reconciler;
    const picture = await imaging.render(
      body,
      this.targets.map((target, index) => ({
        id: String(index),
        recipe: target.rendition.recipe,
        siblings: target.pipeline.renditions.map(({ recipe }) => recipe),
      })),
    );
    const made: MadeRendition[] = [];
    const failures: NewFailure[] = [];
    for (const [index, target] of this.targets.entries()) {
      try {
        const rendition = await this.makeOne(target, String(index), picture);
        made.push(rendition);
        // The template or the format changed, and with it the key: what lies at the old one is nobody's any more.
        if (target.recorded && !samePlace(target.recorded, rendition)) await this.removeOutput(target.recorded);
      } catch (thrown) {
        const fault = asFault(thrown);
        if (fault.transient) throw fault;
        failures.push(this.failure(target, fault));
      }
    }
    const original = { ...this.original(failures.length + givenUp > 0 ? 'failed' : 'done'), ...sourceOf(picture) };
    const replaced = this.targets.some(({ recorded }) => recorded);
    const actions = failures.map(({ reason, rendition }) => this.action('failed', `${rendition}: ${reason}`));
    if (made.length > 0) actions.unshift(this.action(replaced ? 'replaced' : 'rendered', describeMade(made)));
    const outcome: Outcome = { ...this.empty(), original, made, failures, actions };
    await (deleteOriginal && failures.length === 0 ? this.letGo(outcome) : this.finish(outcome));
  }

  private async makeOne(target: Target, id: string, picture: RenderedPicture): Promise<MadeRendition> {
    const { store, ledger, imaging } = this.reconciler;
    const { bucket, key } = this.job;
    const output = takeOutput(picture, id);
    const source = { bucket, key, etag: (this.head as ObjectHead).etag };
    const written = await writeOutput(store, ledger, source, target, output);
    return {
      pipeline: target.pipeline.name,
      name: target.rendition.name,
      ...written,
      sourceEtag: source.etag,
      sourceSha256: picture.source.sha256,
      fingerprint: target.rendition.fingerprint,
      engine: imaging.engine,
      sha256: output.sha256,
      size: output.body.length,
      format: output.format,
      width: output.width,
      height: output.height,
      decodeMs: Math.round(picture.decodeMs),
      renderMs: Math.round(output.ms),
      totalMs: Math.max(0, Date.now() - this.job.at.getTime()),
    };
  }

  /** Records first; then proves each output and deletes the original; then records that. */
  private async letGo(outcome: Outcome): Promise<void> {
    const { ledger, store } = this.reconciler;
    const original = { ...(outcome.original as OriginalRecord), state: 'pending' as const };
    if (!(await ledger.record(this.job, { ...outcome, original, job: 'open' }))) return;
    const { bucket, key } = this.job;
    const { renditions } = await ledger.facts(bucket, key);
    const missing = await deliver(store, { bucket, key, etag: (this.head as ObjectHead).etag }, renditions, this.pipelines);
    if (missing.length > 0) {
      const again = this.outcome(this.original('pending'), 'retried', 'an output was not there as recorded; the original stays');
      return this.finish({ ...again, removed: missing.map(({ id }) => id), job: 'retry' });
    }
    await this.finish(
      this.outcome(
        { ...original, state: 'delivered' },
        'delivered',
        'every output was proven to be there; the original was deleted',
      ),
    );
  }

  private async recordGone(state: 'gone' | 'delivered', remove: RecordedRendition[]): Promise<void> {
    const removed: number[] = [];
    for (const rendition of remove) removed.push(await this.removeOutput(rendition));
    const known = this.facts?.original;
    let count = removed.length;
    if (state === 'gone') {
      const removing = this.pipelines.filter(({ onSourceDelete }) => onSourceDelete === 'delete');
      count += await removeUnrecorded(this.reconciler.store, this.job, removing, this.facts?.renditions ?? []);
    }
    const [kind, detail] = describeGone(state, count);
    const outcome = this.outcome(known && { ...known, state }, kind, detail);
    await this.finish({ ...outcome, removed });
  }

  /** Deletes an output unless somebody has put something else there. @returns its id on the ledger */
  private async removeOutput({ id, bucket, key, etag }: RecordedRendition): Promise<number> {
    const { store, log } = this.reconciler;
    const head = await store.head(bucket, key);
    if (head && head.etag === etag) await store.delete(bucket, key, { ifMatch: etag });
    else if (head) log.warn({ bucket, key }, 'an output was replaced by somebody and is left alone');
    return id;
  }

  private async finish(outcome: Outcome): Promise<void> {
    const { ledger, log } = this.reconciler;
    const counted = await ledger.record(this.job, outcome);
    const last = outcome.actions.at(-1);
    const { bucket, key, attempt } = this.job;
    log.debug({ bucket, key, attempt, action: last?.kind, ms: last?.ms, counted }, last?.detail ?? 'nothing');
  }

  retryOutcome(fault: Fault): Outcome {
    return { ...this.outcome(undefined, 'retried', describeFault(fault)), job: 'retry' };
  }

  failureOutcome(fault: Fault): Outcome {
    const targets = this.targets.length > 0 ? this.targets : allTargets(this.pipelines);
    const known = this.facts?.original;
    // Where the store was never reached, what is known of the original still holds.
    const original = !this.head && known ? { ...known, state: 'failed' as const } : this.original('failed');
    const outcome = this.outcome(original, 'failed', describeFault(fault));
    return { ...outcome, failures: targets.map((target) => this.failure(target, fault)) };
  }

  private failure(target: Target, fault: Fault): NewFailure {
    const { engine } = this.reconciler.imaging;
    return failureOf(target, fault, {
      attempts: this.job.attempt,
      sourceEtag: this.head?.etag ?? this.facts?.original?.etag,
      engine,
    });
  }

  private outcome(original: OriginalRecord | undefined, kind: ActionKind, detail: string): Outcome {
    return { ...this.empty(), original, actions: [this.action(kind, detail)] };
  }

  private empty(): Outcome {
    const failedBefore = (this.facts?.failures.length ?? 0) > 0;
    const heard = this.facts?.heard;
    return { original: undefined, made: [], removed: [], failures: [], failedBefore, actions: [], heard, job: 'done' };
  }

  private action(kind: ActionKind, detail: string): NewAction {
    return { kind, detail, ms: performance.now() - this.started };
  }

  private original(state: OriginalState): OriginalRecord {
    return originalOf(this.head, this.facts?.original, state);
  }
}
