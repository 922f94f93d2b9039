/** Match-action tables of every key kind. */
import { bits } from '@ballast/wire';
import { exact, type KeySpec, longestPrefix, ternary } from '../../src/index.ts';
import { exactly, insert, masked, modify, prefix, remove, tableEntry } from '../control-notation.ts';
import {
  dropped,
  forwarded,
  type SemanticsArea,
  type SemanticsCase,
  send,
  type Step,
  write,
} from './case.ts';
import { Probe, type ProbeFields } from './formats.ts';

const WIDTHS = { a: 32, b: 16, wide: 64, mac: 48, small: 5 } as const;
const probe = new Probe(WIDTHS);

const SIZE = 64;
/** Keys that fill the table. */
const CROWD = Array.from({ length: SIZE }, (_, i) => i);

/** The port of a hit, or a miss. */
function looksUp(key: Parameters<typeof probe.frame>[0], port: number | 'miss'): Step {
  return send(probe.frame(key), port === 'miss' ? dropped('miss') : forwarded(port));
}

/** A table `t` whose action `to` forwards to its parameter. */
function forwarding(match: (fields: ProbeFields<typeof WIDTHS>) => KeySpec): SemanticsCase['program'] {
  return probe.program((p, fields) => {
    const t = p.table('t', { match: match(fields), actions: { to: { port: bits(16) } }, size: SIZE });
    return () => t.apply({ to: ({ port }) => p.forward(port), miss: () => p.drop('miss') });
  });
}

const exactCases: readonly SemanticsCase[] = [
  {
    name: 'one key of 32 bits',
    program: forwarding(({ a }) => ({ a: exact(a) })),
    steps: [
      looksUp({ a: 1 }, 'miss'),
      write(
        insert(tableEntry('t', [exactly(1n)], ['to', 10n])),
        insert(tableEntry('t', [exactly(0xffff_ffffn)], ['to', 0xffffn])),
        insert(tableEntry('t', [exactly(0n)], ['to', 12n])),
      ),
      looksUp({ a: 1 }, 10),
      looksUp({ a: 0xffff_ffff }, 0xffff),
      looksUp({ a: 0 }, 12),
      looksUp({ a: 0x8000_0001 }, 'miss'),
    ],
  },
  {
    name: 'a key of 64 bits is compared as a whole',
    program: forwarding(({ wide }) => ({ wide: exact(wide) })),
    steps: [
      write(
        insert(tableEntry('t', [exactly(0x8000_0000_0000_0001n)], ['to', 1n])),
        insert(tableEntry('t', [exactly(0x0020_0000_0000_0001n)], ['to', 2n])),
      ),
      looksUp({ wide: 0x8000_0000_0000_0001n }, 1),
      looksUp({ wide: 0x8000_0000_0000_0000n }, 'miss'),
      looksUp({ wide: 1n }, 'miss'),
      looksUp({ wide: 0x0020_0000_0000_0001n }, 2),
      looksUp({ wide: 0x0020_0000_0000_0000n }, 'miss'),
    ],
  },
  {
    name: 'a table is found in as far as it is full',
    program: forwarding(({ a, b }) => ({ a: exact(a), b: exact(b) })),
    steps: [
      write(
        ...CROWD.map((i) => insert(tableEntry('t', [exactly(BigInt(i)), exactly(7n)], ['to', BigInt(i)]))),
      ),
      ...CROWD.map((i) => looksUp({ a: i, b: 7 }, i)),
      ...CROWD.map((i) => looksUp({ a: i, b: 8 }, 'miss')),
      write(
        ...CROWD.filter((i) => i % 2 === 0).map((i) =>
          remove(tableEntry('t', [exactly(BigInt(i)), exactly(7n)], ['to', 0n])),
        ),
      ),
      ...CROWD.map((i) => looksUp({ a: i, b: 7 }, i % 2 === 0 ? 'miss' : i)),
    ],
  },
  {
    name: 'several keys must all match',
    program: forwarding(({ a, b, mac, small }) => ({
      a: exact(a),
      b: exact(b),
      mac: exact(mac),
      small: exact(small),
    })),
    steps: [
      write(
        insert(tableEntry('t', [1n, 2n, 3n, 4n].map(exactly), ['to', 1n])),
        insert(tableEntry('t', [1n, 2n, 3n, 5n].map(exactly), ['to', 2n])),
        insert(tableEntry('t', [1n, 2n, 0xffff_ffff_ffffn, 31n].map(exactly), ['to', 3n])),
      ),
      looksUp({ a: 1, b: 2, mac: 3, small: 4 }, 1),
      looksUp({ a: 1, b: 2, mac: 3, small: 5 }, 2),
      looksUp({ a: 1, b: 2, mac: 0xffff_ffff_ffff, small: 31 }, 3),
      looksUp({ a: 1, b: 3, mac: 3, small: 4 }, 'miss'),
      looksUp({ a: 0, b: 2, mac: 3, small: 4 }, 'miss'),
      looksUp({ a: 2, b: 1, mac: 3, small: 4 }, 'miss'),
    ],
  },
  {
    name: 'a key may be any expression',
    program: forwarding(({ a, b }) => ({ sum: exact(a.slice(15, 0).plus(b)) })),
    steps: [
      write(insert(tableEntry('t', [exactly(4n)], ['to', 1n]))),
      looksUp({ a: 0xabcd_0001, b: 3 }, 1),
      looksUp({ a: 0xffff, b: 5 }, 1),
      looksUp({ a: 4, b: 1 }, 'miss'),
    ],
  },
  {
    name: 'an entry that is modified, removed and inserted anew',
    program: forwarding(({ a }) => ({ a: exact(a) })),
    steps: [
      write(
        insert(tableEntry('t', [exactly(1n)], ['to', 10n])),
        insert(tableEntry('t', [exactly(2n)], ['to', 20n])),
      ),
      write(modify(tableEntry('t', [exactly(1n)], ['to', 11n]))),
      looksUp({ a: 1 }, 11),
      write(remove(tableEntry('t', [exactly(1n)], ['to', 0n]))),
      looksUp({ a: 1 }, 'miss'),
      looksUp({ a: 2 }, 20),
      write(insert(tableEntry('t', [exactly(1n)], ['to', 12n]))),
      looksUp({ a: 1 }, 12),
    ],
  },
];

