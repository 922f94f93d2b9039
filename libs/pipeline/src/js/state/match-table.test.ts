import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import type { MatchValue } from '../../control.ts';
import type { MatchKey, MatchKind, Program, TableDeclaration } from '../../ir.ts';
import type { StoredTableEntry } from '../../state-store.ts';
import { CodeWriter } from '../code-writer.ts';
import { FindPrinter } from '../find-printer.ts';
import { Names } from '../names.ts';
import { StateLayout } from '../state-layout.ts';
import { JsState } from './js-state.ts';

const SIZE = 40;

function programWith(table: TableDeclaration): Program {
  const parser = { start: 'none', states: [], types: {}, offsets: {}, implied: {} };
  const state = { tables: [table], registers: [], slots: [], caches: [], counters: [] };
  const rest = {
    headers: [],
    variables: [],
    ingress: [],
    egress: null,
    dropReasons: [],
    controllerReasons: [],
  };
  return { name: 'tables', parser, ...state, ...rest, recirculationsMax: 0 };
}

/** The table's state and the generated function that looks keys up in it. */
function compiled(table: TableDeclaration): { state: JsState; find: (key: readonly bigint[]) => number } {
  const program = programWith(table);
  const names = new Names();
  const layout = new StateLayout(program, names);
  const writer = new CodeWriter();
  new FindPrinter(writer, names).print(layout);
  const state = new JsState(program, 1, 'directMapped');
  const bound = layout.bindings.map(({ of }) => of(state));
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the text is what is tested
  const define = new Function(
    ...layout.bindings.map((b) => b.name),
    `${writer.toString()}return t_find;`,
  ) as (...of: unknown[]) => (...words: number[]) => number;
  const find = define(...bound);
  return {
    state,
    find: (key) =>
      find(
        ...key.flatMap((value, i) => {
          const words = [Number(value >> 32n) | 0, Number(value & 0xffff_ffffn) | 0];
          return table.keys[i]!.width > 32 ? words : words.slice(1);
        }),
      ),
  };
}

function tableOf(keys: readonly [MatchKind, number][]): TableDeclaration {
  const parameter = { name: 'mark', width: 40, variable: 'mark' };
  return {
    name: 't',
    keys: keys.map(([kind, width], i): MatchKey => ({ name: `k${i}`, kind, width })),
    actions: [{ name: 'set', parameters: [parameter] }],
    size: SIZE,
  };
}

/** Values from a small pool that spans the width, so that entries nest, collide and are hit. */
function randomValue(rng: Prng, width: number): bigint {
  const ones = (1n << BigInt(width)) - 1n;
  return ((BigInt(rng.below(4)) << BigInt(Math.max(0, width - 3))) | BigInt(rng.below(4))) & ones;
}

function randomMatch(rng: Prng, { kind, width }: MatchKey): MatchValue {
  const value = randomValue(rng, width);
  const ones = (1n << BigInt(width)) - 1n;
  if (kind === 'exact') return { kind, value };
  if (kind === 'longestPrefix') {
    const prefixBits = rng.below(width + 1);
    return { kind, value: value & (ones ^ (ones >> BigInt(prefixBits))), prefixBits };
  }
  const mask = randomValue(rng, width) | ((rng.chance(0.5) ? ones ^ 3n : 0n) & ones);
  return { kind, value: value & mask, mask };
}

function maskOf(match: MatchValue, width: number): bigint {
  const ones = (1n << BigInt(width)) - 1n;
  if (match.kind === 'exact') return ones;
  return match.kind === 'ternary' ? match.mask : ones ^ (ones >> BigInt(match.prefixBits));
}

function isHit(match: MatchValue, key: bigint, width: number): boolean {
  return (key & maskOf(match, width)) === match.value;
}

/** The entry that wins: highest priority, longest prefix (where there are no priorities), first inserted. */
function winner(
  table: TableDeclaration,
  entries: readonly StoredTableEntry[],
  key: readonly bigint[],
): StoredTableEntry | null {
  const isTernary = table.keys.some((k) => k.kind === 'ternary');
  const rank = (entry: StoredTableEntry): number => {
    const prefix = entry.match.find((m) => m.kind === 'longestPrefix');
    return isTernary ? entry.priority : (prefix?.prefixBits ?? 0);
  };
  let best: StoredTableEntry | null = null;
  for (const entry of entries) {
    if (!entry.match.every((m, i) => isHit(m, key[i]!, table.keys[i]!.width))) continue;
    if (best === null || rank(entry) > rank(best)) best = entry;
  }
  return best;
}

const TABLES: Readonly<Record<string, readonly [MatchKind, number][]>> = {
  'exact, one word': [['exact', 13]],
  'exact, two words': [['exact', 64]],
  'exact, five parts': [
    ['exact', 32],
    ['exact', 48],
    ['exact', 16],
    ['exact', 8],
    ['exact', 33],
  ],
  'longest prefix of 32 bits': [['longestPrefix', 32]],
  'longest prefix of 37 bits': [['longestPrefix', 37]],
  'longest prefix of 5 bits': [['longestPrefix', 5]],
  'longest prefix behind an exact key': [
    ['exact', 9],
    ['longestPrefix', 64],
  ],
  'longest prefix before exact keys': [
    ['longestPrefix', 32],
    ['exact', 64],
    ['exact', 1],
  ],
  'ternary, one word': [['ternary', 24]],
  'ternary beside exact and prefix keys': [
    ['ternary', 40],
    ['exact', 16],
    ['longestPrefix', 32],
  ],
};

for (const [name, keys] of Object.entries(TABLES)) {
  test(`js tables: ${name}: generated code finds the entry that wins, through inserts and deletions`, () => {
    const table = tableOf(keys);
    const rng = new Prng(name.length);
    const { state, find } = compiled(table);
    const entries: StoredTableEntry[] = [];
    const sameMatch = (a: StoredTableEntry, b: StoredTableEntry): boolean =>
      a.priority === b.priority && JSON.stringify(a.match, asText) === JSON.stringify(b.match, asText);
    for (let step = 0; step < 800; step++) {
      const match = table.keys.map((key) => randomMatch(rng, key));
      const priority = keys.some(([kind]) => kind === 'ternary') ? rng.below(4) : 0;
      const entry = { match, action: 'set', parameters: [BigInt(rng.u32()) << 8n], priority };
      const held = entries.findIndex((other) => sameMatch(other, entry));
      if (rng.chance(0.4) && entries.length > 0) {
        const [removed] = entries.splice(rng.below(entries.length), 1);
        assert.equal(state.tableDelete('t', removed!.match, removed!.priority), 'done');
      } else if (held >= 0) {
        assert.equal(state.tableInsert('t', entry), 'exists');
        assert.equal(state.tableModify('t', entry), 'done');
        entries[held] = entry;
      } else {
        assert.equal(state.tableInsert('t', entry), entries.length === SIZE ? 'full' : 'done');
        if (entries.length < SIZE) entries.push(entry);
      }
      // Every second key hits some entry, unless a better one covers it.
      const target = entries.length > 0 && rng.chance(0.5) ? rng.pick(entries).match : null;
      const key = table.keys.map(({ width }, i) => {
        const random = randomValue(rng, width);
        return target === null ? random : target[i]!.value | (random & ~maskOf(target[i]!, width));
      });
      const number = find(key);
      const found = number < 0 ? null : state.table('t').parameters[0]!.read(number);
      assert.deepEqual(found, winner(table, entries, key)?.parameters ?? null, `step ${step}`);
    }
    assert.equal(state.tableEntries('t').length, entries.length);
  });
}

function asText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
