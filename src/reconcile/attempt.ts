// One try at one object: observe, decide, apply, in the order that loses nothing.
import type { Fault } from '../domain/fault.ts';
import type { ActionKind, NewAction, NewFailure, ObjectJob, OriginalRecord, Outcome } from '../domain/outcome.ts';
import { matches, type Pipeline } from '../domain/pipeline.ts';
import { decide, type OriginalState, type Plan, type RecordedRendition, type Target } from '../domain/plan.ts';
import type { HeldFile, ObjectFacts, ObjectHead, ObjectVersion, StoredObject } from '../domain/ports.ts';
import { makerOf } from '../domain/recipe.ts';
import { deliver } from './deliver.ts';
import { isCopyTarget, type Made, type Maker, makeCopies, makePictures, removeOutput } from './make.ts';
import { isOwnOutput } from './output-metadata.ts';
import { allTargets, describeFault, describeGone, describeMade, failureOf, originalOf, tooLarge } from './records.ts';
import { removeUnrecorded } from './unrecorded.ts';

export interface Reconciler extends Maker {
  pipelines: Pipeline[];
  /** Bytes; larger pictures are refused before they are read. */
  maxBytes: number;
}

type MakePlan = Extract<Plan, { kind: 'make' }>;

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
    const unknown = renditions.length === 0 && failures.length === 0 && !ownOutput;
    const fresh = unknown && this.pipelines.length > 0 && !allTargets(this.pipelines).some(isCopyTarget);
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
    if (plan.targets.length === 0) return this.leave(plan);
    const rest = await this.passOn(plan);
    if (!rest) return;
    this.targets = rest.targets;
    const { etag, size } = this.head as ObjectHead;
    if (size > maxBytes) throw tooLarge(this.job, size, maxBytes);
    const body = stored ? stored.body : (await this.fetch(etag))?.body;
    // Deleted since the HEAD: look again.
    if (!body) return this.run();
    await this.conclude(await makePictures(this.reconciler, this.job, this.version(), rest.targets, body), rest);
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
  private async leave({ givenUp, deleteOriginal }: MakePlan): Promise<void> {
    const outcome =
      givenUp > 0
        ? this.outcome(this.original('failed'), 'unchanged', 'this version failed before, and the same would happen again')
        : this.outcome(this.original('done'), 'unchanged', 'everything is there');
    await (deleteOriginal ? this.letGo(outcome) : this.finish(outcome));
  }

  /**
   * Makes the copies of a plan. Where pictures are wanted too, the copies are recorded at once: they need not wait for a
   * picture that turns out to be none, and are not made again with it.
   * @returns what of the plan is still to be done, where something is
   */
  private async passOn(plan: MakePlan): Promise<MakePlan | undefined> {
    const copies = plan.targets.filter(isCopyTarget);
    if (copies.length === 0) return plan;
    const made = await makeCopies(this.reconciler, this.job, this.version(), copies);
    // Deleted since the HEAD: look again.
    if (!made) {
      await this.run();
      return undefined;
    }
    const pictures = plan.targets.filter((target) => !isCopyTarget(target));
    if (pictures.length === 0) {
      await this.conclude(made, plan);
      return undefined;
    }
    const outcome = { ...this.outcomeOf(made, 'pending'), job: 'open' as const };
    if (!(await this.reconciler.ledger.record(this.job, outcome))) return undefined;
    return { ...plan, targets: pictures, givenUp: plan.givenUp + made.failed.length };
  }

  /** Records what was made last, and only then lets the original go. @param plan what it was made by */
  private async conclude(made: Made, { givenUp, deleteOriginal }: MakePlan): Promise<void> {
    const failed = givenUp + made.failed.length;
    const outcome = this.outcomeOf(made, failed > 0 ? 'failed' : 'done');
    await (deleteOriginal && failed === 0 ? this.letGo(outcome) : this.finish(outcome));
  }

  private outcomeOf({ made, failed, replaced, source }: Made, state: OriginalState): Outcome {
    const failures = failed.map(({ target, fault }) => this.failure(target, fault));
    const actions = failures.map(({ reason, rendition }) => this.action('failed', `${rendition}: ${reason}`));
    if (made.length > 0) actions.unshift(this.action(replaced ? 'replaced' : 'rendered', describeMade(made)));
    return { ...this.empty(), original: { ...this.original(state), ...source }, made, failures, actions };
  }

  /** Records first; then proves each output and deletes the original; then records that. */
  private async letGo(outcome: Outcome): Promise<void> {
    const { ledger, store } = this.reconciler;
    const original = { ...(outcome.original as OriginalRecord), state: 'pending' as const };
    if (!(await ledger.record(this.job, { ...outcome, original, job: 'open' }))) return;
    const { bucket, key } = this.job;
    const { renditions } = await ledger.facts(bucket, key);
    const missing = await deliver(store, this.version(), renditions, this.pipelines);
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
    for (const rendition of remove) removed.push(await removeOutput(this.reconciler, rendition));
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
    const circumstances = {
      attempts: this.job.attempt,
      sourceEtag: this.head?.etag ?? this.facts?.original?.etag,
      engine: makerOf(target.rendition.recipe, this.reconciler.imaging.engine),
    };
    return failureOf(target, fault, circumstances, this.facts?.failures ?? []);
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

  /** The version that is worked on. */
  private version(): ObjectVersion {
    return { bucket: this.job.bucket, key: this.job.key, etag: (this.head as ObjectHead).etag };
  }

  private original(state: OriginalState): OriginalRecord {
    return originalOf(this.head, this.facts?.original, state);
  }
}
