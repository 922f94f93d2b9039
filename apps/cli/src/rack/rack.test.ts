import assert from 'node:assert/strict';
import { test } from 'node:test';
import { presetWorkload } from '@ballast/workload';
import { FLAGS, RACK_FLAGS } from '../../testing/rack-up-flags.ts';
import type { RackUpOptions } from './options.ts';
import { type RackUpFlags, rackUpOptions } from './rack.ts';

test('rack up: what is left out is null or false', () => {
  const { rate: _, ...flags } = FLAGS;
  const { rate, workload, history, keep, json, check, preset } = rackUpOptions(flags);
  assert.deepEqual(
    { rate, workload, history, keep, json, check, preset },
    { preset: null, rate: null, workload: null, history: null, keep: false, json: false, check: false },
  );
});

test('rack up: a history and a rack without an end exclude each other', () => {
  for (const changes of [{ check: true }, { history: 'h.jsonl' }]) {
    assert.throws(() => rackUpOptions({ ...FLAGS, ...changes, keep: true }), {
      name: 'UsageError',
      message: /^--(check|history) and --keep exclude each other/,
    });
  }
});

test('rack up: a preset says mix, skew and sizes, and flags win over it', () => {
  const given = presetWorkload('twitter-cluster14');
  const { preset, zipf, writeRatio, valueBytes } = rackUpOptions(RACK_FLAGS, given);
  assert.deepEqual(preset, given);
  assert.deepEqual([zipf, valueBytes, Number(writeRatio.toFixed(9))], [1.2959, 414, 0.35]);
  const changed = rackUpOptions({ ...RACK_FLAGS, zipf: 0, writeRatio: 0.1, valueBytes: 9 }, given);
  assert.deepEqual(changed.preset, {
    ...given,
    popularity: { kind: 'uniform' },
    mix: { get: 0.9, put: 0.1 },
    valueBytes: { kind: 'constant', bytes: 9 },
  });
  const latest = rackUpOptions({ ...RACK_FLAGS, zipf: 0.5 }, presetWorkload('ycsb-d'));
  assert.deepEqual(latest.preset?.popularity, { kind: 'latest', theta: 0.5 });
  const none = rackUpOptions(RACK_FLAGS);
  assert.deepEqual([none.preset, none.zipf, none.writeRatio, none.valueBytes], [null, 1.2, 0, 128]);
});

test('rack up: a preset whose values fit no packet is refused with the cure', () => {
  const large = presetWorkload('twitter-cluster37');
  assert.throws(() => rackUpOptions(RACK_FLAGS, large), {
    name: 'UsageError',
    message: /^--preset twitter-cluster37 has values of 20134 bytes, .* add --value-bytes, at most 8744 /,
  });
  assert.equal(rackUpOptions({ ...RACK_FLAGS, valueBytes: 8_744 }, large).valueBytes, 8_744);
});

test('rack up: flags that need another one, or exclude it, are refused', () => {
  assert.throws(() => rackUpOptions({ ...FLAGS, workload: 't' }, presetWorkload('ycsb-a')), {
    message: /^--workload and --preset exclude each other/,
  });
  assert.throws(() => rackUpOptions({ ...FLAGS, skipOversized: true }), {
    message: /^--skip-oversized is about a trace; add --workload FILE/,
  });
  assert.throws(() => rackUpOptions({ ...FLAGS, workloadFormat: 'ycsb' }), {
    message: /^--workload-format is/,
  });
});

test('rack up: more values than fit the process are refused with both numbers', () => {
  assert.throws(() => rackUpOptions({ ...FLAGS, keys: 1_000_000, valueBytes: 8_800 }), {
    name: 'UsageError',
    message: /--keys 1000000 of --value-bytes 8800 are 8393 MiB of values; at most 512 MiB/,
  });
});

test('rack up: a folder keeps one rack, at a level, until it is stopped', () => {
  const { system: _, ...flags } = FLAGS;
  const kept = ({ system, durability, keep, data }: RackUpOptions): unknown[] => [
    system,
    durability,
    keep,
    data,
  ];
  assert.deepEqual(kept(rackUpOptions(flags)), ['both', 'none', false, null]);
  assert.deepEqual(kept(rackUpOptions({ ...flags, data: 'd' })), ['pegasus', 'process', true, 'd']);
  const chosen = { ...flags, data: 'd', durability: 'disk', system: 'hashing' } as const;
  assert.deepEqual(kept(rackUpOptions(chosen)), ['hashing', 'disk', true, 'd']);
  const refused: [changes: Partial<RackUpFlags>, message: RegExp][] = [
    [{ durability: 'disk' }, /^--durability disk needs a place; add --data DIR/],
    [{ data: 'd', durability: 'none' }, /^--durability none keeps nothing in --data/],
    [{ data: 'd', system: 'both' }, /^--data keeps one rack, and --system both runs several/],
    [{ data: 'd', check: true }, /^--check and --data exclude each other/],
    [{ servers: 30, standby: 3 }, /^--servers 30 and --standby 3 are 33 servers; a rack has at most 32/],
  ];
  for (const [changes, message] of refused)
    assert.throws(() => rackUpOptions({ ...flags, ...changes }), { name: 'UsageError', message });
});
