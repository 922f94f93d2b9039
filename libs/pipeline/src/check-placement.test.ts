import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bits, ethernetHeader, header } from '@ballast/wire';
import {
  assertIpPair,
  assertIpRefused,
  assertRefused,
  buildIp,
  type IpBody,
} from '../testing/program-refusal.ts';
import { type Assignable, exact, program, type ProgramBuilder } from './builder.ts';
import { checkProgram } from './check.ts';
import type { Expr, Program, Statement } from './ir.ts';
import { packetFormat } from './parser-graph.ts';

/** A statement of every kind that touches state. */
const stateful: Readonly<Record<string, (p: ProgramBuilder) => () => unknown>> = {
  random: (p) => () => p.random(bits(8)),
  'apply t': (p) => {
    const t = p.table('t', { match: { k: exact(p.egressPort) }, actions: { hit: {} }, size: 1 });
    return () => t.apply({ hit: () => undefined, miss: () => undefined });
  },
  ...ofRegister({
    read: (r) => r.at(0).read(),
    add: (r) => r.at(0).add('v', 1),
    update: (r) => r.at(0).update(({ v }) => v.set(1)),
    argmin: (r) => r.argmin('v', { count: 2 }),
  }),
  ...ofSlots({
    slotLookup: (s) => s.lookup({ k: 0 }),
    slotInsert: (s) => s.insert({ k: 0 }, { v: 0 }),
    slotUpdate: (s) => s.update({ k: 0 }, () => undefined),
    slotRemove: (s) => s.remove({ k: 0 }),
  }),
  ...ofCache({
    cacheGet: (c) => c.get({ k: 0 }),
    cachePut: (c) => c.put({ k: 0 }, { v: 0 }),
    cacheRemove: (c) => c.remove({ k: 0 }),
  }),
  'count n': (p) => {
    const n = p.counter('n', 1);
    return () => n.count(0);
  },
};

type Uses<R> = Readonly<Record<string, (ref: R) => unknown>>;

function ofRegister(uses: Uses<ReturnType<typeof registerOf>>): typeof stateful {
  return named(uses, 'r', registerOf);
}
function ofSlots(uses: Uses<ReturnType<typeof slotsOf>>): typeof stateful {
  return named(uses, 's', slotsOf);
}
function ofCache(uses: Uses<ReturnType<typeof cacheOf>>): typeof stateful {
  return named(uses, 'h', cacheOf);
}
function registerOf(p: ProgramBuilder) {
  return p.register('r', { v: bits(8) }, 2);
}
function slotsOf(p: ProgramBuilder) {
  return p.slots('s', { key: { k: bits(8) }, record: { v: bits(8) }, buckets: 1 });
}
function cacheOf(p: ProgramBuilder) {
  return p.cache('h', { key: { k: bits(8) }, record: { v: bits(8) }, size: 1 });
}
function named<R>(uses: Uses<R>, state: string, declare: (p: ProgramBuilder) => R): typeof stateful {
  const entries = Object.entries(uses).map(([kind, use]) => [
    `${kind} ${state}`,
    (p: ProgramBuilder) => {
      const ref = declare(p);
      return () => use(ref);
    },
  ]);
  return Object.fromEntries(entries) as typeof stateful;
}

for (const [construct, use] of Object.entries(stateful)) {
  test(`check: the egress part does not ${construct}`, () => {
    assertIpRefused(
      (p) => {
        const statements = use(p);
        p.egress(() => {
          statements();
          p.emit();
        });
      },
      ['PLACEMENT', `egress, ${construct}`, 'the egress part touches no state'],
    );
  });
}

test('check: the egress part hashes, assigns and branches', () => {
  buildIp((p, { ethernet, vlan }) => {
    const mode = p.variable('mode', bits(16));
    p.egress(() => {
      mode.set(p.hash('crc16', [ethernet.src]));
      p.when(vlan.isValid(), () => vlan.vid.set(mode.slice(11, 0)));
      p.when(
        mode.eq(0),
        () => p.drop('unlucky'),
        () => p.emit(),
      );
    });
  });
});

test('check: the egress part knows nothing of what the ingress part found out', () => {
  assertRefused(
    () =>
      program('test', (p) => {
        const { ethernet, inner } = p.parse(
          packetFormat(
            'f',
            { ethernet: ethernetHeader, inner: header('inner', { x: bits(8) }) },
            'ethernet',
            {
              ethernet: { otherwise: 'inner' },
            },
          ),
        );
        p.ingress(() => {
          p.when(inner.isValid().not(), () => p.drop('short'));
          p.forward(1);
        });
        p.egress(() => {
          ethernet.src.set(inner.x.extend(48));
          p.emit();
        });
      }),
    ['VALIDITY', 'egress, set ethernet.src', /header inner may not be in the packet here/],
  );
});

