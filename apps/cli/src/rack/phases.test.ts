import assert from 'node:assert/strict';
import { test } from 'node:test';
import { presetWorkload } from '@ballast/workload';
import { FLAGS, RACK_FLAGS } from '../../testing/rack-up-flags.ts';
import { modelOf } from './model.ts';
import { keptPhase, loadOf, phasesOf, rackOptionsOf } from './phases.ts';
import { rackUpOptions } from './rack.ts';

const names = (changes: object): string[] =>
  phasesOf(rackUpOptions({ ...FLAGS, ...changes })).map(({ label, system }) => `${label}, ${system}`);

test('phases: uniform, then skewed, each with hashing and then with Pegasus, in the seconds given', () => {
  assert.deepEqual(names({}), [
    'uniform, hashing',
    'uniform, pegasus',
    'Zipf 1.2, hashing',
    'Zipf 1.2, pegasus',
  ]);
  assert.deepEqual(names({ system: 'pegasus' }), ['uniform, pegasus', 'Zipf 1.2, pegasus']);
  const seconds = phasesOf(rackUpOptions({ ...FLAGS, seconds: 60 })).map((phase) => phase.seconds);
  assert.deepEqual(seconds, [10, 10, 20, 20]);
});

test('phases: a trace takes the place of both workloads', () => {
  assert.deepEqual(names({ workload: 'some/trace.csv' }), ['trace.csv, hashing', 'trace.csv, pegasus']);
});

test('phases: a preset takes the place of both workloads, with keys of its own width', () => {
  const preset = presetWorkload('twitter-cluster25');
  const options = rackUpOptions(RACK_FLAGS, preset);
  assert.deepEqual(
    phasesOf(options).map(({ label, system, seconds }) => [label, system, seconds]),
    [
      ['twitter-cluster25', 'hashing', 2],
      ['twitter-cluster25', 'pegasus', 2],
    ],
  );
  const phase = keptPhase({ ...options, keep: true });
  assert.equal(phase.workload, 'preset');
  const rack = rackOptionsOf(phase, loadOf(phase, options), options, modelOf(options));
  assert.equal(rack.keyNames?.bytesMax, 49);
});

test('phases: a rack that is kept comes after the phases, or at once when one system was chosen', () => {
  assert.equal(names({ keep: true }).length, 4);
  assert.deepEqual(names({ keep: true, system: 'hashing' }), []);
  assert.equal(keptPhase(rackUpOptions({ ...FLAGS, keep: true })).system, 'pegasus');
  assert.equal(keptPhase(rackUpOptions({ ...FLAGS, keep: true, system: 'hashing' })).system, 'hashing');
});

test('phases: both systems get the same seed and load, and a history only where it was asked for', () => {
  const made = (changes: object): ReturnType<typeof rackOptionsOf>[] => {
    const options = rackUpOptions({ ...FLAGS, ...changes });
    return phasesOf(options).map((phase) => {
      return rackOptionsOf(phase, loadOf(phase, options), options, modelOf(options));
    });
  };
  const [hashing, pegasus] = made({});
  assert.deepEqual(
    { ...hashing, system: null, workload: null },
    { ...pegasus, system: null, workload: null },
  );
  assert.ok(made({}).every(({ history }) => history === false));
  assert.ok(made({ check: true }).every(({ history }) => history === true));
});

test('phases: values that a standard packet cannot hold get larger packets', () => {
  const options = rackUpOptions({ ...FLAGS, valueBytes: 4_000 });
  const [phase] = phasesOf(options);
  assert.ok(phase !== undefined);
  assert.equal(rackOptionsOf(phase, loadOf(phase, options), options, modelOf(options)).mtuBytes, 9_000);
});
