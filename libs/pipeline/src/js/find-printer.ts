/** Prints the look-ups of tables, slots and caches: one function each, its key's words spelled out. */
import { present, unreachable } from '@ballast/base';
import { crc32Byte, CRC32_INITIAL } from '@ballast/wire';
import type { Cell } from '../ir.ts';
import type { CodeWriter } from './code-writer.ts';
import { crc32Of } from './hash-printer.ts';
import { Names } from './names.ts';
import { hashWordsText } from './state/exact-index.ts';
import type { KeyPacking } from './state/key-packing.ts';
import type { IndexLayout, LookupLayout, StateLayout, StoreLayout, TableLayout } from './state-layout.ts';
import { isPair, slicePair, type Value } from './value.ts';
import { isAtom, or, primary, shiftLeft, signed, slice, type Word, WORD_BITS } from './word.ts';

type Part = Pick<Cell, 'name' | 'width'>;
type LayoutOf<K extends LookupLayout['kind']> = Extract<LookupLayout, { kind: K }>;

export class FindPrinter {
  readonly #writer: CodeWriter;
  readonly #names: Names;

  constructor(writer: CodeWriter, names: Names) {
    this.#writer = writer;
    this.#names = names;
  }

  print(layout: StateLayout): void {
    for (const table of layout.tables.values()) this.#table(table);
    for (const slots of layout.slots.values()) {
      const { hashes, depth, buckets, key, name } = slots.declaration;
      this.#hash(`Slots ${name}: CRC-32 of way 0 and a key.`, slots, key, [0]);
      const ways = wayDifferences(hashes, key).map((difference, way) => {
        const hash = difference === 0 ? '(hash >>> 0)' : `((hash ^ 0x${difference.toString(16)}) >>> 0)`;
        const bucket = `${hash} % ${buckets}`;
        const first = depth === 1 ? bucket : `(${bucket}) * ${depth}`;
        return way === 0 ? first : `${way * buckets * depth} + ${depth === 1 ? `(${first})` : first}`;
      });
      this.#findInWays(slots, key, ways, depth);
      this.#freeInWays(slots, ways, depth);
    }
    for (const cache of layout.caches.values()) {
      const { key, name, size } = cache.declaration;
      this.#hash(`Cache ${name}: CRC-32 of a key.`, cache, key, []);
      this.#findInWays(cache, key, [`(hash >>> 0) % ${size}`], 1);
    }
  }

