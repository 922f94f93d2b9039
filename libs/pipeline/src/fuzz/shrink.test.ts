import { Prng } from '@ballast/base';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Program } from '../ir.ts';
import { interpretTarget } from '../interpret/interpreter.ts';
import { visitBlock } from '../lower/walk.ts';
import type { FuzzCase, FuzzStep } from './execution.ts';
import { randomProgram } from './random-program.ts';
import { type Disagreement, runCase } from './run-case.ts';
import { isSound, shrink } from './shrink.ts';
import { withoutUnused } from './unused-state.ts';

function multiplies(program: Program): boolean {
  let found = false;
  visitBlock(program.ingress, { expr: (e) => (found ||= e.kind === 'binary' && e.op === 'mul') });
  return found;
}

function packetOf(...bytes: number[]): FuzzStep {
  const filled = new Uint8Array(60).fill(0x11);
  filled.set(bytes, 14);
  return { kind: 'packet', bytes: filled, ingressPort: 3, now: 77, copies: [{ port: 1, replica: 1 }] };
}

const disagreement: Disagreement = {
  target: 'other',
  step: 0,
  difference: { path: '', expected: '', actual: '' },
  expected: { kind: 'write', refused: null },
  actual: { kind: 'write', refused: null },
};

/** Fails when the program multiplies and some packet has 0xbe at offset 14. */
function failsOnBe(candidate: FuzzCase): Disagreement | null {
  const hasBe = candidate.steps.some((s) => s.kind === 'packet' && s.bytes[14] === 0xbe);
  return hasBe && multiplies(candidate.program) ? disagreement : null;
}

function programThat(holds: (program: Program) => boolean): Program {
  for (let seed = 0; ; seed++) {
    const program = randomProgram(new Prng(seed));
    if (holds(program) && program.ingress.length > 3) return program;
  }
}

test('shrink: a failure that takes one statement and one byte is left with little else', () => {
  const original: FuzzCase = {
    program: programThat((p) => multiplies(p) && p.tables.length > 0 && p.egress !== null),
    load: { seed: 9, cacheMode: 'alwaysMiss' },
    steps: [packetOf(1), packetOf(0xbe, 0xef), packetOf(2), packetOf(0xbe)],
  };
  const { case: small } = shrink(original, disagreement, { fails: failsOnBe, triesMax: 5000 });
  assert.ok(isSound(small.program));
  assert.ok(multiplies(small.program));
  assert.equal(small.program.egress, null);
  assert.equal(small.program.ingress.length, 2, 'what multiplies, and an outcome');
  assert.deepEqual(small.program.tables, []);
  assert.deepEqual(small.load, { seed: 1, cacheMode: 'directMapped' });
  assert.equal(small.steps.length, 1);
  const [step] = small.steps;
  assert.ok(step?.kind === 'packet');
  assert.equal(step.bytes.length, 15);
  assert.deepEqual([...step.bytes.subarray(0, 14)], new Array(14).fill(0));
  assert.deepEqual(step.copies, []);
  assert.equal(step.ingressPort, 0);
});

test('shrink: every candidate taken is a program that the checks accept', () => {
  for (let seed = 0; seed < 5; seed++) {
    const original: FuzzCase = { program: randomProgram(new Prng(seed)), load: {}, steps: [packetOf(0xbe)] };
    const taken: Program[] = [];
    const fails = (candidate: FuzzCase): Disagreement | null => {
      taken.push(candidate.program);
      return taken.length % 3 === 0 ? disagreement : null;
    };
    shrink(original, disagreement, { fails, triesMax: 300 });
    assert.ok(taken.length > 0);
    assert.ok(taken.every(isSound));
  }
});

test('shrink: tries are bounded', () => {
  const original: FuzzCase = { program: randomProgram(new Prng(1)), load: {}, steps: [packetOf(1)] };
  let calls = 0;
  const fails = (): null => {
    calls++;
    return null;
  };
  assert.equal(shrink(original, disagreement, { fails, triesMax: 10 }).tries, 10);
  assert.equal(calls, 10);
});

test('shrink: what nothing uses leaves the program and the writes, and nothing else changes', () => {
  for (let seed = 0; seed < 30; seed++) {
    const program = randomProgram(new Prng(seed));
    const slim = withoutUnused({ program, load: {}, steps: [packetOf(1), packetOf(2)] });
    assert.ok(isSound(slim.program), `seed ${seed}`);
    assert.equal(runCase([interpretTarget, interpretTarget], slim), null);
  }
});
