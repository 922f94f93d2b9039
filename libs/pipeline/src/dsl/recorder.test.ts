import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bits } from '@ballast/wire';
import { assertIpRefused, buildIp, type RefusedFor } from '../../testing/program-refusal.ts';
import type { ProgramBuilder } from '../builder.ts';
import type { Assignable } from './references.ts';

/** One record of two cells in each store. */
function stores(p: ProgramBuilder) {
  const record = { count: bits(8), last: bits(16) };
  return {
    register: p.register('r', record, 4),
    slots: p.slots('s', { key: { a: bits(8), b: bits(16) }, record, buckets: 2 }),
    cache: p.cache('c', { key: { a: bits(8), b: bits(16) }, record, size: 4 }),
    other: p.register('other', { count: bits(8), single: bits(8) }, 4),
  };
}

test('recorder: an update holds only assignments and conditionals', () => {
  assertIpRefused(
    (p) => {
      const { register, other } = stores(p);
      return () => register.at(0).update(() => void other.at(0).read());
    },
    ['PLACEMENT', 'read', 'an update holds only assignments to cells and variables, and conditionals'],
  );
  assertIpRefused(
    (p) => {
      const { slots } = stores(p);
      return () => void slots.update({ a: 0, b: 0 }, () => p.drop('x'));
    },
    ['PLACEMENT', 'drop', /an update holds only/],
  );
  assertIpRefused(
    (p, { ethernet }) => {
      const { register } = stores(p);
      return () => register.at(0).update(() => p.when(ethernet.src.eq(0), () => ethernet.src.set(1)));
    },
    ['PLACEMENT', 'set', /an update holds only/],
  );
  buildIp((p, { ethernet }) => {
    const { register } = stores(p);
    const mode = p.variable('mode', bits(8));
    return () =>
      register.at(0).update((cell) => {
        p.when(
          ethernet.src.slice(7, 0).gt(cell.count),
          () => cell.count.set(cell.count.plus(1)),
          () => mode.set(cell.count),
        );
      });
  });
});

test('recorder: updates do not nest', () => {
  assertIpRefused(
    (p) => {
      const { register, slots } = stores(p);
      return () => register.at(0).update(() => void slots.update({ a: 0, b: 0 }, () => undefined));
    },
    ['PLACEMENT', 'update of s', 'updates do not nest'],
  );
});

test('recorder: after an update that failed, statements stand where they stood', () => {
  buildIp((p, { ethernet }) => {
    const { register, other } = stores(p);
    return () => {
      assert.throws(() => register.at(0).update(() => void other.at(0).read()), { code: 'PLACEMENT' });
      ethernet.src.set(other.at(0).read().count.extend(48));
    };
  });
});

test('recorder: a cell is set in its update only', () => {
  let escaped: Assignable | undefined;
  assertIpRefused(
    (p) => {
      const { register } = stores(p);
      return () => {
        register.at(0).update((cell) => void (escaped = cell.count));
        escaped?.set(1);
      };
    },
    ['PLACEMENT', 'r.count', 'cells are set in an update only'],
  );
  assertIpRefused(
    (p) => {
      const { slots } = stores(p);
      return () =>
        void slots.remove({ a: 0, b: 0 }, (cell) => {
          (cell.count as unknown as Pick<Assignable, 'set'>).set(1);
          return cell.count.eq(1);
        });
    },
    ['PLACEMENT', 's.count', 'cells are set in an update only'],
  );
});

test('recorder: keys and records are whole, and of the declared widths', () => {
  const missing = { a: 1 } as unknown as { a: number; b: number };
  const partial = { count: 1 } as unknown as { count: number; last: number };
  const cases: readonly [(of: ReturnType<typeof stores>, p: ProgramBuilder) => unknown, RefusedFor][] = [
    [({ slots }) => slots.lookup(missing), ['STATE_USE', 'slots s', 'no value for key b']],
    [({ cache }) => cache.get(missing), ['STATE_USE', 'cache c', 'no value for key b']],
    [
      ({ slots }) => slots.insert({ a: 1, b: 1 }, partial),
      ['STATE_USE', 'slots s', 'no value for cell last'],
    ],
    [({ cache }) => cache.put({ a: 1, b: 1 }, partial), ['STATE_USE', 'cache c', 'no value for cell last']],
    [
      ({ slots }) => slots.remove({ a: 256, b: 1 }),
      ['WIDTH', 'slots s, key a', 'constant 256 does not fit 8 bits'],
    ],
    [
      ({ slots }, p) => slots.lookup({ a: 1, b: p.ingressPort.slice(7, 0) }),
      ['WIDTH', 'slots s, key b', 'slice of 8 bits has 8 bits; expected 16'],
    ],
    [
      ({ cache }, p) => cache.put({ a: 1, b: 1 }, { count: p.ingressPort, last: 1 }),
      ['WIDTH', 'cache c, cell count', 'ingressPort has 16 bits; expected 8'],
    ],
    [
      ({ register }, p) => register.at(0).add('count', p.ingressPort),
      ['WIDTH', 'register r, cell count', 'ingressPort has 16 bits; expected 8'],
    ],
  ];
  for (const [body, why] of cases) {
    assertIpRefused((p) => {
      const declared = stores(p);
      return () => void body(declared, p);
    }, why);
  }
  buildIp((p) => {
    const { slots, cache, register } = stores(p);
    return () => {
      slots.insert({ a: p.ingressPort.slice(7, 0), b: p.ingressPort }, { count: 255, last: p.ingressPort });
      cache.put({ a: 255, b: 65_535 }, { count: 1, last: 1 });
      register.at(3).add('count', 255);
    };
  });
});

test('recorder: a record and a key have cells', () => {
  assertIpRefused(
    (p) => p.register('r', {}, 1),
    ['STATE_USE', 'register r', 'a record has at least one cell'],
  );
  assertIpRefused(
    (p) => p.slots('s', { key: {}, record: { v: bits(1) }, buckets: 1 }),
    ['STATE_USE', 'slots s', /at least/],
  );
  assertIpRefused(
    (p) => p.cache('c', { key: { k: bits(1) }, record: {}, size: 1 }),
    ['STATE_USE', 'cache c', /at least/],
  );
});

test('recorder: a constant index is within the record’s array', () => {
  for (const index of [4, -1]) {
    assertIpRefused(
      (p) => () => void stores(p).register.at(index).read(),
      ['INDEX_BOUND', 'register r', `index ${index} of 4 records`],
    );
  }
  assertIpRefused(
    (p) => () => void stores(p).register.at(1.5).read(),
    ['INDEX_BOUND', 'register r', 'index 1.5 is no integer'],
  );
  assertIpRefused(
    (p) => {
      const seen = p.counter('seen', 2);
      return () => seen.count(2);
    },
    ['INDEX_BOUND', 'counter seen', 'index 2 of 2 records'],
  );
});

test('recorder: a range of argmin lies within its register', () => {
  for (const count of [0, 5, 2.5]) {
    assertIpRefused(
      (p) => {
        const { register } = stores(p);
        return () => void register.argmin('count', { count });
      },
      ['INDEX_BOUND', 'argmin r', `range of ${count} in 4 records`],
    );
  }
});