const prefixCases: readonly SemanticsCase[] = [
  {
    name: 'the longest prefix wins, whatever the order of insertion',
    program: forwarding(({ a }) => ({ a: longestPrefix(a) })),
    steps: [
      write(
        insert(tableEntry('t', [prefix(0x0a01_0000n, 16)], ['to', 16n])),
        insert(tableEntry('t', [prefix(0n, 0)], ['to', 100n])),
        insert(tableEntry('t', [prefix(0x0a01_0203n, 32)], ['to', 32n])),
        insert(tableEntry('t', [prefix(0x0a00_0000n, 8)], ['to', 8n])),
        insert(tableEntry('t', [prefix(0x8000_0000n, 1)], ['to', 1n])),
        insert(tableEntry('t', [prefix(0x0a01_0202n, 31)], ['to', 31n])),
      ),
      looksUp({ a: 0x0a01_0203 }, 32),
      looksUp({ a: 0x0a01_0202 }, 31),
      looksUp({ a: 0x0a01_0204 }, 16),
      looksUp({ a: 0x0a02_0204 }, 8),
      looksUp({ a: 0x0b00_0000 }, 100),
      looksUp({ a: 0xffff_ffff }, 1),
      write(
        remove(tableEntry('t', [prefix(0x0a01_0000n, 16)], ['to', 0n])),
        remove(tableEntry('t', [prefix(0n, 0)], ['to', 0n])),
      ),
      looksUp({ a: 0x0a01_0204 }, 8),
      looksUp({ a: 0x0b00_0000 }, 'miss'),
    ],
  },
  {
    name: 'a prefix that is removed uncovers the shorter ones beneath it',
    program: forwarding(({ a }) => ({ a: longestPrefix(a) })),
    steps: [
      write(
        ...[16, 18, 20, 23, 24].map((length) =>
          insert(tableEntry('t', [prefix(0x0a01_0000n, length)], ['to', BigInt(length)])),
        ),
      ),
      looksUp({ a: 0x0a01_0001 }, 24),
      write(remove(tableEntry('t', [prefix(0x0a01_0000n, 24)], ['to', 0n]))),
      looksUp({ a: 0x0a01_0001 }, 23),
      write(remove(tableEntry('t', [prefix(0x0a01_0000n, 20)], ['to', 0n]))),
      looksUp({ a: 0x0a01_0001 }, 23),
      looksUp({ a: 0x0a01_0201 }, 18),
      write(remove(tableEntry('t', [prefix(0x0a01_0000n, 18)], ['to', 0n]))),
      looksUp({ a: 0x0a01_0201 }, 16),
      write(remove(tableEntry('t', [prefix(0x0a01_0000n, 16)], ['to', 0n]))),
      looksUp({ a: 0x0a01_0201 }, 'miss'),
      looksUp({ a: 0x0a01_0001 }, 23),
    ],
  },
  {
    name: 'prefixes of 64 bits reach across the middle',
    program: forwarding(({ wide }) => ({ wide: longestPrefix(wide) })),
    steps: [
      write(
        insert(tableEntry('t', [prefix(0x2001_0db8_0000_0000n, 32)], ['to', 32n])),
        insert(tableEntry('t', [prefix(0x2001_0db8_8000_0000n, 33)], ['to', 33n])),
        insert(tableEntry('t', [prefix(0x2001_0db8_8000_00ffn, 64)], ['to', 64n])),
      ),
      looksUp({ wide: 0x2001_0db8_7fff_ffffn }, 32),
      looksUp({ wide: 0x2001_0db8_8000_00fen }, 33),
      looksUp({ wide: 0x2001_0db8_8000_00ffn }, 64),
      looksUp({ wide: 0x2001_0db9_8000_00ffn }, 'miss'),
    ],
  },
  {
    name: 'an exact key beside a prefix tells the longest prefix of its own',
    program: forwarding(({ small, mac }) => ({ tenant: exact(small), mac: longestPrefix(mac) })),
    steps: [
      write(
        insert(tableEntry('t', [exactly(1n), prefix(0x0200_0000_0000n, 8)], ['to', 1n])),
        insert(tableEntry('t', [exactly(1n), prefix(0x0200_0000_0007n, 48)], ['to', 2n])),
        insert(tableEntry('t', [exactly(2n), prefix(0n, 0)], ['to', 3n])),
      ),
      looksUp({ small: 1, mac: 0x0200_0000_0007 }, 2),
      looksUp({ small: 1, mac: 0x0200_0000_0006 }, 1),
      looksUp({ small: 2, mac: 0x0200_0000_0007 }, 3),
      looksUp({ small: 3, mac: 0x0200_0000_0007 }, 'miss'),
      looksUp({ small: 1, mac: 0x0300_0000_0007 }, 'miss'),
    ],
  },
];

