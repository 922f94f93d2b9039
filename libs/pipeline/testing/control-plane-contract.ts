/** What the control plane of every target refuses, applies and gives back, as tests of one target. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CacheMode,
  ControlError,
  type ControlPlane,
  type Instance,
  type MatchValue,
  type ReadRequest,
  type TableEntry,
  type Target,
} from '../src/index.ts';
import {
  cacheEntry,
  counterEntry,
  exactly,
  insert,
  masked,
  modify,
  prefix,
  registerEntry,
  remove,
  slotEntry,
  tableEntry,
} from './control-notation.ts';
import {
  ACTION,
  controlled,
  onExact,
  onPrefix,
  onRules,
  readRefusals,
  writeRefusals,
} from './control-plane-refusals.ts';

export function describeControlPlane(target: Target): void {
  describeRefusals(target);
  describeBatches(target);
  describeReads(target);
  describeCopies(target);
}

function load(target: Target, cacheMode: CacheMode = 'directMapped'): Instance {
  return target.load(controlled(), { cacheMode });
}

/** Everything that can be read. */
function everything(control: ControlPlane): unknown[] {
  const names: readonly ReadRequest[] = [
    { entity: 'table', name: 'exact' },
    { entity: 'table', name: 'prefixes' },
    { entity: 'table', name: 'rules' },
    { entity: 'register', name: 'registers' },
    { entity: 'counter', name: 'counters' },
    { entity: 'slot', name: 'slots' },
    { entity: 'cache', name: 'cache' },
  ];
  return names.map((request) => control.read(request));
}

function describeRefusals(target: Target): void {
  for (const { name, updates, code, message } of writeRefusals) {
    test(`${target.name} control plane: refuses ${name}`, () => {
      const { control } = load(target);
      const [refused, ...before] = updates.toReversed();
      for (const update of before.toReversed()) control.write([update]);
      const held = everything(control);
      assert.throws(
        () => control.write([refused!]),
        (error) => error instanceof ControlError && error.code === code && message.test(error.message),
      );
      assert.deepEqual(everything(control), held, 'what is refused changes nothing');
    });
  }
  for (const { request, message } of readRefusals) {
    test(`${target.name} control plane: refuses to read ${JSON.stringify(request)}`, () => {
      assert.throws(
        () => load(target).control.read(request),
        (error) =>
          error instanceof ControlError && error.code === 'INVALID_ARGUMENT' && message.test(error.message),
      );
    });
  }
}

function describeBatches(target: Target): void {
  test(`${target.name} control plane: of a batch, what stands before the refused update took effect`, () => {
    const { control } = load(target);
    const batch = [
      insert(onExact(1n, 1n)),
      modify(registerEntry('registers', 2, [5n, 6n])),
      insert(onExact(1n, 1n)),
      insert(onExact(2n, 2n)),
      modify(registerEntry('registers', 1, [7n, 7n])),
    ];
    assert.throws(
      () => control.write(batch),
      (error) =>
        error instanceof ControlError &&
        error.detail.update === 2 &&
        error.message.startsWith('update 2, insert entry of table exact: '),
    );
    assert.deepEqual(control.read({ entity: 'table', name: 'exact' }), [{ ...onExact(1n, 1n), priority: 0 }]);
    assert.deepEqual(control.read({ entity: 'register', name: 'registers' }), [
      registerEntry('registers', 0, [0n, 0n]),
      registerEntry('registers', 1, [0n, 0n]),
      registerEntry('registers', 2, [5n, 6n]),
    ]);
  });

  test(`${target.name} control plane: a batch of many kinds is applied in order`, () => {
    const { control } = load(target);
    control.write([
      insert(onExact(1n, 1n)),
      insert(onExact(1n, 2n)),
      remove(onExact(1n, 1n)),
      insert(onExact(1n, 3n)),
      modify(tableEntry('exact', [exactly(1n), exactly(2n)], ['deny'])),
      insert(slotEntry('slots', [31n, 1n], [127n])),
      insert(cacheEntry('cache', [1n], [1n])),
      insert(cacheEntry('cache', [1n], [2n])),
      modify(cacheEntry('cache', [1n], [3n])),
      modify(counterEntry('counters', 1, 7n, (1n << 53n) - 1n)),
    ]);
    assert.deepEqual(control.read({ entity: 'table', name: 'exact' }), [
      { ...tableEntry('exact', [exactly(1n), exactly(2n)], ['deny']), priority: 0 },
      { ...onExact(1n, 3n), priority: 0 },
    ]);
    assert.deepEqual(control.read({ entity: 'slot', name: 'slots' }), [
      slotEntry('slots', [31n, 1n], [127n]),
    ]);
    assert.deepEqual(control.read({ entity: 'cache', name: 'cache' }), [cacheEntry('cache', [1n], [3n])]);
    assert.deepEqual(control.read({ entity: 'counter', name: 'counters', index: 1 }), [
      counterEntry('counters', 1, 7n, (1n << 53n) - 1n),
    ]);
  });

  test(`${target.name} control plane: an empty batch does nothing`, () => {
    const { control } = load(target);
    const held = everything(control);
    control.write([]);
    assert.deepEqual(everything(control), held);
  });
}

