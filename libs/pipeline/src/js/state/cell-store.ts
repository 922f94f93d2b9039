/**
 * Stores that data-plane code fills: slots and caches. Their cells lie at positions that every target
 * computes alike (ir.ts); generated code finds them with the key's bytes spelled out, this class for the
 * control plane.
 */
import { crc32Byte, crc32Finish, CRC32_INITIAL } from '@ballast/wire';
import type { CacheDeclaration, Cell, SlotsDeclaration } from '../../ir.ts';
import { Columns } from './columns.ts';
import { KeyPacking } from './key-packing.ts';

/** Keys and records at fixed positions. */
export class CellStore {
  readonly size: number;
  /** 1 where there is a key. */
  readonly used: Uint8Array;
  readonly packing: KeyPacking;
  /** By word of the key, then by position. */
  readonly keys: readonly Int32Array[];
  readonly records: Columns;

  constructor(key: readonly Cell[], cells: readonly Cell[], size: number) {
    this.size = size;
    this.used = new Uint8Array(size);
    this.packing = new KeyPacking(key.map((k) => k.width));
    this.keys = Array.from({ length: this.packing.words }, () => new Int32Array(size));
    this.records = new Columns(cells, size);
  }

  holds(position: number, key: Int32Array): boolean {
    return this.used[position] === 1 && this.keys.every((column, word) => column[position] === key[word]);
  }

  put(position: number, key: Int32Array, record: readonly bigint[]): void {
    this.used[position] = 1;
    this.keys.forEach((column, word) => (column[position] = key[word]!));
    this.records.write(position, record);
  }

  remove(position: number): void {
    this.used[position] = 0;
  }

  /** What is there, in order of position. */
  list(): { position: number; key: bigint[]; record: bigint[] }[] {
    const found = [];
    for (let position = 0; position < this.size; position++) {
      if (this.used[position] === 0) continue;
      found.push({
        position,
        key: this.packing.unpack(this.keys, position),
        record: this.records.read(position),
      });
    }
    return found;
  }
}

/** Where the key of a slots store may be, in the order in which cells are tried. */
export function slotPositions(slots: SlotsDeclaration, key: readonly bigint[]): number[] {
  const { hashes, depth, buckets } = slots;
  const positions: number[] = [];
  for (let way = 0; way < hashes; way++) {
    const bucket = crcOfKey(slots.key, key, [way]) % buckets;
    const first = (way * buckets + bucket) * depth;
    for (let cell = 0; cell < depth; cell++) positions.push(first + cell);
  }
  return positions;
}

/** The only place of a key in a direct-mapped cache. */
export function cachePosition(cache: CacheDeclaration, key: readonly bigint[]): number {
  return crcOfKey(cache.key, key, []) % cache.size;
}

/** CRC-32 over leading bytes and a key, each of its parts zero-extended to whole bytes. */
function crcOfKey(parts: readonly Cell[], key: readonly bigint[], leading: readonly number[]): number {
  let state = leading.reduce(crc32Byte, CRC32_INITIAL);
  parts.forEach(({ width }, i) => {
    for (let shift = 8 * (Math.ceil(width / 8) - 1); shift >= 0; shift -= 8) {
      state = crc32Byte(state, Number((key[i]! >> BigInt(shift)) & 0xffn));
    }
  });
  return crc32Finish(state);
}
