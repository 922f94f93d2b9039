/** Simpler programs: each a small step from a given one, the boldest steps first. None is checked here. */
import { present } from '@ballast/base';
import type { Bool, Expr, Program, Statement, UpdateStatement } from '../ir.ts';
import { packetFormat, type ParserState, type StateSpec, successors } from '../parser-graph.ts';
import { onesOf } from './random-values.ts';
import { mapProgram, type TreeMap } from './tree-map.ts';

/** Every program that is one step simpler. */
export function* simplerPrograms(program: Program): Generator<Program> {
  if (program.egress !== null) yield { ...program, egress: null };
  yield* replacing(program, 'statement', simplerStatements);
  yield* replacing(program, 'update', simplerUpdates);
  yield* simplerParsers(program);
  if (program.recirculationsMax > 0) yield { ...program, recirculationsMax: program.recirculationsMax - 1 };
  yield* replacing(program, 'bool', simplerBools);
  yield* replacing(program, 'expr', simplerExprs);
}

/**
 * Each program with one node of a kind replaced, outer nodes first.
 *
 * Nodes are known by their number in the order in which `mapProgram` comes by them.
 */
function* replacing<K extends keyof TreeMap>(
  program: Program,
  kind: K,
  simpler: (node: Node<K>) => Replacement<K>[],
): Generator<Program> {
  const nodes: Node<K>[] = [];
  mapWith(program, kind, (node) => {
    nodes.push(node);
    return null;
  });
  for (let at = nodes.length - 1; at >= 0; at--) {
    for (const replacement of simpler(nodes[at]!)) {
      let number = 0;
      yield mapWith(program, kind, () => (number++ === at ? replacement : null));
    }
  }
}

type Node<K extends keyof TreeMap> = Parameters<NonNullable<TreeMap[K]>>[0];
type Replacement<K extends keyof TreeMap> = ReturnType<NonNullable<TreeMap[K]>>;

/** `mapProgram` with one kind of node mapped; null leaves a node. */
function mapWith<K extends keyof TreeMap>(
  program: Program,
  kind: K,
  map: (node: Node<K>) => Replacement<K> | null,
): Program {
  const isList = kind === 'statement' || kind === 'update';
  const apply = (node: Node<K>): unknown => map(node) ?? (isList ? [node] : node);
  return mapProgram(program, { [kind]: apply });
}

function simplerStatements(s: Statement): Statement[][] {
  switch (s.kind) {
    case 'if':
      return [[], [...s.then], [...s.otherwise]];
    case 'apply':
      return [[], [...s.miss], ...Object.values(s.branches).map((branch) => [...branch])];
    case 'forward':
    case 'emit':
    case 'drop':
      return [];
    case 'multicast':
    case 'controller':
    case 'pass':
    case 'recirculate':
      return [[{ kind: 'forward', port: { kind: 'const', width: 16, value: 0n } }]];
    case 'argmin':
      return [[], ...(s.among === null ? [] : [[{ ...s, among: null }]])];
    case 'slotRemove':
      return [[], ...(s.condition === null ? [] : [[{ ...s, condition: null }]])];
    case 'hash':
      return [[], ...(s.args.length === 1 ? [] : s.args.map((arg) => [{ ...s, args: [arg] }]))];
    case 'read':
    case 'slotLookup':
    case 'cacheGet':
      return [[], ...s.into.map((left) => [{ ...s, into: s.into.filter((each) => each !== left) }])];
    default:
      return [[]];
  }
}

function simplerUpdates(s: UpdateStatement): UpdateStatement[][] {
  return s.kind === 'if' ? [[], [...s.then], [...s.otherwise]] : [[]];
}

function simplerBools(b: Bool): Bool[] {
  const literals: Bool[] = [true, false].map((value) => ({ kind: 'literal', value }));
  switch (b.kind) {
    case 'literal':
      return b.value ? [{ kind: 'literal', value: false }] : [];
    case 'negation':
      return [...literals, b.of];
    case 'all':
    case 'any': {
      const fewer = b.of.map((left): Bool => ({ ...b, of: b.of.filter((part) => part !== left) }));
      return [...literals, ...b.of, ...(b.of.length > 1 ? fewer : [])];
    }
    default:
      return literals;
  }
}

function simplerExprs(e: Expr): Expr[] {
  const { width } = e;
  if (e.kind === 'const') {
    // Zero is simplest, then one; a single step each, so that shrinking ends.
    const values = e.value > 1n ? [0n, 1n] : e.value === 1n ? [0n] : [];
    return values.map((value) => ({ ...e, value }));
  }
  const constants = [0n, 1n, onesOf(width)].map((value): Expr => ({ kind: 'const', width, value }));
  return [...constants, ...childrenOf(e).flatMap((child) => asWideAs(child, e))];
}

function childrenOf(e: Expr): readonly Expr[] {
  switch (e.kind) {
    case 'binary':
      return [e.left, e.right];
    case 'concat':
      return e.parts;
    case 'mux':
      return [e.then, e.otherwise];
    case 'shift':
    case 'not':
    case 'slice':
    case 'extend':
    case 'ctz':
      return [e.value];
    default:
      return [];
  }
}

/** A child in its parent's place: as it is, or cut or filled up when the parent did more than that. */
function asWideAs(child: Expr, { kind, width }: Expr): Expr[] {
  if (child.width === width) return [child];
  if (child.width > width)
    return kind === 'slice' ? [] : [{ kind: 'slice', width, value: child, high: width - 1, low: 0 }];
  if (kind !== 'extend') return [{ kind: 'extend', width, value: child }];
  return child.kind === 'extend' ? [{ ...child, width }] : [];
}

/** The program with one way less through its parser. */
function* simplerParsers(program: Program): Generator<Program> {
  for (const state of program.parser.states) {
    for (const left of state.cases)
      yield withState(program, { ...state, cases: state.cases.filter((c) => c !== left) });
    if (state.otherwise !== null) yield withState(program, { ...state, otherwise: null });
  }
}

function withState(program: Program, changed: ParserState): Program {
  const { start, types } = program.parser;
  const states = new Map(
    program.parser.states.map((s) => [s.header, s.header === changed.header ? changed : s]),
  );
  const reached = new Set<string>();
  const visit = (name: string): void => {
    if (reached.has(name)) return;
    reached.add(name);
    successors(present(states.get(name), `state ${name} exists`)).forEach(visit);
  };
  visit(start);
  const names = program.parser.states.map((s) => s.header).filter((name) => reached.has(name));
  const specs = names.map((name): [string, StateSpec] => {
    const { on, cases, otherwise } = present(states.get(name), `state ${name} exists`);
    const select = cases.length === 0 ? {} : { on, cases };
    return [name, otherwise === null ? select : { ...select, otherwise }];
  });
  const kept = Object.fromEntries(names.map((name) => [name, present(types[name], 'states have types')]));
  const parser = packetFormat(program.name, kept, start, Object.fromEntries(specs)).graph;
  // An order that suited all ways of the parser suits those that are left.
  const extracted = program.headers.filter((h) => h.added || reached.has(h.name));
  return { ...program, parser, headers: extracted };
}
