/** How the parts of a key lie in 32-bit words: what is hashed, compared and kept. */

/** At most 32 bits of a key part, in a word. */
export interface KeyPiece {
  readonly part: number;
  /** Of a part above 32 bits: which of its two words. Others have `lo` only. */
  readonly half: 'hi' | 'lo';
  readonly width: number;
  readonly word: number;
  readonly shift: number;
}

export class KeyPacking {
  readonly pieces: readonly KeyPiece[];
  readonly words: number;

  /** @param widths of the parts, each 1 to 64 bits */
  constructor(widths: readonly number[]) {
    const pieces: KeyPiece[] = [];
    let word = 0;
    let used = 0;
    const place = (part: number, half: 'hi' | 'lo', width: number): void => {
      if (used + width > 32) {
        word++;
        used = 0;
      }
      pieces.push({ part, half, width, word, shift: used });
      used += width;
    };
    widths.forEach((width, part) => {
      if (width > 32) place(part, 'hi', width - 32);
      place(part, 'lo', Math.min(width, 32));
    });
    this.pieces = pieces;
    this.words = word + 1;
  }

  /** The words of a key, signed as generated code has them. */
  pack(key: readonly bigint[]): Int32Array {
    const words = new Int32Array(this.words);
    for (const { part, half, word, shift } of this.pieces) {
      const value = key[part]!;
      const bits = half === 'hi' ? value >> 32n : value & 0xffff_ffffn;
      words[word]! |= Number(bits << BigInt(shift));
    }
    return words;
  }

  /** The key of words at `index` of columns. */
  unpack(columns: readonly Int32Array[], index: number): bigint[] {
    const key: bigint[] = [];
    for (const { part, half, width, word, shift } of this.pieces) {
      const bits = (BigInt(columns[word]![index]! >>> 0) >> BigInt(shift)) & ((1n << BigInt(width)) - 1n);
      key[part] = half === 'hi' ? bits << 32n : (key[part] ?? 0n) | bits;
    }
    return key;
  }
}
