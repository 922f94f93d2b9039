import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ms, type Nanos, Prng, us } from '@ballast/base';
import { type Fault, FaultSchedule } from './fault-schedule.ts';
import { drawFaults } from './random-faults.ts';
import { type Candidate, shrink, type Shrunk, type ShrinkOptions } from './shrink.ts';

interface Shape {
  readonly servers: number;
  readonly lossRatio: number;
}

const GOALS: ShrinkOptions<Shape>['goals'] = [
  { name: 'servers', goal: 2, isCount: true },
  { name: 'lossRatio', goal: 0, isCount: false },
];
const SHAPE: Shape = { servers: 7, lossRatio: 0.03 };

function crash(node: string, atNs: Nanos, forNs: Nanos = ms(2)): Fault {
  return { kind: 'crash', node, atNs, forNs };
}

/** Crashes of s0 ... s6, one after another. */
const START: Candidate<Shape> = {
  faults: Array.from({ length: 7 }, (_, id) => crash(`s${id}`, ms(2) * id)),
  shape: SHAPE,
  durationNs: ms(20),
};

function shrunk(
  fails: (candidate: Candidate<Shape>) => boolean,
  options: Partial<ShrinkOptions<Shape>> = {},
): Shrunk<Shape> {
  const result = shrink(START, { fails, goals: GOALS, runsMax: 1000, ...options });
  assert.ok(result !== null && fails(result), 'what comes out fails');
  return result;
}

const struck = ({ faults }: Candidate<Shape>): string[] =>
  faults.map((fault) => ('node' in fault ? fault.node : ''));

test('shrink: what fails always becomes nothing at all', () => {
  const result = shrunk(() => true);
  assert.deepEqual(result.faults, []);
  assert.deepEqual(result.shape, { servers: 2, lossRatio: 0 });
  assert.ok(result.durationNs <= us(20) && result.isSmallest);
});

test('shrink: what does not fail is refused after one run', () => {
  let runs = 0;
  assert.equal(shrink(START, { fails: () => ++runs > 1, goals: GOALS, runsMax: 100 }), null);
  assert.equal(runs, 1);
});

test('shrink: finds the two faults that it takes, wherever they stand', () => {
  for (let one = 0; one < 7; one++) {
    for (let other = one + 1; other < 7; other++) {
      const needed = [`s${one}`, `s${other}`];
      const result = shrunk((candidate) => needed.every((node) => struck(candidate).includes(node)));
      assert.deepEqual(struck(result), needed);
      for (const { forNs } of result.faults) assert.ok(forNs <= us(10));
    }
  }
});

test('shrink: a fault is as short as it may be, and covers the instant that matters', () => {
  const instantNs = ms(5.3);
  const result = shrunk(({ faults }) =>
    faults.some(({ atNs, forNs }) => atNs <= instantNs && atNs + forNs >= instantNs + us(300)),
  );
  const [fault] = result.faults;
  assert.equal(result.faults.length, 1);
  assert.ok(fault!.forNs >= us(300) && fault!.forNs <= us(340), `${fault!.forNs}`);
  assert.ok(result.durationNs - (fault!.atNs + fault!.forNs) <= us(20), 'the run ends with the fault');
});

test('shrink: counts stop where they must, other numbers are given up or kept', () => {
  const result = shrunk(
    ({ shape, durationNs }) => shape.servers >= 5 && shape.lossRatio > 0 && durationNs > ms(7),
  );
  assert.deepEqual(result.shape, { servers: 5, lossRatio: 0.03 });
  assert.ok(result.durationNs <= ms(7) + us(20));
});

test('shrink: the faults of nodes that are gone go with them', () => {
  const isThere = (fault: Fault, { servers }: Shape): boolean =>
    'node' in fault && Number(fault.node.slice(1)) < servers;
  const adapt: ShrinkOptions<Shape>['adapt'] = ({ faults, ...rest }) => {
    return { ...rest, faults: faults.filter((fault) => isThere(fault, rest.shape)) };
  };
  const asked: Candidate<Shape>[] = [];
  const result = shrunk(
    (candidate) => {
      asked.push(candidate);
      return struck(candidate).includes('s3');
    },
    { adapt },
  );
  assert.equal(result.shape.servers, 4);
  for (const { faults, shape } of asked) assert.ok(faults.every((fault) => isThere(fault, shape)));
});

test('shrink: shapes become simpler in ways that the caller knows', () => {
  interface Planned {
    readonly steps: readonly string[];
  }
  const start = { faults: [], shape: { steps: ['a', 'b', 'c', 'd'] }, durationNs: ms(1) };
  const result = shrink<Planned>(start, {
    fails: ({ shape }) => shape.steps.includes('b') && shape.steps.includes('d'),
    goals: [],
    runsMax: 100,
    simpler: ({ steps }) => steps.map((left) => ({ steps: steps.filter((step) => step !== left) })),
  });
  assert.deepEqual(result?.shape, { steps: ['b', 'd'] });
});

test('shrink: where smaller may not fail though the smallest does, every answer fails and no step is left', () => {
  for (let seed = 0; seed < 20; seed++) {
    // Fails by a hash of its faults: no rhyme or reason, but the start does.
    const fails = (candidate: Candidate<Shape>): boolean =>
      candidate === START ||
      candidate.faults.length === 7 ||
      new Prng(seed).fork(struck(candidate).join()).chance(0.4);
    const result = shrunk(fails);
    for (const left of result.faults) {
      const without = result.faults.filter((fault) => fault !== left);
      assert.ok(!fails({ ...result, faults: without }), `seed ${seed} leaves ${String(left.atNs)}`);
    }
  }
});

test('shrink: keeps to its budget, asks nothing twice, and does the same each time', () => {
  for (const runsMax of [1, 2, 5, 10]) {
    const asked: string[] = [];
    const progress: number[] = [];
    const fails = (candidate: Candidate<Shape>): boolean => {
      asked.push(JSON.stringify(candidate));
      return struck(candidate).includes('s2') && candidate.shape.servers > 3;
    };
    const options = {
      fails,
      goals: GOALS,
      runsMax,
      onProgress: ({ runs }: { runs: number }) => void progress.push(runs),
    };
    const result = shrink(START, options)!;
    assert.equal(result.isSmallest, false);
    assert.equal(asked.length, runsMax);
    assert.equal(new Set(asked).size, runsMax);
    assert.deepEqual(
      progress,
      Array.from({ length: runsMax }, (_, i) => i + 1),
    );
    assert.deepEqual(shrink(START, options), result);
  }
});

test('shrink: every schedule that is asked about is valid and over within the run', () => {
  for (let seed = 0; seed < 30; seed++) {
    const targets = ['s0', 's1'].map((node) => {
      return { node, link: `${node}-tor`, kinds: ['crash', 'pause', 'slow', 'cut'] as const };
    });
    const draws = { targets, durationNs: ms(20), countMax: 10, longestNs: ms(4) };
    const { faults } = drawFaults(new Prng(seed), draws);
    const fates = new Prng(seed);
    const fails = (candidate: Candidate<Shape>): boolean => {
      assert.ok(new FaultSchedule(candidate.faults).healNs <= candidate.durationNs);
      return candidate.faults === faults || fates.chance(0.5);
    };
    shrink({ faults, shape: SHAPE, durationNs: ms(20) }, { fails, goals: GOALS, runsMax: 200 });
  }
});
