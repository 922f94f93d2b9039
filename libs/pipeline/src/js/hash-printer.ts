/** Prints hashes over the bytes of values. */
import { crc32Byte, CRC32_INITIAL } from '@ballast/wire';
import type { Value } from './value.ts';
import { complement, or, primary, shiftLeft, shiftRight, signed, type Word } from './word.ts';

/** An exact value to be hashed as whole bytes, zero-extended to them. */
export interface HashPart {
  readonly value: Value;
  readonly width: number;
}

/** One to four bytes, as a word. */
interface ByteGroup {
  readonly word: Word;
  readonly bytes: number;
}

/** CRC-32 over leading bytes that are known, then the parts; signed. */
export function crc32Of(leading: readonly number[], parts: readonly HashPart[]): Word {
  const initial = leading.reduce(crc32Byte, CRC32_INITIAL);
  return complement(primary(stepsText('crc32Bytes', String(initial), parts), 0x7fff_ffff, -0x8000_0000));
}

/** CRC-16/ARC over the parts. */
export function crc16Of(parts: readonly HashPart[]): Word {
  return primary(stepsText('crc16Bytes', '0', parts), 0xffff);
}

function stepsText(step: string, initial: string, parts: readonly HashPart[]): string {
  return groupsOf(parts).reduce(
    (state, { word, bytes }) => `${step}${bytes}(${state}, ${signed(word).text})`,
    initial,
  );
}

/** The bytes of all parts in order, in groups as long as a word holds without splitting one of its pieces. */
function groupsOf(parts: readonly HashPart[]): ByteGroup[] {
  const groups: ByteGroup[] = [];
  for (const { word, bytes } of parts.flatMap(piecesOf)) {
    const last = groups.at(-1);
    if (last !== undefined && last.bytes + bytes <= 4) {
      groups[groups.length - 1] = {
        word: or(shiftLeft(last.word, 8 * bytes), word),
        bytes: last.bytes + bytes,
      };
    } else {
      groups.push({ word, bytes });
    }
  }
  return groups;
}

function piecesOf({ value, width }: HashPart): ByteGroup[] {
  if (value.hi === null) return [{ word: value.lo, bytes: Math.ceil(width / 8) }];
  return [
    { word: value.hi, bytes: Math.ceil((width - 32) / 8) },
    { word: value.lo, bytes: 4 },
  ];
}

/** Statements that write the parts' bytes through a DataView, and how many bytes they are. */
export function storeBytes(
  view: string,
  parts: readonly HashPart[],
): { statements: string[]; bytes: number } {
  const statements: string[] = [];
  let at = 0;
  const store = (bits: 8 | 16 | 32, word: Word): void => {
    statements.push(`${view}.setUint${bits}(${at}, ${word.text});`);
    at += bits / 8;
  };
  for (const { word, bytes } of groupsOf(parts)) {
    if (bytes === 4) store(32, word);
    else if (bytes === 2) store(16, word);
    else if (bytes === 1) store(8, word);
    else {
      store(16, shiftRight(word, 8));
      store(8, word);
    }
  }
  return { statements, bytes: at };
}