  #table({ declaration, find, lookup }: TableLayout): void {
    const { keys, name } = declaration;
    this.#writer.gap();
    this.#writer.comment(`Table ${name}: the entry of a key, or -1.`);
    switch (lookup.kind) {
      case 'exact':
        return this.#findExact(find, keys, lookup.index);
      case 'longestPrefix':
        return this.#findPrefix(find, keys, lookup);
      case 'ternary':
        return this.#findTernary(find, keys, lookup);
      default:
        return unreachable(lookup);
    }
  }

  #findExact(
    find: string,
    keys: readonly Part[],
    { packing, placesMask, places, keys: columns }: IndexLayout,
  ): void {
    const { values, parameters } = this.#parameters(keys);
    this.#function(find, parameters, () => {
      const words = this.#words(packing, values);
      const { statements, result } = hashWordsText(words);
      for (const statement of statements) this.#writer.line(statement);
      this.#writer.line(`let at = (${result}) & ${placesMask};`);
      this.#writer.line(`let entry = ${places}[at];`);
      const differs = columns.map((column, i) => `${column}[entry] !== ${words[i]}`).join(' || ');
      this.#writer.block(`while (entry >= 0 && ${columns.length > 1 ? `(${differs})` : differs})`, () => {
        this.#writer.line(`at = (at + 1) & ${placesMask};`);
        this.#writer.line(`entry = ${places}[at];`);
      });
      this.#writer.line('return entry;');
    });
  }

  #findPrefix(find: string, keys: readonly Part[], { part, trie, groups }: LayoutOf<'longestPrefix'>): void {
    if (groups !== null) this.#findExact(groups.find, keys.toSpliced(part, 1), groups.index);
    const { values, parameters, names } = this.#parameters(keys);
    const key = present(keys[part], 'the prefix is a key');
    this.#function(find, parameters, () => {
      const writer = this.#writer;
      if (groups !== null) {
        const exactNames = names.toSpliced(part, 1).flat();
        writer.line(`const group = ${groups.find}(${exactNames.join(', ')});`);
        writer.line('if (group < 0) return -1;');
      }
      writer.line(`const slots = ${trie}.slots; // By node and byte: (entry, child).`);
      const levels = Math.ceil(key.width / 8);
      const root = groups === null ? null : `${groups.roots}[group]`;
      writer.line('let best = -1;');
      for (let level = 0; level < levels; level++) {
        const byte = byteFromTop(present(values[part], 'the prefix is a key'), key.width, level).text;
        const node = level === 0 ? root : 'node';
        const slot = node === null ? `(${byte}) << 1` : `(${node} << 9) + ((${byte}) << 1)`;
        writer.line(level === 0 ? `let slot = ${slot};` : `slot = ${slot};`);
        writer.line('if (slots[slot] >= 0) best = slots[slot];');
        if (level === levels - 1) break;
        writer.line(`${level === 0 ? 'let node' : 'node'} = slots[slot + 1];`);
        writer.line('if (node === 0) return best;');
      }
      writer.line('return best;');
    });
  }

  #findTernary(find: string, keys: readonly Part[], lookup: LayoutOf<'ternary'>): void {
    const { packing, rows, entries, values: columns, masks } = lookup;
    const { values, parameters } = this.#parameters(keys);
    this.#function(find, parameters, () => {
      const words = this.#words(packing, values);
      this.#writer.line(`const count = ${rows}.count;`);
      this.#writer.block('for (let row = 0; row < count; row++)', () => {
        const matches = words.map((word, i) => `((${word} ^ ${columns[i]}[row]) & ${masks[i]}[row]) === 0`);
        this.#writer.line(`if (${matches.join(' && ')}) return ${entries}[row];`);
      });
      this.#writer.line('return -1;');
    });
  }

  #hash(comment: string, store: StoreLayout, key: readonly Part[], leading: readonly number[]): void {
    const { values, parameters } = this.#parameters(key);
    this.#writer.gap();
    this.#writer.comment(comment);
    this.#function(store.hash, parameters, () => {
      const parts = key.map(({ width }, i) => ({
        value: present(values[i], 'each part has a value'),
        width,
      }));
      this.#writer.line(`return ${crc32Of(leading, parts).text};`);
    });
  }

  /** The position of a key, or -1. */
  #findInWays(store: StoreLayout, key: readonly Part[], ways: readonly string[], depth: number): void {
    const { values, parameters } = this.#parameters(key);
    this.#function(store.find, ['hash', ...parameters], () => {
      const words = this.#words(store.packing, values);
      const holds = (at: string): string =>
        [
          `${store.used}[${at}] !== 0`,
          ...store.keys.map((column, i) => `${column}[${at}] === ${words[i]}`),
        ].join(' && ');
      this.#eachCell(ways, depth, (at) => `if (${holds(at)}) return ${at};`);
    });
  }

  /** The first free position for a hash, or -1. */
  #freeInWays(store: StoreLayout, ways: readonly string[], depth: number): void {
    this.#function(store.free, ['hash'], () => {
      this.#eachCell(ways, depth, (at) => `if (${store.used}[${at}] === 0) return ${at};`);
    });
  }

  #eachCell(ways: readonly string[], depth: number, statement: (at: string) => string): void {
    ways.forEach((first, way) => {
      const start = `way_${way}`;
      this.#writer.line(`const ${start} = ${first};`);
      if (depth === 1) this.#writer.line(statement(start));
      else {
        this.#writer.block(`for (let at = ${start}; at < ${start} + ${depth}; at++)`, () => {
          this.#writer.line(statement('at'));
        });
      }
    });
    this.#writer.line('return -1;');
  }

  #function(name: string, parameters: readonly string[], body: () => void): void {
    this.#writer.gap();
    this.#writer.block(`function ${name}(${parameters.join(', ')})`, body);
  }

  /** Parameters named after the parts of a key, two for one above 32 bits. Their words come signed. */
  #parameters(key: readonly Part[]): { values: Value[]; parameters: string[]; names: string[][] } {
    const scope = new Names(this.#names);
    for (const local of ['hash', 'at', 'entry', 'group', 'slots', 'slot', 'node', 'best', 'count', 'row'])
      scope.claim(local);
    const values = key.map(({ name, width }): Value => {
      if (width <= WORD_BITS) return { hi: null, lo: argument(scope.claim(name), width) };
      const hi = argument(scope.claim(`${name}_hi`), width - WORD_BITS);
      return { hi, lo: argument(scope.claim(`${name}_lo`), WORD_BITS) };
    });
    const names = values.map(({ hi, lo }) => (hi === null ? [lo.text] : [hi.text, lo.text]));
    return { values, parameters: names.flat(), names };
  }

  /** The words of a packed key: a parameter where it is one, else a constant made of several. */
  #words(packing: KeyPacking, values: readonly Value[]): string[] {
    return packedWords(packing, values).map((word, i) => {
      if (isAtom(word)) return word.text;
      this.#writer.line(`const word_${i} = ${word.text};`);
      return `word_${i}`;
    });
  }
}

/** The words of a key from the exact values of its parts, signed. */
export function packedWords(packing: KeyPacking, values: readonly Value[]): Word[] {
  return Array.from({ length: packing.words }, (_, word) => {
    const pieces = packing.pieces.filter((piece) => piece.word === word);
    const parts = pieces.map(({ part, half, shift }) => {
      const value = present(values[part], 'each part has a value');
      return shiftLeft(half === 'hi' ? present(value.hi, 'a long part has two words') : value.lo, shift);
    });
    return signed(parts.reduce(or));
  });
}

function argument(name: string, width: number): Word {
  return width === WORD_BITS ? primary(name, 0x7fff_ffff, -0x8000_0000) : primary(name, 2 ** width - 1);
}

/** Byte `level` of a key from its top; the last one is filled up with zeros. */
function byteFromTop(value: Value, width: number, level: number): Word {
  const high = width - 1 - 8 * level;
  const low = Math.max(0, high - 7);
  const bits = isPair(value) ? slicePair(value, width, high, low).lo : slice(value.lo, width, high, low);
  return shiftLeft(bits, 7 - (high - low));
}

/**
 * For each way of a slots store what its hash differs from way 0's by. The way is the first byte of what is
 * hashed, and CRCs are linear: two messages that differ in their first byte only have CRCs whose
 * difference depends on that difference and the length alone.
 */
function wayDifferences(hashes: number, key: readonly Part[]): number[] {
  const keyBytes = key.reduce((sum, { width }) => sum + Math.ceil(width / 8), 0);
  const overZeros = (way: number): number => {
    let state = crc32Byte(CRC32_INITIAL, way);
    for (let i = 0; i < keyBytes; i++) state = crc32Byte(state, 0);
    return state;
  };
  return Array.from({ length: hashes }, (_, way) => (overZeros(way) ^ overZeros(0)) >>> 0);
}
