/** Registers, the argmin over them, counters, hashes and the generator. */
import { bits } from '@ballast/wire';
import type { HashAlgorithm, Program } from '../../src/index.ts';
import { counterEntry, modify, registerEntry } from '../control-notation.ts';
import { forwarded, holds, type SemanticsArea, type SemanticsCase, send, write } from './case.ts';
import { Probe } from './formats.ts';

const ONES_64 = 0xffff_ffff_ffff_ffffn;

const registerCases: readonly SemanticsCase[] = [
  (() => {
    const probe = new Probe({ index: 2, wide: 64, small: 3, odd: 33 });
    return {
      name: 'reads the record at an index, all zero at first',
      program: probe.program((p, { index, wide, small, odd }) => {
        const r = p.register('r', { wide: bits(64), small: bits(3), odd: bits(33) }, 4);
        return () => {
          const record = r.at(index).read();
          wide.set(record.wide);
          small.set(record.small);
          odd.set(record.odd);
          p.forward(1);
        };
      }),
      steps: [
        send(probe.frame({ index: 3, wide: 1, small: 1, odd: 1 }), forwarded(1, probe.frame({ index: 3 }))),
        write(modify(registerEntry('r', 3, [0x8000_0000_0000_0001n, 7n, 0x1_0000_0001n]))),
        send(
          probe.frame({ index: 3 }),
          forwarded(
            1,
            probe.frame({ index: 3, wide: 0x8000_0000_0000_0001n, small: 7, odd: 0x1_0000_0001n }),
          ),
        ),
        send(probe.frame({ index: 2 }), forwarded(1)),
      ],
    };
  })(),
  (() => {
    const probe = new Probe({ a: 64, sum: 64 });
    return {
      name: 'adds to one cell and gives the new value, wrapping around at 64 bits',
      program: probe.program((p, { a, sum }) => {
        const r = p.register('r', { before: bits(64), total: bits(64), behind: bits(64) }, 2);
        return () => {
          sum.set(r.at(1).add('total', a));
          p.forward(1);
        };
      }),
      steps: [
        send(
          probe.frame({ a: 0xffff_ffffn }),
          forwarded(1, probe.frame({ a: 0xffff_ffffn, sum: 0xffff_ffffn })),
        ),
        send(probe.frame({ a: 1 }), forwarded(1, probe.frame({ a: 1, sum: 0x1_0000_0000n }))),
        send(probe.frame({ a: ONES_64 }), forwarded(1, probe.frame({ a: ONES_64, sum: 0xffff_ffffn }))),
        holds({
          registers: {
            r: [
              [0n, 0n, 0n],
              [0n, 0xffff_ffffn, 0n],
            ],
          },
        }),
      ],
    };
  })(),
  (() => {
    const probe = new Probe({ sum: 12 });
    return {
      name: 'adds at 12 bits, wrapping around',
      program: probe.program((p, { sum }) => {
        const r = p.register('r', { total: bits(12) }, 1);
        return () => {
          sum.set(r.at(0).add('total', 0x800));
          p.forward(1);
        };
      }),
      steps: [
        send(probe.frame({}), forwarded(1, probe.frame({ sum: 0x800 }))),
        send(probe.frame({}), forwarded(1, probe.frame({ sum: 0 }))),
        holds({ registers: { r: [[0n]] } }),
      ],
    };
  })(),
  (() => {
    const probe = new Probe({ version: 48, result: 8 });
    return {
      name: 'an update weighs a record against the packet and changes it as one',
      program: probe.program((p, { version, result }) => {
        const entries = p.register(
          'entries',
          { completed: bits(48), replicas: bits(8), updates: bits(8) },
          2,
        );
        const verdict = p.variable('verdict', bits(8));
        return () => {
          entries.at(1).update((cell) => {
            p.when(
              version.gt(cell.completed),
              () => {
                cell.completed.set(version);
                cell.replicas.set(1);
                verdict.set(1);
              },
              () => p.when(version.eq(cell.completed), () => cell.replicas.set(cell.replicas.or(2))),
            );
            cell.updates.set(cell.updates.plus(cell.replicas));
          });
          result.set(verdict);
          p.forward(1);
        };
      }),
      steps: [
        send(probe.frame({ version: 9 }), forwarded(1, probe.frame({ version: 9, result: 1 }))),
        holds({
          registers: {
            entries: [
              [0n, 0n, 0n],
              [9n, 1n, 1n],
            ],
          },
        }),
        send(probe.frame({ version: 9, result: 5 }), forwarded(1, probe.frame({ version: 9 }))),
        send(probe.frame({ version: 8 }), forwarded(1)),
        holds({
          registers: {
            entries: [
              [0n, 0n, 0n],
              [9n, 3n, 7n],
            ],
          },
        }),
        send(
          probe.frame({ version: 0xffff_ffff_ffff }),
          forwarded(1, probe.frame({ version: 0xffff_ffff_ffff, result: 1 })),
        ),
        holds({
          registers: {
            entries: [
              [0n, 0n, 0n],
              [0xffff_ffff_ffffn, 1n, 8n],
            ],
          },
        }),
      ],
    };
  })(),
  (() => {
    const probe = new Probe({ a: 16, b: 16 });
    return {
      name: 'a value that was read stays what it was after the record changed',
      program: probe.program((p, { a, b }) => {
        const r = p.register('r', { value: bits(16) }, 1);
        return () => {
          const before = r.at(0).read();
          r.at(0).update(({ value }) => value.set(a));
          const after = r.at(0).read();
          b.set(before.value);
          a.set(after.value.plus(1));
          p.forward(1);
        };
      }),
      steps: [
        send(probe.frame({ a: 5 }), forwarded(1, probe.frame({ a: 6, b: 0 }))),
        send(probe.frame({ a: 7 }), forwarded(1, probe.frame({ a: 8, b: 5 }))),
      ],
    };
  })(),
  (() => {
    const probe = new Probe({ key: 32 });
    return {
      name: 'an index from a hash with a modulus',
      program: probe.program((p, { key }) => {
        const r = p.register('r', { packets: bits(8) }, 5);
        return () => {
          r.at(p.hash('crc32', [key], { modulus: 5 })).add('packets', 1);
          p.forward(1);
        };
      }),
      // crc32(00000000) = 0x2144df1c, 2 modulo 5; crc32(ffffffff) = 0xffffffff, 0 modulo 5.
      steps: [
        send(probe.frame({ key: 0 }), forwarded(1)),
        send(probe.frame({ key: 0xffff_ffff }), forwarded(1)),
        send(probe.frame({ key: 0 }), forwarded(1)),
        holds({ registers: { r: [[1n], [0n], [2n], [0n], [0n]] } }),
      ],
    };
  })(),
];

