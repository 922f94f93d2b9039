import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseParameters } from '../parameters.ts';
import { parameterLines } from './parameter-lines.ts';

const SPECS = {
  keys: { kind: 'integer', help: '', min: 1, max: 1e7, default: 1_000_000 },
  service: { kind: 'choice', help: '', choices: ['constant'], default: 'constant' },
  zipf: { kind: 'numbers', help: '', min: 0, max: 3, default: [0.5, 1.25] },
} as const;
const PARAMETERS = parseParameters(SPECS, {});

test('parameter lines: every parameter is there once, lines no longer than asked', () => {
  const lines = parameterLines(SPECS, PARAMETERS, { without: [], columnsMax: 35 });
  assert.deepEqual(lines, ['keys 1,000,000 · service constant', 'zipf 0.5, 1.25']);
});

test('parameter lines: what an axis shows is left out', () => {
  const lines = parameterLines(SPECS, PARAMETERS, { without: ['zipf', 'keys'], columnsMax: 5 });
  assert.deepEqual(lines, ['service constant']);
});
