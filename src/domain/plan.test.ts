import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FailureClass } from './fault.ts';
import { FAILURE_CLASSES } from './fault.ts';
import type { Pipeline } from './pipeline.ts';
import { decide, type Facts, type RecordedFailure, type RecordedRendition } from './plan.ts';
import type { Recipe } from './recipe.ts';

const recipe = {} as Recipe;

function pipeline(name: string, changes: Partial<Pipeline> = {}): Pipeline {
  return {
    name,
    source: { bucket: 'in', prefix: '', match: undefined, exclude: undefined },
    renditions: ['small', 'large'].map((rendition) => ({
      name: rendition,
      recipe,
      fingerprint: `${name}-${rendition}`,
      to: { bucket: 'out', key: '{key}' },
    })),
    original: 'keep',
    onSourceDelete: 'delete',
    sweep: undefined,
    ...changes,
  };
}

function recorded(id: number, of: Pipeline, name: string, changes: Partial<RecordedRendition> = {}): RecordedRendition {
  return {
    id,
    pipeline: of.name,
    name,
    bucket: 'out',
    key: `${of.name}/${name}`,
    sourceEtag: 'v1',
    fingerprint: `${of.name}-${name}`,
    engine: 'e1',
    etag: `etag-${id}`,
    size: 1,
    ...changes,
  };
}

function failed(of: Pipeline, rendition: string, changes: Partial<RecordedFailure> = {}): RecordedFailure {
  return {
    pipeline: of.name,
    rendition,
    class: 'corrupt',
    sourceEtag: 'v1',
    fingerprint: `${of.name}-${rendition}`,
    engine: 'e1',
    ...changes,
  };
}

const keep = pipeline('keep');
const drop = pipeline('drop', { original: 'delete' });

function facts(changes: Partial<Facts> = {}): Facts {
  return {
    etag: 'v1',
    ownOutput: false,
    pipelines: [keep],
    original: undefined,
    renditions: [],
    failures: [],
    engine: 'e1',
    ...changes,
  };
}

function targetNames(changes: Partial<Facts>): string[] {
  const plan = decide(facts(changes));
  assert.equal(plan.kind, 'make');
  return plan.kind === 'make' ? plan.targets.map((target) => `${target.pipeline.name}/${target.rendition.name}`) : [];
}

test('a new object is made into every rendition of every pipeline that takes it', () => {
  assert.deepEqual(targetNames({ pipelines: [keep, drop] }), ['keep/small', 'keep/large', 'drop/small', 'drop/large']);
});

test('a rendition of this source, recipe and engine is not made again', () => {
  assert.deepEqual(targetNames({ renditions: [recorded(1, keep, 'small'), recorded(2, keep, 'large')] }), []);
});

for (const [what, change] of Object.entries({
  'an overwritten source': { sourceEtag: 'v0' },
  'a changed recipe': { fingerprint: 'other' },
  'another engine': { engine: 'e0' },
})) {
  test(`${what} makes exactly the stale rendition again, over the recorded one`, () => {
    const stale = recorded(1, keep, 'small', change);
    const plan = decide(facts({ renditions: [stale, recorded(2, keep, 'large')] }));
    assert.equal(plan.kind, 'make');
    if (plan.kind !== 'make') return;
    assert.deepEqual(
      plan.targets.map(({ rendition, recorded }) => [rendition.name, recorded?.id]),
      [['small', 1]],
    );
  });
}

test('an own output is ignored whatever else is known', () => {
  for (const etag of ['v1', undefined]) {
    assert.equal(decide(facts({ ownOutput: true, etag })).kind, 'ignore');
  }
});

test('an object that no pipeline takes is ignored', () => {
  assert.equal(decide(facts({ pipelines: [] })).kind, 'ignore');
});

test('the picture is not tried again where these bytes failed for good under this recipe', () => {
  const permanent: FailureClass[] = ['unsupported', 'too_large', 'corrupt'];
  for (const failureClass of FAILURE_CLASSES) {
    const plan = decide(facts({ failures: [failed(keep, 'small', { class: failureClass })] }));
    assert.equal(plan.kind, 'make');
    if (plan.kind !== 'make') continue;
    const expected = permanent.includes(failureClass) ? ['large'] : ['small', 'large'];
    assert.deepEqual(
      plan.targets.map(({ rendition }) => rendition.name),
      expected,
      failureClass,
    );
    assert.equal(plan.givenUp, permanent.includes(failureClass) ? 1 : 0);
  }
});

