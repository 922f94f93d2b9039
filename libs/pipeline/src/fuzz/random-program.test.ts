import { Prng } from '@ballast/base';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkProgram } from '../check.ts';
import { HEADROOM_BYTES } from '@ballast/base';
import { printProgram } from './print-program.ts';
import { randomProgram } from './random-program.ts';
import { assertWellTyped } from './well-typed.ts';

const PROGRAMS = 400;

test('fuzz: every random program passes the checks and is as the DSL would have built it', () => {
  for (let seed = 0; seed < PROGRAMS; seed++) {
    const program = randomProgram(new Prng(seed));
    assert.doesNotThrow(() => checkProgram(program), `seed ${seed}`);
    assert.doesNotThrow(() => assertWellTyped(program), `seed ${seed}`);
  }
});

test('fuzz: equal seeds give equal programs', () => {
  for (let seed = 0; seed < 20; seed++) {
    assert.equal(printProgram(randomProgram(new Prng(seed))), printProgram(randomProgram(new Prng(seed))));
  }
});

test('fuzz: what a random program pushes on all of its passes fits the headroom', () => {
  for (let seed = 0; seed < PROGRAMS; seed++) {
    const { headers, recirculationsMax } = randomProgram(new Prng(seed));
    const added = headers.filter((h) => h.added).reduce((sum, h) => sum + h.type.bytes, 0);
    // Once a pass, and once in the egress part.
    assert.ok(added * (recirculationsMax + 2) <= HEADROOM_BYTES, `seed ${seed}: ${added} bytes`);
  }
});
