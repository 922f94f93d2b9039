import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureMutants } from './failure-mutants.ts';
import { moveMutants } from './move-mutants.ts';

for (const { name, parts, schedule, setting = {} } of [...failureMutants, ...moveMutants]) {
  test(`pegasus failure mutant: ${name}, is caught by a schedule that the rack as it is passes`, (t) => {
    assert.equal(schedule(setting), 'ok');
    const outcome = schedule({ ...setting, ...parts });
    t.diagnostic(outcome);
    assert.notEqual(outcome, 'ok');
  });
}
