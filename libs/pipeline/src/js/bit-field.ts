/** Reading and writing header fields of any width at any bit offset, through the frame's DataView. */
import { assert } from '@ballast/base';
import { constant, exact, or, primary, shiftLeft, slice, type Word, WORD_BITS, and, onesOf } from './word.ts';

/** Where a header starts in the frame's buffer: a local variable and a constant distance from it. */
export interface Place {
  readonly base: string;
  readonly offset: number;
  /** What is read there, where no name says so. */
  readonly note?: string;
}

/** Bits of a header, most significant first: what one word of a field occupies. */
export interface BitRange {
  readonly bitOffset: number;
  /** At most 32. */
  readonly width: number;
}

export function placeText(place: Place, byteOffset = 0): string {
  const total = place.offset + byteOffset;
  const at = total === 0 ? place.base : `${place.base} ${total < 0 ? '-' : '+'} ${Math.abs(total)}`;
  return place.note === undefined ? at : `${at} /* ${place.note} */`;
}

/** Bytes of one access: an element type of DataView. */
type AccessBytes = 1 | 2 | 4;

function load(place: Place, byteOffset: number, bytes: AccessBytes): Word {
  return primary(`view.getUint${8 * bytes}(${placeText(place, byteOffset)})`, onesOf(8 * bytes));
}

/** The value of a range, exact. `headerBytes` bounds what may be read beside it. */
export function readBits(place: Place, { bitOffset, width }: BitRange, headerBytes: number): Word {
  assert(width <= WORD_BITS, `a word has at most ${WORD_BITS} bits`);
  const first = bitOffset >>> 3;
  const end = bitOffset + width;
  const span = ((end + 7) >>> 3) - first;
  const from = (byteOffset: number, bytes: AccessBytes): Word => {
    const low = 8 * (byteOffset + bytes) - end;
    return slice(load(place, byteOffset, bytes), 8 * bytes, low + width - 1, low);
  };
  if (span <= 2) return from(first, span as AccessBytes);
  if (span === 4) return from(first, 4);
  if (span === 3) {
    if (first + 4 <= headerBytes) return from(first, 4);
    if (first >= 1) return from(first - 1, 4);
  }
  // Five bytes, or a header of just three: the bits of the last byte are read apart.
  const behind = end - 8 * (first + span - 1);
  const front = readBits(place, { bitOffset, width: width - behind }, headerBytes);
  const back = slice(load(place, first + span - 1, 1), 8, 7, 8 - behind);
  return exact(or(shiftLeft(front, behind), back), width);
}

/** Statements that write a range and keep what shares its bytes. `value` is right in the range's bits. */
export function writeBits(place: Place, { bitOffset, width }: BitRange, value: Word): string[] {
  const statements: string[] = [];
  const end = bitOffset + width;
  let at = bitOffset >>> 3;
  while (8 * at < end) {
    const bytes = accessBytes(Math.ceil(end / 8) - at);
    const windowEnd = 8 * (at + bytes);
    // Bits of the field that are in this window: value[high:low], to be shifted to their place.
    const high = end - Math.max(bitOffset, 8 * at) - 1;
    const low = Math.max(0, end - windowEnd);
    const shift = Math.max(0, windowEnd - end);
    statements.push(writeWindow(place, at, bytes, { value, width, high, low, shift }));
    at += bytes;
  }
  return statements;
}

interface Piece {
  readonly value: Word;
  readonly width: number;
  readonly high: number;
  readonly low: number;
  readonly shift: number;
}

function writeWindow(place: Place, at: number, bytes: AccessBytes, piece: Piece): string {
  const { value, width, high, low, shift } = piece;
  const pieceBits = high - low + 1;
  const target = `view.setUint${8 * bytes}(${placeText(place, at)}`;
  if (pieceBits === 8 * bytes) {
    // The setter takes the low bits itself.
    const text = low === 0 ? value.text : slice(value, width, high, low).text;
    return `${target}, ${text});`;
  }
  const kept = (onesOf(8 * bytes) - onesOf(pieceBits) * 2 ** shift) >>> 0;
  const bits = shiftLeft(slice(value, width, high, low), shift);
  return `${target}, ${or(and(load(place, at, bytes), constant(kept)), bits).text});`;
}

function accessBytes(remaining: number): AccessBytes {
  return remaining >= 4 ? 4 : remaining >= 2 ? 2 : 1;
}