function describeReads(target: Target): void {
  const read = (control: ControlPlane, request: ReadRequest): unknown[] => control.read(request);

  test(`${target.name} control plane: tables are read sorted by match, then by falling priority`, () => {
    const { control } = load(target);
    const sorted = [
      onRules(masked(0n, 0n), 0),
      onRules(masked(0n, 1n), 9),
      onRules(masked(0n, 1n), 3),
      onRules(masked(1n, 1n), 1),
      onRules(masked(1n, 1n), 1, prefix(0n, 1)),
      onRules(masked(1n, 1n), 1, prefix(0x8000n, 1)),
      onRules(masked(0x8000_0000n, 0xffff_ffffn), 0x7fff_ffff),
    ];
    for (const i of [3, 0, 6, 2, 5, 1, 4]) control.write([insert(sorted[i]!)]);
    assert.deepEqual(read(control, { entity: 'table', name: 'rules' }), sorted);
  });

  test(`${target.name} control plane: prefixes are read sorted by value, then by length`, () => {
    const { control } = load(target);
    const sorted = [
      prefix(0n, 0),
      prefix(0n, 1),
      prefix(0x0a00_0000n, 8),
      prefix(0x0a00_0000n, 9),
      prefix(0xffff_ffffn, 32),
    ];
    for (const i of [4, 2, 0, 3, 1]) control.write([insert(onPrefix(sorted[i]!))]);
    assert.deepEqual(
      read(control, { entity: 'table', name: 'prefixes' }),
      sorted.map((match) => ({ ...onPrefix(match), priority: 0 })),
    );
  });

  test(`${target.name} control plane: slots and caches are read sorted by key`, () => {
    const { control } = load(target);
    control.write([
      insert(slotEntry('slots', [2n, 0n], [1n])),
      insert(slotEntry('slots', [1n, 0x1_ffff_ffffn], [2n])),
      insert(cacheEntry('cache', [5n], [0xff_ffff_ffffn])),
      insert(cacheEntry('cache', [4n], [4n])),
      insert(cacheEntry('cache', [1n], [1n])),
    ]);
    assert.deepEqual(read(control, { entity: 'slot', name: 'slots' }), [
      slotEntry('slots', [1n, 0x1_ffff_ffffn], [2n]),
      slotEntry('slots', [2n, 0n], [1n]),
    ]);
    assert.deepEqual(read(control, { entity: 'cache', name: 'cache' }), [
      cacheEntry('cache', [1n], [1n]),
      cacheEntry('cache', [4n], [4n]),
      cacheEntry('cache', [5n], [0xff_ffff_ffffn]),
    ]);
  });

  test(`${target.name} control plane: a register is read whole or at one index`, () => {
    const { control } = load(target);
    const record = [0x8000_0000_0000_0001n, 7n];
    control.write([modify(registerEntry('registers', 1, record))]);
    assert.deepEqual(read(control, { entity: 'register', name: 'registers', index: 1 }), [
      registerEntry('registers', 1, record),
    ]);
    assert.equal(read(control, { entity: 'register', name: 'registers' }).length, 3);
  });
}

function describeCopies(target: Target): void {
  test(`${target.name} control plane: a cache that always misses takes entries and holds none`, () => {
    const { control } = load(target, 'alwaysMiss');
    control.write([insert(cacheEntry('cache', [1n], [1n]))]);
    assert.deepEqual(control.read({ entity: 'cache', name: 'cache' }), []);
    assert.throws(() => control.write([modify(cacheEntry('cache', [1n], [1n]))]), { code: 'NOT_FOUND' });
  });

  test(`${target.name} control plane: what was written and read is a copy`, () => {
    const { control } = load(target);
    const match = [exactly(1n), exactly(2n)];
    const [record, key] = [
      [3n, 4n],
      [5n, 6n],
    ];
    control.write([
      insert(tableEntry('exact', match, ACTION)),
      modify(registerEntry('registers', 0, record)),
      insert(slotEntry('slots', key, [1n])),
    ]);
    const held = structuredClone(everything(control));
    match[0] = exactly(9n);
    record[0] = 9n;
    key[0] = 9n;
    const [entry] = control.read({ entity: 'table', name: 'exact' }) as TableEntry[];
    (entry!.match as MatchValue[])[0] = exactly(8n);
    assert.deepEqual(everything(control), held);
  });
}
