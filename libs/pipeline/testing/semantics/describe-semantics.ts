/**
 * The semantics of packet programs as tests of one target: what `interpret` defines, every target must do.
 */
import { test } from 'node:test';
import type { Target } from '../../src/index.ts';
import type { SemanticsArea } from './case.ts';
import { checksums } from './checksums.ts';
import { controlFlow } from './control-flow.ts';
import { encapsulation } from './encapsulation.ts';
import { expressions } from './expressions.ts';
import { outcomeAreas } from './outcomes.ts';
import { parser } from './parser.ts';
import { registers } from './registers.ts';
import { runCase } from './run-case.ts';
import { stores } from './stores.ts';
import { tables } from './tables.ts';

export const SEMANTICS: readonly SemanticsArea[] = [
  ...expressions,
  ...controlFlow,
  ...outcomeAreas,
  ...tables,
  ...registers,
  ...stores,
  ...parser,
  ...encapsulation,
  ...checksums,
];

/** One test a case, named after target, area and case. */
export function describeSemantics(target: Target): void {
  for (const { area, cases } of SEMANTICS) {
    for (const semanticsCase of cases) {
      test(`${target.name}: ${area}: ${semanticsCase.name}`, () => runCase(target, semanticsCase));
    }
  }
}
