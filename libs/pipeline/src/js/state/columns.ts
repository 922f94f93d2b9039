/** Records as one typed array per cell, or two (high words first) for cells of more than 32 bits. */
import type { Cell } from '../../ir.ts';

export type Column = Uint8Array | Uint16Array | Uint32Array;

export class Columns {
  readonly size: number;
  readonly #cells: readonly { readonly hi: Column | null; readonly lo: Column }[];

  constructor(cells: readonly Pick<Cell, 'width'>[], size: number) {
    this.size = size;
    this.#cells = cells.map(({ width }) =>
      width > 32
        ? { hi: columnOf(width - 32, size), lo: new Uint32Array(size) }
        : { hi: null, lo: columnOf(width, size) },
    );
  }

  /** In the order of the cells; of two words the high one first. */
  get arrays(): Column[] {
    return this.#cells.flatMap(({ hi, lo }) => (hi === null ? [lo] : [hi, lo]));
  }

  /** The record at an index. */
  read(index: number): bigint[] {
    return this.#cells.map(({ hi, lo }) => (BigInt(hi?.[index] ?? 0) << 32n) | BigInt(lo[index]!));
  }

  /** Precondition: each value fits its cell. */
  write(index: number, record: readonly bigint[]): void {
    this.#cells.forEach(({ hi, lo }, i) => {
      const value = record[i]!;
      if (hi !== null) hi[index] = Number(value >> 32n);
      lo[index] = Number(value & 0xffff_ffffn);
    });
  }
}

/** The smallest array for values of a width; the code that writes it keeps values within their width. */
function columnOf(width: number, size: number): Column {
  if (width <= 8) return new Uint8Array(size);
  return width <= 16 ? new Uint16Array(size) : new Uint32Array(size);
}
