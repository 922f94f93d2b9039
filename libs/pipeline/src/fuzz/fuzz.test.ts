import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPcap } from '@ballast/wire';
import { interpretTarget } from '../interpret/interpreter.ts';
import { jsTarget } from '../js/js-target.ts';
import type { Program } from '../ir.ts';
import { divergenceText } from './divergence.ts';
import { fuzz } from './fuzz.ts';
import { MUTANTS } from './mutants/fuzz-mutants.ts';
import { fuzzReportText, plainFuzzReport } from './report.ts';
import { isSound } from './shrink.ts';

const SEED = 20_261_123;

/** js with a bug planted wherever the bug finds something to bite. */
function jsWith(mutant: string): typeof jsTarget {
  const planted = MUTANTS.find((m) => m.name === mutant)!;
  return {
    name: 'js',
    load: (program: Program, options) =>
      (planted.plant(jsTarget, program) ?? jsTarget).load(program, options),
  };
}

test('fuzz: interpreter and js agree on random programs, and every construct is reached', () => {
  const report = fuzz({ targets: [interpretTarget, jsTarget], seed: SEED, budget: { packets: 8000 } });
  assert.deepEqual(report.found.map(divergenceText), []);
  assert.deepEqual(report.coverage.unreached, []);
  assert.ok(report.randomPrograms > 100);
  const { outcomes, drops, answers, control, earlyDropRatio } = report.coverage;
  for (const outcome of [
    'forward',
    'multicast',
    'drop',
    'controller',
    'pass',
    'copy emitted',
    'copy dropped',
  ]) {
    assert.ok((outcomes[outcome] ?? 0) > 50, outcome);
  }
  for (const reason of ['by the program', 'runt_frame', 'recirculation_limit', 'egress, by the program']) {
    assert.ok((drops[reason] ?? 0) > 10, reason);
  }
  assert.ok(earlyDropRatio < 0.25);
  const possible = [
    ...[
      'slotLookup done',
      'slotLookup absent',
      'slotUpdate done',
      'slotUpdate absent',
      'cacheGet hit',
      'cacheGet miss',
    ],
    ...['slotInsert done', 'slotInsert exists', 'slotInsert full'],
    ...['slotRemove done', 'slotRemove exists', 'slotRemove absent'],
  ];
  for (const answer of possible) assert.ok((answers[answer] ?? 0) > 0, answer);
  for (const code of ['ALREADY_EXISTS', 'NOT_FOUND', 'RESOURCE_EXHAUSTED', 'INVALID_ARGUMENT']) {
    assert.ok((control[`write ${code}`] ?? 0) > 0, code);
  }
});

test('fuzz: equal seeds give equal reports', () => {
  const run = (): string => {
    const report = fuzz({ targets: [interpretTarget, jsTarget], seed: 7, budget: { packets: 600 } });
    return JSON.stringify(plainFuzzReport(report)) + fuzzReportText(report);
  };
  assert.equal(run(), run());
});

test('fuzz: a clock that has run out ends the run', () => {
  let elapsed = 0;
  const clock = { elapsedNs: () => (elapsed += 10), untilNs: 45 };
  const report = fuzz({ targets: [interpretTarget, jsTarget], seed: 1, budget: { clock } });
  assert.equal(report.cases, 4);
});

test('fuzz: a divergence is shrunk, told in text and as a capture, and replays from its seed alone', () => {
  const targets = [interpretTarget, jsWith('carry-lost')] as const;
  const report = fuzz({ targets, seed: 5, budget: { packets: 20_000 }, divergencesMax: 1 });
  const [found] = report.found;
  assert.ok(found !== undefined);
  assert.equal(found.target, 'js');
  assert.ok(isSound(found.shrunk.program));
  assert.match(found.program, / \+ /);
  assert.ok(found.program.split('\n').length < 25, found.program);
  const packets = found.shrunk.steps.flatMap((s) => (s.kind === 'packet' ? [s.bytes] : []));
  assert.deepEqual(
    [...readPcap(found.pcap)].map((record) => record.bytes),
    packets,
  );
  assert.match(divergenceText(found), new RegExp(`replay with seed ${found.caseSeed}`));

  const again = fuzz({ targets, seed: found.caseSeed, budget: { packets: 1 }, divergencesMax: 1 });
  assert.equal(again.cases, 1);
  assert.deepEqual(plainFuzzReport(again).found, plainFuzzReport(report).found);
});

test('fuzz: a target that throws, in loading or later, diverges', () => {
  const broken = {
    name: 'broken',
    load: () => {
      throw new Error('no code for this');
    },
  };
  const report = fuzz({
    targets: [interpretTarget, broken],
    seed: 1,
    budget: { packets: 100 },
    divergencesMax: 1,
  });
  assert.match(report.found[0]!.summary, /threw/);
  assert.match(report.found[0]!.actual, /no code for this/);
});