/** Asks for the least of 6 records among those that the packet names. */
const argminProbe = new Probe({ among: 8, index: 16, minimum: 40 });
const LOADS = [5n, 3n, 0xff_ffff_ffffn, 3n, 9n, 0n];
const loads = write(...LOADS.map((load, i) => modify(registerEntry('servers', i, [0n, load]))));

function argminProgram(count: number, isMasked: boolean): () => Program {
  return argminProbe.program((p, { among, index, minimum }) => {
    const servers = p.register('servers', { name: bits(8), load: bits(40) }, LOADS.length);
    return () => {
      const least = servers.argmin('load', isMasked ? { count, among } : { count });
      index.set(least.index);
      minimum.set(least.minimum);
      p.forward(1);
    };
  });
}

function leastAmong(among: number, index: number, minimum: bigint): ReturnType<typeof send> {
  return send(argminProbe.frame({ among }), forwarded(1, argminProbe.frame({ among, index, minimum })));
}

const argminCases: readonly SemanticsCase[] = [
  { name: 'the least of a range', program: argminProgram(6, false), steps: [loads, leastAmong(0, 5, 0n)] },
  {
    name: 'the first of equals, within the count only',
    program: argminProgram(5, false),
    steps: [loads, leastAmong(0, 1, 3n)],
  },
  { name: 'a range of one', program: argminProgram(1, false), steps: [loads, leastAmong(0, 0, 5n)] },
  {
    name: 'only records whose bit is set count',
    program: argminProgram(6, true),
    steps: [
      loads,
      leastAmong(0b011111, 1, 3n),
      leastAmong(0b011101, 3, 3n),
      leastAmong(0b010001, 0, 5n),
      leastAmong(0b110100, 5, 0n),
    ],
  },
  {
    name: 'a candidate whose cell is all ones is found',
    program: argminProgram(6, true),
    steps: [loads, leastAmong(0b000100, 2, 0xff_ffff_ffffn)],
  },
  {
    name: 'without a candidate the index is 0 and the minimum all ones',
    program: argminProgram(6, true),
    steps: [loads, leastAmong(0, 0, 0xff_ffff_ffffn), leastAmong(0b11000000, 0, 0xff_ffff_ffffn)],
  },
];

