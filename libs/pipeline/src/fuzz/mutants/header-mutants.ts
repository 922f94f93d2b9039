/** Bugs with headers, parsers and outcomes. */
import { present } from '@ballast/base';
import { type Program, type Statement, type VariableExpr } from '../../ir.ts';
import { visitBlock } from '../../lower/walk.ts';
import type { SelectCase } from '../../parser-graph.ts';
import { onesOf } from '../random-values.ts';
import { mapStatements } from '../tree-map.ts';
import { type Mutant, nodeMutant, programMutant } from './mutant.ts';
import { byteSwapped, constant, isEqual, mux } from './nodes.ts';

export const HEADER_MUTANTS: readonly Mutant[] = [
  nodeMutant('store-little-endian', 'fields of 16 and 32 bits are written least significant byte first', {
    statement: (s) => {
      if (s.kind !== 'set' || s.target.kind !== 'field' || (s.target.width !== 16 && s.target.width !== 32))
        return null;
      return [{ ...s, value: byteSwapped(s.value) }];
    },
  }),
  nodeMutant('push-not-zeroed', 'the last field of a pushed header starts with what was in memory', {
    statement: (s, { program }) => (s.kind === 'push' ? [s, lastFieldSet(program, s.header)] : null),
  }),
  nodeMutant('pop-forgotten', 'a popped header stays in the packet', {
    statement: (s) => (s.kind === 'pop' ? [] : null),
  }),
  programMutant('valid-after-pop', 'a popped header still counts as valid', validAsParsed),
  programMutant('select-mask-ignored', 'the parser compares all bits of a masked select', (program) => {
    return withCases(program, (cases) => cases.map((c) => ({ ...c, match: c.match.map(unmasked) })));
  }),
  programMutant('select-last-case', 'of several matching cases the parser takes the last', (program) => {
    return withCases(program, (cases) => cases.toReversed());
  }),
  programMutant('select-otherwise-ignored', 'the parser ends where no case matches', (program) => {
    const { parser } = program;
    if (!parser.states.some((s) => s.otherwise !== null && s.cases.length > 0)) return null;
    const states = parser.states.map((s) => (s.cases.length > 0 ? { ...s, otherwise: null } : s));
    return { ...program, parser: { ...parser, states } };
  }),
  programMutant('recirculation-limit', 'a packet may recirculate once too often', (program) => {
    return program.recirculationsMax === 0
      ? null
      : { ...program, recirculationsMax: program.recirculationsMax + 1 };
  }),
  nodeMutant('drop-reason', 'drops count under the reason declared next', {
    statement: (s, { program: { dropReasons } }) => {
      if (s.kind !== 'drop') return null;
      const next = dropReasons[(dropReasons.indexOf(s.reason) + 1) % dropReasons.length];
      return [{ ...s, reason: present(next, 'targets have reasons of their own') }];
    },
  }),
];

function lastFieldSet(program: Program, header: string): Statement {
  const { type } = present(
    program.headers.find((h) => h.name === header),
    'pushed headers are declared',
  );
  const { name, width } = present(type.layout.at(-1), 'headers have fields');
  return {
    kind: 'set',
    target: { kind: 'field', width, header, field: name },
    value: constant(onesOf(width), width),
  };
}

function unmasked(value: SelectCase['match'][number]): SelectCase['match'][number] {
  return typeof value === 'object' && BigInt(value.mask) !== 0n ? value.value : value;
}

/** The program with other cases in its parser; null when they come out as they were. */
function withCases(
  program: Program,
  change: (cases: readonly SelectCase[]) => readonly SelectCase[],
): Program | null {
  const { parser } = program;
  const states = parser.states.map((s) => ({ ...s, cases: change(s.cases) }));
  const same = (a: SelectCase, b: SelectCase | undefined): boolean => {
    return a.next === b?.next && a.match.every((value, i) => value === b.match[i]);
  };
  const isSame = parser.states.every((s, i) => s.cases.every((c, j) => same(c, states[i]!.cases[j])));
  return isSame ? null : { ...program, parser: { ...parser, states } };
}

/** Asks for a header that the program pops as it was when the packet came in. */
function validAsParsed(program: Program): Program | null {
  const [popped, asked] = [new Set<string>(), new Set<string>()];
  visitBlock(program.ingress, {
    statement: (s) => s.kind === 'pop' && popped.add(s.header),
    bool: (b) => b.kind === 'valid' && asked.add(b.header),
  });
  const header = program.headers.find((h) => !h.added && popped.has(h.name) && asked.has(h.name))?.name;
  if (header === undefined) return null;
  const was: VariableExpr = { kind: 'variable', width: 1, name: `${header}_was_valid` };
  const note: Statement = {
    kind: 'set',
    target: was,
    value: mux({ kind: 'valid', header }, constant(1n, 1), constant(0n, 1)),
  };
  const ingress = mapStatements(program.ingress, {
    bool: (b) => (b.kind === 'valid' && b.header === header ? isEqual(was, 1n) : b),
  });
  const variables = [...program.variables, { name: was.name, width: 1, maximum: 1n }];
  return { ...program, variables, ingress: [note, ...ingress] };
}