test('a failure of another version, recipe or engine does not count', () => {
  for (const change of [{ sourceEtag: 'v0' }, { sourceEtag: undefined }, { fingerprint: 'other' }, { engine: 'e0' }]) {
    assert.deepEqual(targetNames({ failures: [failed(keep, 'small', change)] }), ['keep/small', 'keep/large']);
  }
});

test('the original is deleted only where a pipeline says so and nothing was given up', () => {
  const cases: [Pipeline[], RecordedFailure[], boolean][] = [
    [[keep], [], false],
    [[drop], [], true],
    [[keep, drop], [], true],
    [[keep, drop], [failed(keep, 'small')], false],
    [[drop], [failed(drop, 'large')], false],
  ];
  for (const [pipelines, failures, expected] of cases) {
    const plan = decide(facts({ pipelines, failures }));
    assert.equal(plan.kind === 'make' && plan.deleteOriginal, expected);
  }
});

test('when somebody deletes the original, each pipeline decides over its own renditions', () => {
  const archive = pipeline('archive', { onSourceDelete: 'keep' });
  const plan = decide(
    facts({
      etag: undefined,
      pipelines: [keep, archive],
      original: { state: 'done', etag: 'v1' },
      renditions: [recorded(1, keep, 'small'), recorded(2, archive, 'small'), recorded(3, pipeline('undeclared'), 'small')],
    }),
  );
  assert.deepEqual(plan, { kind: 'gone', state: 'gone', remove: [recorded(1, keep, 'small')] });
});

test('what was delivered stays, also when the process was killed before it could write so', () => {
  const renditions = [recorded(1, drop, 'small'), recorded(2, drop, 'large')];
  for (const state of ['delivered', 'done', 'pending'] as const) {
    const plan = decide(facts({ etag: undefined, pipelines: [drop], original: { state, etag: 'v1' }, renditions }));
    assert.deepEqual(plan, { kind: 'gone', state: 'delivered', remove: [] }, state);
  }
});

test('an original deleted by somebody before everything was made was not delivered', () => {
  const renditions = [recorded(1, drop, 'small')];
  const plan = decide(facts({ etag: undefined, pipelines: [drop], original: { state: 'pending', etag: 'v1' }, renditions }));
  assert.deepEqual(plan, { kind: 'gone', state: 'gone', remove: renditions });
});

test('over all combinations: nothing is both made and removed, and only stale or missing renditions are made', () => {
  const variants: (RecordedRendition | undefined)[] = [
    undefined,
    recorded(1, keep, 'small'),
    recorded(1, keep, 'small', { sourceEtag: 'v0' }),
    recorded(1, keep, 'small', { fingerprint: 'other' }),
    recorded(1, keep, 'small', { engine: 'e0' }),
  ];
  const failures = [undefined, ...FAILURE_CLASSES.map((failureClass) => failed(keep, 'small', { class: failureClass }))];
  const states = [undefined, 'pending', 'done', 'failed', 'delivered', 'gone'] as const;
  let combinations = 0;
  for (const etag of ['v1', undefined]) {
    for (const pipelines of [[], [keep], [drop], [keep, drop]]) {
      for (const variant of variants) {
        for (const failure of failures) {
          for (const state of states) {
            combinations++;
            const plan = decide(
              facts({
                etag,
                pipelines,
                renditions: variant ? [variant] : [],
                failures: failure ? [failure] : [],
                original: state && { state, etag: 'v1' },
              }),
            );
            if (etag === undefined) assert.equal(plan.kind, 'gone');
            else assert.equal(plan.kind, pipelines.length === 0 ? 'ignore' : 'make');
            if (plan.kind === 'gone' && plan.state === 'delivered') assert.equal(plan.remove.length, 0);
            if (plan.kind !== 'make') continue;
            const small = plan.targets.filter((target) => target.pipeline === keep && target.rendition.name === 'small');
            if (variant === variants[1]) assert.equal(small.length, 0);
            assert.ok(!(plan.deleteOriginal && plan.givenUp > 0));
            assert.ok(!plan.deleteOriginal || pipelines.includes(drop));
          }
        }
      }
    }
  }
  assert.equal(combinations, 2 * 4 * variants.length * failures.length * states.length);
});
