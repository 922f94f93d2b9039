/** Which 16-bit words of which checksums a field's bits are added into. Rules: checksum-rules.ts. */
import { present } from '@ballast/base';
import type { FieldLayout, HeaderType } from '@ballast/wire';
import { checksumsOf, type ChecksumUse, PSEUDO_FIELDS, PSEUDO_LENGTH_FIELD } from '../checksum-rules.ts';
import type { Program } from '../ir.ts';
import { type ParserGraph, successors } from '../parser-graph.ts';
import type { ProgramFault } from '../program-error.ts';

/** Bits high ... low of a field, to be shifted left to their place in a 16-bit word. */
export interface Piece {
  readonly high: number;
  readonly low: number;
  readonly shift: number;
}

/** What one field adds to one checksum; null: some paths put it at odd, some at even distances from it. */
export interface Contribution {
  readonly use: ChecksumUse;
  readonly pieces: readonly Piece[] | null;
  /** By way of the pseudo header: counts only if the IP header in front is there. */
  readonly isPseudo: boolean;
}

/** Contributions by 'header.field'. A field may contribute twice to one checksum: UDP's length does. */
export type Coverage = ReadonlyMap<string, readonly Contribution[]>;

export const WORD_BITS = 16;
const PROTOCOL_BITS = 8;

/** Every incremental checksum of a program and what it covers, in the order in which they are settled. */
export function coverageOf(
  program: Program,
  fault: ProgramFault,
): { uses: readonly ChecksumUse[]; coverage: Coverage } {
  const uses = checksumsOf(program, fault);
  const coverage = new Map<string, Contribution[]>();
  const add = (header: string, field: FieldLayout, contribution: Contribution): void => {
    const key = `${header}.${field.name}`;
    coverage.set(key, [...(coverage.get(key) ?? []), contribution]);
  };
  const typeOf = (header: string): HeaderType =>
    present(program.parser.types[header], `${header} is extracted`);
  for (const use of uses) {
    if (use.added) continue;
    const type = typeOf(use.header);
    const cover = (header: string, field: FieldLayout, pieces: readonly Piece[] | null): void => {
      add(header, field, { use, pieces, isPseudo: false });
    };
    const coverPseudo = (header: string, field: FieldLayout): void => {
      // A protocol number is the lower byte of its word, whatever its place in the IP header.
      const bitOffset = field.width === PROTOCOL_BITS ? 8 : 0;
      add(header, field, { use, pieces: piecesAt(bitOffset, field.width), isPseudo: true });
    };
    for (const field of type.layout) {
      if (field.name !== use.field) cover(use.header, field, piecesAt(field.bitOffset, field.width));
    }
    for (const inner of use.inner) {
      const odd = isOddDistance(program.parser, use.header, inner);
      for (const field of typeOf(inner).layout) {
        cover(inner, field, odd === null ? null : piecesAt(field.bitOffset + (odd ? 8 : 0), field.width));
      }
    }
    // The pseudo header of UDP repeats the length that its header holds (RFC 768).
    const ownLength = type.name === 'udp' ? type.fields['length'] : undefined;
    if (ownLength !== undefined && use.pseudo.length > 0) coverPseudo(use.header, ownLength);
    for (const ip of use.pseudo) {
      for (const field of pseudoFields(typeOf(ip), ownLength === undefined)) coverPseudo(ip, field);
    }
  }
  return { uses, coverage };
}

function pseudoFields(ip: HeaderType, withLength: boolean): FieldLayout[] {
  const names = [...present(PSEUDO_FIELDS[ip.name], 'pseudo headers are of IP headers')];
  if (withLength) names.push(present(PSEUDO_LENGTH_FIELD[ip.name], 'IP headers have a length'));
  return names.map((name) => present(ip.fields[name], `${ip.name} has ${name}`));
}

/** Splits bits at an offset (from a word's start) into the words that they lie in, first word first. */
export function piecesAt(bitOffset: number, width: number): Piece[] {
  const pieces: Piece[] = [];
  const end = bitOffset + width;
  for (let word = bitOffset - (bitOffset % WORD_BITS); word < end; word += WORD_BITS) {
    const high = end - Math.max(bitOffset, word) - 1;
    const low = Math.max(0, end - (word + WORD_BITS));
    pieces.push({ high, low, shift: Math.max(0, word + WORD_BITS - end) });
  }
  return pieces;
}

/** Whether the starts of two headers are an odd number of bytes apart; null when that depends on the path. */
function isOddDistance(graph: ParserGraph, from: string, to: string): boolean | null {
  const distances = new Map<string, Set<number>>([[from, new Set([0])]]);
  for (const state of graph.states) {
    const bytes = present(graph.types[state.header], 'states have types').bytes;
    for (const distance of distances.get(state.header) ?? []) {
      for (const next of successors(state)) {
        const known = distances.get(next) ?? new Set();
        distances.set(next, known.add((distance + bytes) % 2));
      }
    }
  }
  const found = present(distances.get(to), `${to} can follow ${from}`);
  return found.size > 1 ? null : found.has(1);
}