const ternaryCases: readonly SemanticsCase[] = [
  {
    name: 'the highest priority wins',
    program: forwarding(({ a }) => ({ a: ternary(a) })),
    steps: [
      write(
        insert(tableEntry('t', [masked(0n, 0n)], ['to', 1n], 0)),
        insert(tableEntry('t', [masked(0x5n, 0xfn)], ['to', 2n], 10)),
        insert(tableEntry('t', [masked(0x8000_0005n, 0x8000_000fn)], ['to', 3n], 5)),
        insert(tableEntry('t', [masked(0xffff_ffffn, 0xffff_ffffn)], ['to', 4n], 0x7fff_ffff)),
      ),
      looksUp({ a: 4 }, 1),
      looksUp({ a: 0x35 }, 2),
      looksUp({ a: 0x8000_0005 }, 2),
      looksUp({ a: 0xffff_ffff }, 4),
      write(remove(tableEntry('t', [masked(0x5n, 0xfn)], ['to', 0n], 10))),
      looksUp({ a: 0x8000_0005 }, 3),
      looksUp({ a: 0x35 }, 1),
    ],
  },
  {
    name: 'of equal priorities the entry inserted first wins, also once it was modified',
    program: forwarding(({ a }) => ({ a: ternary(a) })),
    steps: [
      write(
        insert(tableEntry('t', [masked(0x10n, 0xf0n)], ['to', 1n], 7)),
        insert(tableEntry('t', [masked(0x01n, 0x0fn)], ['to', 2n], 7)),
      ),
      looksUp({ a: 0x11 }, 1),
      looksUp({ a: 0x21 }, 2),
      write(modify(tableEntry('t', [masked(0x10n, 0xf0n)], ['to', 3n], 7))),
      looksUp({ a: 0x11 }, 3),
      write(
        remove(tableEntry('t', [masked(0x10n, 0xf0n)], ['to', 0n], 7)),
        insert(tableEntry('t', [masked(0x10n, 0xf0n)], ['to', 4n], 7)),
      ),
      looksUp({ a: 0x11 }, 2),
      looksUp({ a: 0x12 }, 4),
    ],
  },
  {
    name: 'one match under two priorities is two entries',
    program: forwarding(({ a }) => ({ a: ternary(a) })),
    steps: [
      write(
        insert(tableEntry('t', [masked(1n, 1n)], ['to', 1n], 1)),
        insert(tableEntry('t', [masked(1n, 1n)], ['to', 2n], 2)),
      ),
      looksUp({ a: 1 }, 2),
      write(remove(tableEntry('t', [masked(1n, 1n)], ['to', 0n], 2))),
      looksUp({ a: 1 }, 1),
    ],
  },
  {
    name: 'beside a ternary key priorities decide, and prefixes are masks',
    program: forwarding(({ a, b, small }) => ({ a: longestPrefix(a), b: ternary(b), small: exact(small) })),
    steps: [
      write(
        insert(tableEntry('t', [prefix(0x0a00_0000n, 8), masked(0n, 0n), exactly(1n)], ['to', 1n], 9)),
        insert(tableEntry('t', [prefix(0x0a01_0000n, 16), masked(80n, 0xffffn), exactly(1n)], ['to', 2n], 3)),
        insert(tableEntry('t', [prefix(0x0b01_0000n, 16), masked(80n, 0xffffn), exactly(1n)], ['to', 3n], 3)),
      ),
      looksUp({ a: 0x0a01_0001, b: 80, small: 1 }, 1),
      looksUp({ a: 0x0b01_0001, b: 80, small: 1 }, 3),
      looksUp({ a: 0x0b01_0001, b: 80, small: 2 }, 'miss'),
      looksUp({ a: 0x0b02_0001, b: 80, small: 1 }, 'miss'),
      looksUp({ a: 0x0b01_0001, b: 81, small: 1 }, 'miss'),
    ],
  },
  {
    name: 'masks of 64 bits reach across the middle',
    program: forwarding(({ wide }) => ({ wide: ternary(wide) })),
    steps: [
      write(insert(tableEntry('t', [masked(0x8000_0000_0000_0001n, 0x8000_0001_8000_0001n)], ['to', 1n], 1))),
      looksUp({ wide: 0x8000_0000_0000_0001n }, 1),
      looksUp({ wide: 0xffff_fffe_7fff_ffffn }, 1),
      looksUp({ wide: 0x8000_0001_0000_0001n }, 'miss'),
      looksUp({ wide: 0x8000_0000_8000_0001n }, 'miss'),
      looksUp({ wide: 0x0000_0000_0000_0001n }, 'miss'),
    ],
  },
];