test('check: what only one part knows is read there only', () => {
  const inEgress: (value: (p: ProgramBuilder) => ProgramBuilder['replica']) => IpBody =
    (value) =>
    (p, { ethernet }) =>
      p.egress(() => {
        ethernet.src.set(value(p).extend(48));
        p.emit();
      });
  const inIngress: (value: (p: ProgramBuilder) => ProgramBuilder['replica']) => IpBody =
    (value) =>
    (p, { ethernet }) =>
    () =>
      ethernet.src.set(value(p).extend(48));
  for (const name of ['egressPort', 'replica'] as const) {
    assertIpPair({
      refused: inIngress((p) => p[name]),
      why: ['PLACEMENT', 'ingress, set ethernet.src', `${name} is known in the egress part only`],
      accepted: inEgress((p) => p[name]),
    });
  }
  for (const name of ['ingressPort', 'recirculations'] as const) {
    assertIpPair({
      refused: inEgress((p) => p[name]),
      why: [
        'PLACEMENT',
        'egress, set ethernet.src',
        `${name} is known in the ingress part only; carry it in a header`,
      ],
      accepted: inIngress((p) => p[name]),
    });
  }
  for (const name of ['now', 'packetLength'] as const) {
    buildIp(inEgress((p) => p[name]));
    buildIp(inIngress((p) => p[name]));
  }
});

test('check: a cell is read in its update only', () => {
  let escaped: Assignable | undefined;
  assertIpPair({
    refused: (p, { ethernet }) => {
      const r = p.register('r', { v: bits(48) }, 1);
      return () => {
        r.at(0).update(({ v }) => void (escaped = v));
        ethernet.src.set(escaped!);
      };
    },
    why: ['PLACEMENT', 'ingress, set ethernet.src', 'cell v is used outside of its update'],
    accepted: (p, { ethernet }) => {
      const [r, kept] = [p.register('r', { v: bits(48) }, 1), p.variable('kept', bits(48))];
      return () => {
        r.at(0).update(({ v }) => kept.set(v));
        ethernet.src.set(kept);
      };
    },
  });
});

test('check: a cell of one record is no cell of another', () => {
  const escaping: (use: (cell: Assignable, other: Assignable) => void) => IpBody = (use) => (p) => {
    const [first, second] = [
      p.register('a', { v: bits(48) }, 1),
      p.register('b', { v: bits(8), w: bits(48) }, 1),
    ];
    return () => {
      let escaped: Assignable | undefined;
      first.at(0).update(({ v }) => void (escaped = v));
      second.at(0).update(({ w }) => use(escaped!, w));
    };
  };
  assertIpRefused(
    escaping((cell, other) => other.set(cell)),
    ['PLACEMENT', 'ingress, update b', 'cell v is used outside of its update'],
  );
  assertIpRefused(
    escaping((cell) => cell.set(1)),
    ['PLACEMENT', 'ingress, update b', 'cell v is used outside of its update'],
  );
});

test('check: the parser’s first header fits the shortest frame', () => {
  const starting = (bytes: number) => (): Program => {
    const first = header('first', { a: bits(64), b: bits(8 * (bytes - 8)) });
    return program('test', (p) => {
      p.parse(packetFormat('f', { first }, 'first', {}));
      p.ingress(() => p.pass());
    });
  };
  assertRefused(starting(15), [
    'PARSER',
    'state first',
    'starts the parser with 15 bytes; frames may have 14',
  ]);
  assert.doesNotThrow(starting(14));
});

/** A program as data, whose ingress part begins with a statement that the DSL would not let one write. */
function withStatement(statement: Statement): () => void {
  const built = buildIp((p) => void p.variable('known', bits(16)));
  return () => checkProgram({ ...built, ingress: [statement, ...built.ingress] });
}
const ZERO: Expr = { kind: 'const', width: 16, value: 0n };

test('check: a program that comes as data uses what it declares only', () => {
  const target = { kind: 'variable', width: 16, name: 'known' } as const;
  const unknown = { kind: 'variable', width: 16, name: 'unknown' } as const;
  assertRefused(withStatement({ kind: 'set', target, value: unknown }), [
    'NAME',
    'ingress, set variable known',
    'variable unknown is not declared',
  ]);
  assertRefused(withStatement({ kind: 'set', target: unknown, value: ZERO }), [
    'NAME',
    'ingress, set variable unknown',
    'variable unknown is not declared',
  ]);
  assertRefused(withStatement({ kind: 'read', register: 'gone', index: ZERO, into: [] }), [
    'NAME',
    'ingress, read gone',
    'gone is not declared',
  ]);
  assertRefused(withStatement({ kind: 'count', counter: 'gone', index: ZERO }), [
    'NAME',
    'ingress, count gone',
    /not/,
  ]);
  assertRefused(withStatement({ kind: 'cacheRemove', cache: 'gone', key: [] }), [
    'NAME',
    'ingress, cacheRemove gone',
    'gone is not declared',
  ]);
  assertRefused(
    withStatement({ kind: 'slotRemove', slots: 'gone', key: [], condition: null, status: 'known' }),
    ['NAME', 'ingress, slotRemove gone', 'gone is not declared'],
  );
  assert.doesNotThrow(withStatement({ kind: 'set', target, value: ZERO }));
});

test('check: a modulus of a program that comes as data is between 1 and 2^31', () => {
  const hash = (modulus: number): Statement => ({
    kind: 'hash',
    algorithm: 'crc32',
    key: null,
    args: [ZERO],
    modulus,
    into: 'known',
  });
  assertRefused(withStatement(hash(0)), ['HASH', 'ingress, hash', 'modulus 0 is not between 1 and 2^31']);
  assert.doesNotThrow(withStatement(hash(1)));
});
