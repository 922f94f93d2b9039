import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FLAGS } from '../../testing/rack-up-flags.ts';
import { rackUpOptions } from './rack.ts';

test('rack up: what is left out is null or false', () => {
  const { rate: _, ...flags } = FLAGS;
  const { rate, workload, history, keep, json, check } = rackUpOptions(flags);
  assert.deepEqual(
    { rate, workload, history, keep, json, check },
    { rate: null, workload: null, history: null, keep: false, json: false, check: false },
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

test('rack up: more values than fit the process are refused with both numbers', () => {
  assert.throws(() => rackUpOptions({ ...FLAGS, keys: 1_000_000, valueBytes: 8_800 }), {
    name: 'UsageError',
    message: /--keys 1000000 of --value-bytes 8800 are 8393 MiB of values; at most 512 MiB/,
  });
});