const actionCases: readonly SemanticsCase[] = [
  {
    name: 'the body of the entry’s action runs, with its parameters',
    program: probe.program((p, { a, b, wide, mac }) => {
      const t = p.table('t', {
        match: { a: exact(a) },
        actions: {
          rewrite: { mac: bits(48), other: bits(48), wide: bits(64) },
          mark: { b: bits(16) },
          leave: {},
        },
        size: 4,
      });
      return () => {
        t.apply({
          mark: (given) => b.set(given.b),
          rewrite: (given) => {
            wide.set(given.wide);
            mac.set(given.mac.minus(given.other));
          },
          leave: () => undefined,
          miss: () => mac.set(0xdead),
        });
        p.forward(1);
      };
    }),
    steps: [
      write(
        insert(tableEntry('t', [exactly(1n)], ['rewrite', 0x8000_0000_0009n, 8n, 0xffff_ffff_ffff_fffen])),
        insert(tableEntry('t', [exactly(2n)], ['mark', 0xffffn])),
        insert(tableEntry('t', [exactly(3n)], ['leave'])),
      ),
      send(
        probe.frame({ a: 1, b: 9 }),
        forwarded(1, probe.frame({ a: 1, b: 9, wide: 0xffff_ffff_ffff_fffen, mac: 0x8000_0000_0001n })),
      ),
      send(probe.frame({ a: 2, wide: 3 }), forwarded(1, probe.frame({ a: 2, b: 0xffff, wide: 3 }))),
      send(probe.frame({ a: 3, b: 4 }), forwarded(1)),
      send(probe.frame({ a: 4 }), forwarded(1, probe.frame({ a: 4, mac: 0xdead }))),
      write(modify(tableEntry('t', [exactly(3n)], ['mark', 5n]))),
      send(probe.frame({ a: 3 }), forwarded(1, probe.frame({ a: 3, b: 5 }))),
    ],
  },
  {
    name: 'one table decides the key of the next',
    program: probe.program((p, { a, b }) => {
      const pools = p.table('pools', {
        match: { a: exact(a) },
        actions: { pool: { id: bits(8) } },
        size: 4,
      });
      const pool = p.variable('pool_id', bits(8));
      const members = p.table('members', {
        match: { pool: exact(pool), b: exact(b) },
        actions: { to: { port: bits(16) } },
        size: 4,
      });
      return () => {
        pools.apply({ pool: ({ id }) => pool.set(id), miss: () => undefined });
        members.apply({ to: ({ port }) => p.forward(port), miss: () => p.drop('miss') });
      };
    }),
    steps: [
      write(
        insert(tableEntry('pools', [exactly(7n)], ['pool', 200n])),
        insert(tableEntry('members', [exactly(200n), exactly(1n)], ['to', 21n])),
        insert(tableEntry('members', [exactly(0n), exactly(1n)], ['to', 1n])),
      ),
      looksUp({ a: 7, b: 1 }, 21),
      looksUp({ a: 8, b: 1 }, 1),
      looksUp({ a: 7, b: 2 }, 'miss'),
    ],
  },
];

export const tables: readonly SemanticsArea[] = [
  { area: 'exact tables', cases: exactCases },
  { area: 'longest prefix', cases: prefixCases },
  { area: 'ternary tables', cases: ternaryCases },
  { area: 'actions', cases: actionCases },
];