const counterCases: readonly SemanticsCase[] = [
  (() => {
    const probe = new Probe({ index: 2 });
    return {
      name: 'packets, and their bytes as they came in',
      program: probe.program((p, { index }) => {
        const seen = p.counter('seen', 4);
        return () => {
          seen.count(index);
          p.when(index.eq(3), () => p.drop('dropped_yet_counted'));
          p.forward(1);
        };
      }),
      steps: [
        send(probe.frame({ index: 1 }), forwarded(1)),
        send(probe.frame({ index: 1 }, '0123456789'), forwarded(1)),
        send(probe.frame({ index: 3 }), { outcome: 'drop', reason: 'dropped_yet_counted' }),
        holds({
          counters: {
            seen: [
              { packets: 0n, bytes: 0n },
              { packets: 2n, bytes: 40n },
              { packets: 0n, bytes: 0n },
              { packets: 1n, bytes: 15n },
            ],
          },
        }),
        write(modify(counterEntry('seen', 1, 0xffff_ffffn, 0x1_0000_0000n))),
        send(probe.frame({ index: 1 }), forwarded(1)),
        holds({
          counters: {
            seen: [
              { packets: 0n, bytes: 0n },
              { packets: 0x1_0000_0000n, bytes: 0x1_0000_000fn },
              { packets: 0n, bytes: 0n },
              { packets: 1n, bytes: 15n },
            ],
          },
        }),
      ],
    };
  })(),
];

/** '123456789' in fields of several widths. */
const CHECK = { a: 0x3132_3334n, b: 0x35n, c: 0x3637_3839n };
const hashProbe = new Probe({ a: 32, b: 8, c: 32, result: 64 });

function hashCase(
  name: string,
  algorithm: HashAlgorithm,
  options: { modulus?: number; key?: bigint },
  result: bigint,
): SemanticsCase {
  return {
    name,
    program: hashProbe.program((p, fields) => () => {
      fields.result.set(p.hash(algorithm, [fields.a, fields.b, fields.c], options).extend(64));
      p.forward(1);
    }),
    steps: [send(hashProbe.frame(CHECK), forwarded(1, hashProbe.frame({ ...CHECK, result })))],
  };
}

const hashCases: readonly SemanticsCase[] = [
  hashCase('CRC-32 has the check value of zlib', 'crc32', {}, 0xcbf4_3926n),
  hashCase('CRC-16 has the check value of ARC', 'crc16', {}, 0xbb3dn),
  hashCase('CRC-32 modulo 1000', 'crc32', { modulus: 1000 }, 0xcbf4_3926n % 1000n),
  hashCase('CRC-32 modulo a power of two', 'crc32', { modulus: 4096 }, 0x926n),
  hashCase('CRC-32 modulo 2^31 keeps all bits but the highest', 'crc32', { modulus: 2 ** 31 }, 0x4bf4_3926n),
  hashCase('CRC-32 modulo 1 is 0', 'crc32', { modulus: 1 }, 0n),
  hashCase('CRC-16 modulo 7', 'crc16', { modulus: 7 }, 0xbb3dn % 7n),
  hashCase('CRC-16 modulo 65537 is the hash', 'crc16', { modulus: 65_537 }, 0xbb3dn),
  (() => {
    // The bytes 0 to 7 under the key 0 to 7: edfee820bce4858c in the authors' vectors, which are
    // little-endian.
    const probe = new Probe({ a: 24, b: 40, result: 64 });
    const input = { a: 0x00_0102n, b: 0x03_0405_0607n };
    return {
      name: 'HalfSipHash has the authors’ value for 8 bytes',
      program: probe.program((p, { a, b, result }) => () => {
        result.set(p.hash('halfSipHash', [a, b], { key: 0x0001_0203_0405_0607n }));
        p.forward(1);
      }),
      steps: [
        send(probe.frame(input), forwarded(1, probe.frame({ ...input, result: 0x8c85_e4bc_20e8_feedn }))),
      ],
    };
  })(),
];

const random: readonly SemanticsCase[] = (() => {
  const probe = new Probe({ wide: 32, small: 5 });
  const build = probe.program((p, { wide, small }) => () => {
    wide.set(p.random(bits(32)));
    small.set(p.random(bits(5)));
    p.forward(1);
  });
  // Marsaglia's xorshift32 (13, 17, 5) from 1: 270369, 67634689, 2647435461, 307599695.
  const steps = [
    send(probe.frame({}), forwarded(1, probe.frame({ wide: 270_369, small: 67_634_689 >>> 27 }))),
    send(probe.frame({}), forwarded(1, probe.frame({ wide: 2_647_435_461, small: 307_599_695 >>> 27 }))),
    holds({ random: 307_599_695 }),
  ];
  return [
    { name: 'values are the upper bits of xorshift32', program: build, options: { seed: 1 }, steps },
    { name: 'seed 0 stands for 1', program: build, options: { seed: 0 }, steps },
    {
      name: 'another seed gives other values',
      program: build,
      options: { seed: 0x8000_0001 },
      steps: [send(probe.frame({}), forwarded(1, probe.frame({ wide: 2_148_294_689, small: 17 })))],
    },
  ];
})();

export const registers: readonly SemanticsArea[] = [
  { area: 'registers', cases: registerCases },
  { area: 'argmin', cases: argminCases },
  { area: 'counters', cases: counterCases },
  { area: 'hashes', cases: hashCases },
  { area: 'random', cases: random },
];
