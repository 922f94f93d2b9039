/**
 * The parser of a program: an acyclic graph of states, each extracting one header and choosing the next
 * state by fields. A frame that ends early stops the parser; what was extracted stays valid.
 */
import { present } from '@ballast/base';
import type { HeaderType } from '@ballast/wire';
import { whyInexact } from './expression.ts';
import { requirePlainName } from './plain-name.ts';
import { faultsOf } from './program-error.ts';

/** A value, or a value under a mask (bits that are 0 in the mask do not matter). */
export type SelectValue =
  number | bigint | { readonly value: number | bigint; readonly mask: number | bigint };

export interface SelectCase {
  /** One per field of the select, in its order; the first case that matches wins. */
  readonly match: readonly SelectValue[];
  readonly next: string;
}

export interface ParserState {
  /** The header that this state extracts; also the name of the state. */
  readonly header: string;
  /** 'header.field' of this header or of one extracted before on every path. Empty: no choice. */
  readonly on: readonly string[];
  readonly cases: readonly SelectCase[];
  /** When no case matches; null: parsing ends here. */
  readonly otherwise: string | null;
}

export interface ParserGraph {
  readonly start: string;
  /** By name, in topological order. */
  readonly states: readonly ParserState[];
  readonly types: Readonly<Record<string, HeaderType>>;
  /** Byte offset of each header when it is the same on every path, else null. */
  readonly offsets: Readonly<Record<string, number | null>>;
  /** For each header, those that are valid whenever it is (itself included): its dominators. */
  readonly implied: Readonly<Record<string, ReadonlySet<string>>>;
}

export interface StateSpec {
  readonly on?: readonly string[];
  readonly cases?: readonly SelectCase[];
  readonly otherwise?: string;
}

/** Parsers share their headers' types with the DSL through this. */
export interface PacketFormat<H extends Record<string, HeaderType>> {
  readonly headers: H;
  readonly graph: ParserGraph;
}

/**
 * Declares a packet format: its headers by instance name, and one state per header.
 *
 * @param name for error messages
 * @param headers instance name -> header type
 * @param states instance name -> how to go on after it; a header without an entry ends the parse
 */
export function packetFormat<const H extends Record<string, HeaderType>>(
  name: string,
  headers: H,
  start: keyof H & string,
  states: { readonly [K in keyof H]?: StateSpec },
): PacketFormat<H> {
  const fault = faultsOf(name);
  const stray = Object.keys(states).find((state) => !(state in headers));
  if (stray !== undefined) throw fault('PARSER', `state ${stray}`, 'is of no header of the format');
  const specs = new Map<string, ParserState>();
  for (const header of Object.keys(headers)) {
    requirePlainName(header, 'header', fault);
    const spec = states[header] ?? {};
    specs.set(header, {
      header,
      on: spec.on ?? [],
      cases: spec.cases ?? [],
      otherwise: spec.otherwise ?? null,
    });
  }
  const ordered = topological(name, start, specs);
  const implied = dominators(start, ordered);
  for (const state of ordered)
    checkSelect(name, state, headers, present(implied[state.header], 'every state has dominators'));
  const graph: ParserGraph = {
    start,
    states: ordered,
    types: headers,
    offsets: offsetsOf(start, ordered, headers),
    implied,
  };
  return { headers, graph };
}

/** The states that may follow a state, each once. */
export function successors(state: ParserState): string[] {
  const next = new Set(state.cases.map((c) => c.next));
  if (state.otherwise !== null) next.add(state.otherwise);
  return [...next];
}

/** Splits 'header.field'. */
export function fieldPath(path: string): { header: string; field: string } {
  const dot = path.indexOf('.');
  return { header: path.slice(0, dot), field: path.slice(dot + 1) };
}

function topological(name: string, start: string, specs: ReadonlyMap<string, ParserState>): ParserState[] {
  const fault = faultsOf(name);
  const done: ParserState[] = [];
  const mark = new Map<string, 'open' | 'done'>();
  const visit = (header: string, from: string): void => {
    const state = specs.get(header);
    if (state === undefined)
      throw fault('PARSER', `state ${from}`, `goes on to ${header}, which is no header of the format`);
    if (mark.get(header) === 'open')
      throw fault('PARSER', `state ${header}`, 'can be reached from itself; parsers are acyclic');
    if (mark.get(header) === 'done') return;
    mark.set(header, 'open');
    // Later cases first, so that in the finished order the first case of a state comes first.
    for (const next of successors(state).reverse()) visit(next, header);
    mark.set(header, 'done');
    done.push(state);
  };
  visit(start, 'start');
  for (const header of specs.keys()) {
    if (!mark.has(header))
      throw fault('PARSER', `header ${header}`, 'is never extracted: no state leads to it');
  }
  return done.reverse();
}

function dominators(start: string, ordered: readonly ParserState[]): Record<string, ReadonlySet<string>> {
  const implied = new Map<string, Set<string>>([[start, new Set([start])]]);
  for (const state of ordered) {
    const mine = present(implied.get(state.header), 'states come in topological order');
    for (const next of successors(state)) {
      const before = implied.get(next);
      const through = before === undefined ? new Set(mine) : new Set([...before].filter((h) => mine.has(h)));
      through.add(next);
      implied.set(next, through);
    }
  }
  return Object.fromEntries(implied);
}

function offsetsOf(
  start: string,
  ordered: readonly ParserState[],
  types: Record<string, HeaderType>,
): Record<string, number | null> {
  const offsets: Record<string, number | null> = { [start]: 0 };
  for (const state of ordered) {
    const mine = offsets[state.header];
    const after =
      mine === null || mine === undefined
        ? null
        : mine + present(types[state.header], 'states have types').bytes;
    for (const next of successors(state)) {
      offsets[next] = next in offsets && offsets[next] !== after ? null : after;
    }
  }
  return offsets;
}

function checkSelect(
  name: string,
  state: ParserState,
  types: Record<string, HeaderType>,
  known: ReadonlySet<string>,
): void {
  const fault = faultsOf(name);
  const construct = `state ${state.header}`;
  const widths = state.on.map((path) => {
    const { header, field } = fieldPath(path);
    const layout = types[header]?.fields[field];
    if (layout === undefined)
      throw fault('PARSER', construct, `selects on ${path}, which is no field of the format`);
    if (!known.has(header)) {
      throw fault(
        'PARSER',
        construct,
        `selects on ${path}, but ${header} is not extracted on every path to it`,
      );
    }
    return layout.width;
  });
  const twice = state.on.find((path, i) => state.on.indexOf(path) < i);
  if (twice !== undefined) throw fault('PARSER', construct, `selects on ${twice} twice`);
  if (state.on.length === 0 && state.cases.length > 0)
    throw fault('PARSER', construct, 'has cases but selects on no field');
  for (const { match, next } of state.cases) {
    if (match.length !== widths.length) {
      throw fault(
        'PARSER',
        construct,
        `the case to ${next} has ${match.length} values for ${widths.length} fields`,
      );
    }
    match.forEach((value, i) => {
      const width = widths[i]!;
      const parts = typeof value === 'object' ? [value.value, value.mask] : [value];
      for (const part of parts) {
        const inexact = whyInexact(part);
        if (inexact !== null) throw fault('WIDTH', construct, `${part} ${inexact}`);
        if (BigInt(part) < 0n || BigInt(part) >> BigInt(width) !== 0n) {
          throw fault('WIDTH', construct, `${part} does not fit ${state.on[i]}, which has ${width} bits`);
        }
      }
    });
  }
}
