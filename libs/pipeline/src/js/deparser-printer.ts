/**
 * Prints what puts a packet together again after headers came or went. The bytes behind the last of those
 * stay where they are; the headers in front of them move, those that go towards the front first to last,
 * the others last to first, so that none is overwritten before it moved. Pushed headers are written last.
 */
import { present } from '@ballast/base';
import type { FieldLayout } from '@ballast/wire';
import type { HeaderInstance } from '../ir.ts';
import { placeText, writeBits } from './bit-field.ts';
import type { PartContext } from './part-context.ts';
import { concatenate, type Part, type Value } from './value.ts';
import { constant, primary, select, flag, type Word, WORD_BITS } from './word.ts';

export function printDeparser(part: PartContext): void {
  const { facts, movable, names, writer } = part;
  if (movable.length === 0) return;
  const pushed = movable.filter((h) => facts.pushed.has(h.name));
  writer.gap();
  writer.comment('Deparser.');
  writer.block('if (reshaped)', () => {
    writer.line(`const size = ${movable.map((h) => sizeOf(part, h).text).join(' + ')};`);
    writer.line('let to = rest - size;');
    if (pushed.length > 0) writer.line('requireHeadroom(to);');
    writer.line('frame.start = to;');
    writer.line('frame.length = length + start - to;');
    const places = new Map(pushed.map((h) => [h.name, names.claim(`${h.name}_at`)]));
    for (const place of places.values()) writer.line(`let ${place} = 0;`);
    if (pushed.length > 0) printFrontToBack(part, places);
    if (facts.popped.size > 0) printBackToFront(part);
    for (const header of pushed) {
      writer.block(`if (${flagOf(part, header)})`, () => {
        printHeader(part, header, present(places.get(header.name), 'pushed headers have a place'));
      });
    }
  });
}

/** Moves what goes towards the front, and finds the places of pushed headers. */
function printFrontToBack(part: PartContext, places: ReadonlyMap<string, string>): void {
  const { writer } = part;
  for (const header of part.movable) {
    whenThere(part, header, () => {
      const place = places.get(header.name);
      if (place !== undefined) writer.line(`${place} = to;`);
      else if (!header.added) {
        const from = placeText(part.fields.placeOf(header.name));
        writer.line(
          `if (to < ${from}) moveToFront(view, ${from}, to, ${header.type.bytes}); // ${header.name}`,
        );
      }
      writer.line(`to += ${header.type.bytes};`);
    });
  }
}

/** Moves what goes towards the end, where popped headers were. */
function printBackToFront(part: PartContext): void {
  const { writer } = part;
  writer.line('to = rest;');
  for (const header of part.movable.toReversed()) {
    whenThere(part, header, () => {
      writer.line(`to -= ${header.type.bytes};`);
      if (header.added) return;
      const from = placeText(part.fields.placeOf(header.name));
      writer.line(`if (to > ${from}) moveToBack(view, ${from}, to, ${header.type.bytes}); // ${header.name}`);
    });
  }
}

function whenThere(part: PartContext, header: HeaderInstance, body: () => void): void {
  const valid = part.valid(header.name).text;
  if (valid === 'true') body();
  else if (valid !== 'false') part.writer.block(`if (${valid})`, body);
}

/** Bytes of a header in the packet as it leaves. */
function sizeOf(part: PartContext, header: HeaderInstance): Word {
  const size = select(part.valid(header.name), constant(header.type.bytes), constant(0));
  return primary(/^\d+$/.test(size.text) ? size.text : `(${size.text})`, header.type.bytes);
}

function flagOf(part: PartContext, header: HeaderInstance): string {
  return flag(present(part.flags.get(header.name), 'pushed headers have a flag')).text;
}

/** Writes a pushed header from its locals. */
function printHeader(part: PartContext, header: HeaderInstance, base: string): void {
  const place = { base, offset: 0 };
  const write = (bitOffset: number, width: number, value: Value): void => {
    const hiBits = Math.max(0, width - WORD_BITS);
    const statements = value.hi === null ? [] : writeBits(place, { bitOffset, width: hiBits }, value.hi);
    statements.push(...writeBits(place, { bitOffset: bitOffset + hiBits, width: width - hiBits }, value.lo));
    for (const statement of statements) part.writer.line(statement);
  };
  const read = (field: FieldLayout): Value => part.fields.added(header.name, field);
  for (const fields of wholeBytes(header.type.layout)) {
    const width = fields.reduce((sum, f) => sum + f.width, 0);
    if (width > WORD_BITS) {
      // Bits that share a byte are written one field after the other; in the end all are.
      for (const field of fields) write(field.bitOffset, field.width, read(field));
      continue;
    }
    const first = fields[0]!.bitOffset;
    const parts = fields.map((f): Part => ({
      word: read(f).lo,
      width: f.width,
      low: first + width - f.bitOffset - f.width,
    }));
    write(first, width, concatenate(parts, width));
  }
}

/** Consecutive fields up to where a byte ends. */
function wholeBytes(layout: readonly FieldLayout[]): FieldLayout[][] {
  const groups: FieldLayout[][] = [];
  let isOpen = false;
  for (const field of layout) {
    if (isOpen) groups.at(-1)!.push(field);
    else groups.push([field]);
    isOpen = (field.bitOffset + field.width) % 8 !== 0;
  }
  return groups;
}
