/** A match-action table: its entries, and the structure in which generated code finds them. */
import { present, unreachable } from '@ballast/base';
import type { MatchValue } from '../../control.ts';
import type { TableDeclaration } from '../../ir.ts';
import type { StoredTableEntry } from '../../state-store.ts';
import { Columns } from './columns.ts';
import { ExactIndex, NO_ENTRY } from './exact-index.ts';
import { KeyPacking } from './key-packing.ts';
import { NO_MATCH, type Prefix, PrefixTrie } from './prefix-trie.ts';
import { TernaryRows } from './ternary-rows.ts';

/** How a table finds the entry of a key. */
export type Lookup =
  | { readonly kind: 'exact'; readonly packing: KeyPacking; readonly index: ExactIndex }
  | PrefixLookup
  | { readonly kind: 'ternary'; readonly packing: KeyPacking; readonly rows: TernaryRows };

/** The exact keys, when there are any, choose a trie; the prefix is found in it. */
interface PrefixLookup {
  readonly kind: 'longestPrefix';
  /** Position of the prefix among the table's keys. */
  readonly part: number;
  readonly trie: PrefixTrie;
  readonly groups: {
    readonly packing: KeyPacking;
    readonly index: ExactIndex;
    readonly roots: Int32Array;
  } | null;
}

export class MatchTable {
  readonly declaration: TableDeclaration;
  readonly lookup: Lookup;
  /** By entry: position of its action in the declaration. */
  readonly actions: Uint16Array;
  /** By action, then by entry: its parameters. */
  readonly parameters: readonly Columns[];
  readonly #entries: (StoredTableEntry | undefined)[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #free: number[] = [];
  /** Of groups of exact keys before a prefix: entries in each, and numbers to be used again. */
  readonly #groupSizes: number[] = [];
  readonly #freeGroups: number[] = [];

  constructor(declaration: TableDeclaration) {
    this.declaration = declaration;
    this.lookup = lookupFor(declaration);
    this.actions = new Uint16Array(declaration.size);
    this.parameters = declaration.actions.map((action) => new Columns(action.parameters, declaration.size));
  }

