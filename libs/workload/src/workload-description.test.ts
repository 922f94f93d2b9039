import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { assertFits } from '../test/goodness-of-fit.ts';
import { readTrace } from '../test/read-trace.ts';
import { KeySpace } from './key-space.ts';
import type { OperationKind } from './mix.ts';
import { presets, presetWorkload } from './presets.ts';
import { TRACE_FORMATS } from './trace-format.ts';
import { traceLines } from './trace-writer.ts';
import { profileWorkload, twitterProfiles } from './twitter-profiles.ts';
import { Operation } from './workload.ts';
import { keyNamesOf, ranksOf, workloadOf } from './workload-description.ts';
import { WorkloadError } from './workload-error.ts';

const KEYS = 10_000;
const DRAWS = 30_000;
const HOTTEST = 50;
const KINDS: readonly OperationKind[] = ['get', 'put', 'delete', 'insert', 'readModifyWrite'];

for (const preset of presets) {
  test(`preset ${preset.name}: what is drawn has the mix, the skew and the sizes that it states`, () => {
    const { popularity, mix, valueBytes } = preset;
    const keySpace = new KeySpace({ n: KEYS, scrambleSeed: 3 });
    const isLatest = popularity.kind === 'latest';
    const workload = workloadOf(preset, { keys: KEYS, seed: 3, ...(isLatest ? {} : { keySpace }) });
    const prng = new Prng(11);
    const operation = new Operation();
    const kinds = new Map<OperationKind, number>();
    const byKey = new Map<number, number>();
    for (let i = 0; i < DRAWS; i++) {
      workload.next(prng, operation);
      const { kind, key } = operation;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      byKey.set(key, (byKey.get(key) ?? 0) + 1);
      const writes = kind !== 'get' && kind !== 'delete';
      assert.equal(operation.valueBytes, writes && valueBytes.kind === 'constant' ? valueBytes.bytes : 0);
    }
    const states = KINDS.filter((kind) => (mix[kind] ?? 0) > 0);
    const counts = states.map((kind) => kinds.get(kind) ?? 0);
    assert.equal(sum(counts), DRAWS, 'no kind but those of the mix');
    if (states.length > 1)
      assertFits(
        counts,
        states.map((kind) => mix[kind] ?? 0),
      );
    if (isLatest) return; // The key distribution has tests of its own, with keys that grow.
    const ranks = ranksOf(popularity, KEYS);
    const hottest = Array.from({ length: HOTTEST }, (_, rank) => byKey.get(keySpace.keyOf(rank)) ?? 0);
    assertFits(
      [...hottest, DRAWS - sum(hottest)],
      [...hottest.map((_, rank) => ranks.probability(rank)), 1 - ranks.headShare(HOTTEST)],
    );
  });
}

for (const format of TRACE_FORMATS) {
  test(`${format} trace: one that was written from a preset is read as the same operations`, () => {
    for (const name of ['ycsb-a', 'ycsb-d', 'ycsb-f', 'twitter-cluster14', 'twitter-cluster25']) {
      const preset = presetWorkload(name);
      const drawAgain = { keys: 500, seed: 4 };
      const keyNames = keyNamesOf(preset);
      const options = { format, operations: 300, prng: new Prng(9), keyNames };
      const lines = [...traceLines(workloadOf(preset, drawAgain), options)];
      const { operations } = readTrace(format, lines.join('\n'));
      const drawn: string[] = [];
      const workload = workloadOf(preset, drawAgain);
      const prng = new Prng(9);
      const operation = new Operation();
      for (let i = 0; i < 300; i++) {
        workload.next(prng, operation);
        const { kind, key, valueBytes } = operation;
        if (kind === 'insert') workload.settle(key);
        if (kind === 'readModifyWrite') drawn.push(`get ${keyNames.format(key)} 0`);
        const written = kind === 'insert' || kind === 'readModifyWrite' ? 'put' : kind;
        drawn.push(`${written} ${keyNames.format(key)} ${valueBytes}`);
      }
      const read = operations.map(({ kind, keyText, valueBytes }) => `${kind} ${keyText} ${valueBytes}`);
      assert.deepEqual(read, drawn, name);
    }
  });
}

test('presets: every one has a name of its own, a mix of 1 and a source', () => {
  assert.equal(new Set(presets.map(({ name }) => name)).size, presets.length);
  for (const { mix, source } of presets) {
    assert.ok(Math.abs(sum(Object.values(mix)) - 1) < 1e-9);
    assert.ok(source.length > 0);
  }
  assert.equal(presetWorkload('YCSB-A').name, 'ycsb-a');
  assert.deepEqual(presetWorkload('twitter-cluster12'), profileWorkload('cluster12'));
});

test('twitter profiles: shares are scaled to 1, and memcached operations become those of the rack', () => {
  const near = (actual: number | undefined, expected: number): boolean =>
    Math.abs((actual ?? 0) - expected) < 1e-12;
  const { mix } = profileWorkload('cluster25');
  assert.ok(near(mix.get, 0.97 / 1.01) && near(mix.put, 0.04 / 1.01), '0.95 + 0.02 and 0.02 + 0.02 of 1.01');
  assert.ok(near(profileWorkload('twitter-cluster14').mix.delete, 0.22));
  assert.ok(near(profileWorkload('cluster17').mix.get, 1));
  assert.deepEqual(profileWorkload('cluster31').popularity, { kind: 'uniform' });
  assert.ok(twitterProfiles.every(({ operations }) => sum(Object.values(operations)) > 0.97));
});

test('presets: YCSB E and names that there are not are refused with the reason', () => {
  assert.throws(() => presetWorkload('ycsb-e'), {
    message: /^YCSB E needs range scans, and the rack has none/,
  });
  assert.throws(() => presetWorkload('ycsb-z'), {
    message: /^there is no preset "ycsb-z"; use one of ycsb-a, ycsb-b, .*, twitter-cluster54$/,
  });
  assert.throws(() => profileWorkload('cluster43'), {
    message: /no preset "cluster43"; use one of cluster6, /,
  });
});

test('workload description: sizes vary as they are said to', () => {
  const prng = new Prng(5);
  const operation = new Operation();
  const drawn = (valueBytes: Parameters<typeof workloadOf>[0]['valueBytes']): number[] => {
    const workload = workloadOf(
      { ...presetWorkload('ycsb-a'), mix: { put: 1 }, valueBytes },
      { keys: 10, seed: 1 },
    );
    return Array.from({ length: 1_000 }, () => (workload.next(prng, operation), operation.valueBytes));
  };
  const uniform = drawn({ kind: 'uniform', bytesMin: 5, bytesMax: 8 });
  assert.deepEqual([...new Set(uniform)].toSorted(), [5, 6, 7, 8]);
  const etc = drawn({ kind: 'facebook-etc', bytesMax: 400 });
  assert.ok(Math.max(...etc) === 400 && new Set(etc).size > 100);
});

test('workload description: keys have the width that is said', () => {
  for (const [keyBytes, first] of [
    [2, 'u7'],
    [10, 'u000000007'],
    [16, 'user000000000007'],
    [20, 'user----000000000007'],
  ] as const) {
    assert.equal(keyNamesOf({ keyBytes }).format(7), first);
  }
  assert.equal(keyNamesOf({ keyBytes: 255 }).format(7).length, 255);
  assert.throws(() => keyNamesOf({ keyBytes: 256 }), WorkloadError);
});

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
