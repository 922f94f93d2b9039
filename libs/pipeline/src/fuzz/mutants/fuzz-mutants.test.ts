import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interpretTarget } from '../../interpret/interpreter.ts';
import type { Program } from '../../ir.ts';
import { jsTarget } from '../../js/js-target.ts';
import { Outcome } from '../../target.ts';
import { mutantReportText, plainMutantReport } from '../report.ts';
import { fuzzMutants, MUTANTS } from './fuzz-mutants.ts';

/** Of each kind of planting: rewritten trees, wrapped targets, altered lowering, source, runtime, state. */
const SUBSET = [
  ...['carry-lost', 'compare-low-word', 'ctz-of-zero', 'select-mask-ignored', 'slot-exists-overwritten'],
  ...[
    'hash-modulus',
    'argmin-among-ignored',
    'update-reads-old',
    'recirculation-limit',
    'copies-share-buffer',
  ],
  ...['priority-reversed', 'checksum-carry-lost', 'udp-zero', 'checksum-outermost-forgotten', 'width-wrap'],
  ...['bounds-unchecked', 'push-moves-short', 'random-stands-still', 'prefix-shortest', 'prefix-heirless'],
];

test('mutants: a choice of planted bugs is found, each within 6000 packets', () => {
  const mutants = MUTANTS.filter((m) => SUBSET.includes(m.name));
  assert.equal(mutants.length, SUBSET.length);
  const report = fuzzMutants({
    oracle: interpretTarget,
    target: jsTarget,
    mutants,
    seed: 1,
    packetsMax: 6000,
  });
  assert.deepEqual(report.missed, [], mutantReportText(report));
  assert.ok(JSON.stringify(plainMutantReport(report)).includes('carry-lost'));
});

test('mutants: there are more than thirty, each with a name of its own', () => {
  assert.ok(MUTANTS.length > 30);
  assert.equal(new Set(MUTANTS.map((m) => m.name)).size, MUTANTS.length);
});

test('mutants: a bug that bites nothing is missed, not found', () => {
  const harmless = { name: 'harmless', bug: 'none', plant: () => jsTarget };
  const report = fuzzMutants({
    oracle: interpretTarget,
    target: jsTarget,
    mutants: [harmless],
    seed: 1,
    packetsMax: 300,
  });
  assert.deepEqual(report.missed, ['harmless']);
});

test('mutants: what the target gets wrong without the bug is no credit to the bug', () => {
  const broken = {
    name: 'broken',
    load: (program: Program) => {
      const instance = jsTarget.load(program);
      return Object.assign(Object.create(instance) as typeof instance, { process: () => Outcome.Pass });
    },
  };
  const mutant = { name: 'idle', bug: 'none', plant: () => broken };
  const report = fuzzMutants({
    oracle: interpretTarget,
    target: broken,
    mutants: [mutant],
    seed: 1,
    packetsMax: 40,
  });
  assert.deepEqual(report.missed, ['idle']);
});