  /** In no order of meaning. */
  list(): StoredTableEntry[] {
    return [...this.#numbers.values()].map((number) =>
      present(this.#entries[number], 'listed entries exist'),
    );
  }

  insert(entry: StoredTableEntry): 'done' | 'exists' | 'full' {
    const { match, priority } = entry;
    const identity = this.#identity(match, priority);
    if (this.#numbers.has(identity)) return 'exists';
    if (this.#numbers.size === this.declaration.size) return 'full';
    const number = this.#free.pop() ?? this.#entries.length;
    this.#numbers.set(identity, number);
    this.#setAction(number, entry);
    const { lookup } = this;
    switch (lookup.kind) {
      case 'exact':
        lookup.index.insert(lookup.packing.pack(valuesOf(match)), number);
        return 'done';
      case 'ternary':
        lookup.rows.insert(this.#ternaryKey(lookup.packing, match), priority, number);
        return 'done';
      case 'longestPrefix':
        lookup.trie.insert(this.#takeRoot(lookup, match), prefixOf(match[lookup.part]), number);
        return 'done';
      default:
        return unreachable(lookup);
    }
  }

  /** Gives an entry another action and other parameters. */
  modify(entry: StoredTableEntry): 'done' | 'absent' {
    const number = this.#numbers.get(this.#identity(entry.match, entry.priority));
    if (number === undefined) return 'absent';
    this.#setAction(number, entry);
    return 'done';
  }

  remove(match: readonly MatchValue[], priority: number): 'done' | 'absent' {
    const identity = this.#identity(match, priority);
    const number = this.#numbers.get(identity);
    if (number === undefined) return 'absent';
    this.#numbers.delete(identity);
    this.#entries[number] = undefined;
    this.#free.push(number);
    const { lookup } = this;
    switch (lookup.kind) {
      case 'exact':
        lookup.index.remove(lookup.packing.pack(valuesOf(match)));
        return 'done';
      case 'ternary':
        lookup.rows.remove(number);
        return 'done';
      case 'longestPrefix':
        this.#removePrefix(lookup, match, number);
        return 'done';
      default:
        return unreachable(lookup);
    }
  }

  #setAction(number: number, entry: StoredTableEntry): void {
    const action = this.declaration.actions.findIndex((a) => a.name === entry.action);
    this.#entries[number] = entry;
    this.actions[number] = action;
    present(this.parameters[action], `${entry.action} is an action of ${this.declaration.name}`).write(
      number,
      entry.parameters,
    );
  }

  /** Two entries are the same when they match the same packets at the same priority. */
  #identity(match: readonly MatchValue[], priority: number): string {
    const parts = match.map((m, i) => {
      const width = present(this.declaration.keys[i], 'each match value has a key').width;
      return `${m.value & maskOf(m, width)}/${maskOf(m, width)}`;
    });
    return `${parts.join()}@${this.lookup.kind === 'ternary' ? priority : 0}`;
  }

  #ternaryKey(packing: KeyPacking, match: readonly MatchValue[]): { value: Int32Array; mask: Int32Array } {
    const masks = match.map((m, i) =>
      maskOf(m, present(this.declaration.keys[i], 'each match value has a key').width),
    );
    return { value: packing.pack(valuesOf(match)), mask: packing.pack(masks) };
  }

  #takeRoot({ groups, part, trie }: PrefixLookup, match: readonly MatchValue[]): number {
    if (groups === null) return 0;
    const key = groups.packing.pack(valuesOf(match).toSpliced(part, 1));
    let group = groups.index.find(key);
    if (group === NO_ENTRY) {
      group = this.#freeGroups.pop() ?? this.#groupSizes.length;
      groups.index.insert(key, group);
      groups.roots[group] = trie.addRoot();
      this.#groupSizes[group] = 0;
    }
    this.#groupSizes[group]!++;
    return groups.roots[group]!;
  }

  #removePrefix({ groups, part, trie }: PrefixLookup, match: readonly MatchValue[], number: number): void {
    const prefix = prefixOf(match[part]);
    const key = groups?.packing.pack(valuesOf(match).toSpliced(part, 1));
    const group = key === undefined ? 0 : groups!.index.find(key);
    const root = groups?.roots[group] ?? 0;
    const shorter = (lengthMin: number): number => {
      for (let length = prefix.length - 1; length >= lengthMin; length--) {
        const cut = match.with(part, { kind: 'longestPrefix', value: prefix.value, prefixBits: length });
        const found = this.#numbers.get(this.#identity(cut, 0));
        if (found !== undefined) return found;
      }
      return NO_MATCH;
    };
    trie.remove(root, prefix, number, shorter);
    if (groups === null || key === undefined || --this.#groupSizes[group]! > 0) return;
    groups.index.remove(key);
    trie.removeRoot(root);
    this.#freeGroups.push(group);
  }
}

function lookupFor({ keys, size }: TableDeclaration): Lookup {
  const packing = new KeyPacking(keys.map((k) => k.width));
  if (keys.some((k) => k.kind === 'ternary')) {
    return { kind: 'ternary', packing, rows: new TernaryRows(packing.words, size) };
  }
  const part = keys.findIndex((k) => k.kind === 'longestPrefix');
  if (part < 0) return { kind: 'exact', packing, index: new ExactIndex(packing.words, size) };
  const trie = new PrefixTrie(keys[part]!.width, size);
  const exactWidths = keys.map((k) => k.width).toSpliced(part, 1);
  // A root that nobody frees: the trie of a table without exact keys, and node 0, which is nobody's child.
  trie.addRoot();
  if (exactWidths.length === 0) return { kind: 'longestPrefix', part, trie, groups: null };
  const exact = new KeyPacking(exactWidths);
  const groups = { packing: exact, index: new ExactIndex(exact.words, size), roots: new Int32Array(size) };
  return { kind: 'longestPrefix', part, trie, groups };
}

function valuesOf(match: readonly MatchValue[]): bigint[] {
  return match.map((m) => m.value);
}

/** The bits of a key that matter. In a table with ternary keys a prefix is just another mask. */
function maskOf(match: MatchValue, width: number): bigint {
  const ones = (1n << BigInt(width)) - 1n;
  switch (match.kind) {
    case 'exact':
      return ones;
    case 'ternary':
      return match.mask;
    case 'longestPrefix':
      return ones ^ (ones >> BigInt(match.prefixBits));
    default:
      return unreachable(match);
  }
}

function prefixOf(match: MatchValue | undefined): Prefix {
  const value = present(match, 'a table with a prefix key has its value');
  return { value: value.value, length: value.kind === 'longestPrefix' ? value.prefixBits : 0 };
}
