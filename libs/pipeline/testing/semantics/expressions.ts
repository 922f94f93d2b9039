/** Expressions and conditions: computed from fields of a made-up header into its last field. */
import { bits } from '@ballast/wire';
import { all, any, type Bits, choose, type Condition, type ProgramBuilder } from '../../src/index.ts';
import { forwarded, type SemanticsArea, type SemanticsCase, send } from './case.ts';
import { Probe, type Widths } from './formats.ts';

type Inputs<W extends Widths> = Readonly<Record<keyof W & string, Bits>>;
/** The inputs in their order, then the result. */
type Row = readonly bigint[];

/** `of` the inputs, of these widths, must be what each row says. */
function formula<const W extends Widths>(
  name: string,
  widths: W,
  result: number,
  of: (inputs: Inputs<W>, p: ProgramBuilder) => Bits,
  rows: readonly Row[],
): SemanticsCase {
  const probe = new Probe<Widths>({ ...widths, result });
  return {
    name,
    program: probe.program((p, fields) => () => {
      fields['result']!.set(of(fields as Inputs<W>, p));
      p.forward(1);
    }),
    steps: rows.map((row) => {
      const inputs = Object.fromEntries(Object.keys(widths).map((input, i) => [input, row[i]!]));
      const packet = probe.frame(inputs, 'rest');
      return send(packet, forwarded(1, probe.frame({ ...inputs, result: row.at(-1)! }, 'rest')));
    }),
  };
}

/** The result is 1 where the condition holds. */
function condition<const W extends Widths>(
  name: string,
  widths: W,
  of: (inputs: Inputs<W>, p: ProgramBuilder) => Condition,
  rows: readonly Row[],
): SemanticsCase {
  const one = (p: ProgramBuilder): Bits => p.constant(1, bits(1));
  return formula(name, widths, 1, (inputs, p) => choose(of(inputs, p), one(p), 0), rows);
}

const ONES_64 = 0xffff_ffff_ffff_ffffn;
const HIGH_64 = 0x8000_0000_0000_0000n;

const arithmetic: readonly SemanticsCase[] = [
  formula('addition wraps around at 8 bits', { a: 8, b: 8 }, 8, ({ a, b }) => a.plus(b), [
    [0n, 0n, 0n],
    [200n, 55n, 255n],
    [200n, 56n, 0n],
    [255n, 255n, 254n],
  ]),
  formula('addition wraps around at 1 bit', { a: 1, b: 1 }, 1, ({ a, b }) => a.plus(b), [
    [1n, 0n, 1n],
    [1n, 1n, 0n],
  ]),
  formula('addition wraps around at 13 bits', { a: 13, b: 13 }, 13, ({ a, b }) => a.plus(b), [
    [0x1fffn, 1n, 0n],
    [0x1000n, 0x0fffn, 0x1fffn],
  ]),
  formula('addition wraps around at 32 bits', { a: 32, b: 32 }, 32, ({ a, b }) => a.plus(b), [
    [0x7fff_ffffn, 1n, 0x8000_0000n],
    [0xffff_ffffn, 0xffff_ffffn, 0xffff_fffen],
  ]),
  formula('addition carries into the upper half at 33 bits', { a: 33, b: 33 }, 33, ({ a, b }) => a.plus(b), [
    [0xffff_ffffn, 1n, 0x1_0000_0000n],
    [0x1_ffff_ffffn, 1n, 0n],
  ]),
  formula('addition wraps around at 48 bits', { a: 48, b: 48 }, 48, ({ a, b }) => a.plus(b), [
    [0xffff_ffff_ffffn, 2n, 1n],
    [0x0000_ffff_ffffn, 1n, 0x0001_0000_0000n],
  ]),
  formula('addition wraps around at 64 bits', { a: 64, b: 64 }, 64, ({ a, b }) => a.plus(b), [
    [ONES_64, 1n, 0n],
    [0xffff_ffffn, 1n, 0x1_0000_0000n],
    [HIGH_64, HIGH_64, 0n],
    // Beyond 2^53, where a double would lose the last bit.
    [0x0020_0000_0000_0001n, 1n, 0x0020_0000_0000_0002n],
  ]),
  formula('subtraction wraps around at 8 bits', { a: 8, b: 8 }, 8, ({ a, b }) => a.minus(b), [
    [5n, 3n, 2n],
    [3n, 5n, 254n],
    [0n, 255n, 1n],
  ]),
  formula(
    'subtraction borrows from the upper half at 64 bits',
    { a: 64, b: 64 },
    64,
    ({ a, b }) => a.minus(b),
    [
      [0x1_0000_0000n, 1n, 0xffff_ffffn],
      [0n, 1n, ONES_64],
      [ONES_64, ONES_64, 0n],
    ],
  ),
  formula('multiplication keeps the low 32 bits', { a: 32, b: 32 }, 32, ({ a, b }) => a.times(b), [
    [0xffff_ffffn, 0xffff_ffffn, 1n],
    [0x0001_0000n, 0x0001_0000n, 0n],
    [0x89ab_cdefn, 0x1234_5677n, 0x5897_0419n],
  ]),
  formula('multiplication keeps the low 16 bits', { a: 16, b: 16 }, 16, ({ a, b }) => a.times(b), [
    [0xffffn, 0xffffn, 1n],
    [0x1234n, 0x0100n, 0x3400n],
  ]),
  formula(
    'constants take the width of the value beside them',
    { a: 48 },
    48,
    ({ a }) => a.plus(0xffff_0000_0001n),
    [
      [0n, 0xffff_0000_0001n],
      [0x0000_ffff_ffffn, 0n],
    ],
  ),
];

const bitwise: readonly SemanticsCase[] = [
  formula('and at 32 bits gives an unsigned value', { a: 32, b: 32 }, 32, ({ a, b }) => a.and(b), [
    [0xffff_ffffn, 0x8000_0001n, 0x8000_0001n],
  ]),
  formula('or and xor at 64 bits', { a: 64, b: 64 }, 64, ({ a, b }) => a.or(b).xor(0xffn), [
    [0xf000_0000_0000_0000n, 0x0000_000f_0000_00f0n, 0xf000_000f_0000_000fn],
    [0n, 0n, 0xffn],
  ]),
  formula('xor at 37 bits', { a: 37, b: 37 }, 37, ({ a, b }) => a.xor(b), [
    [0x1f_ffff_ffffn, 0x10_0000_0001n, 0x0f_ffff_fffen],
  ]),
  formula('complement stays within 5 bits', { a: 5 }, 5, ({ a }) => a.complement(), [
    [0n, 31n],
    [0b10101n, 0b01010n],
  ]),
  formula('complement of 64 bits', { a: 64 }, 64, ({ a }) => a.complement(), [
    [0n, ONES_64],
    [0x0123_4567_89ab_cdefn, 0xfedc_ba98_7654_3210n],
  ]),
];

const shifts: readonly SemanticsCase[] = [
  formula('shift left loses the upper bits', { a: 12 }, 12, ({ a }) => a.shl(5), [[0xabcn, 0x780n]]),
  formula('shift left by nothing changes nothing', { a: 12 }, 12, ({ a }) => a.shl(0), [[0xabcn, 0xabcn]]),
  formula('shift right brings in zeros at 32 bits', { a: 32 }, 32, ({ a }) => a.shr(31), [
    [0x8000_0000n, 1n],
    [0x7fff_ffffn, 0n],
  ]),
  formula('shift left across the middle of 64 bits', { a: 64 }, 64, ({ a }) => a.shl(20), [
    [0x0000_0fff_0000_1001n, 0xfff0_0001_0010_0000n],
  ]),
  formula('shift left by 32 of 64 bits', { a: 64 }, 64, ({ a }) => a.shl(32), [
    [0x1111_1111_89ab_cdefn, 0x89ab_cdef_0000_0000n],
  ]),
  formula('shift right by 40 of 64 bits', { a: 64 }, 64, ({ a }) => a.shr(40), [
    [0xfedc_ba98_7654_3210n, 0xfe_dcban],
  ]),
  formula('shift right by 63 of 64 bits', { a: 64 }, 64, ({ a }) => a.shr(63), [
    [HIGH_64, 1n],
    [HIGH_64 - 1n, 0n],
  ]),
  formula('shift left by a value', { a: 32, by: 5 }, 32, ({ a, by }) => a.shl(by), [
    [1n, 31n, 0x8000_0000n],
    [3n, 31n, 0x8000_0000n],
    [0xffff_ffffn, 0n, 0xffff_ffffn],
  ]),
  formula('shift of 8 bits by a value stays in 8 bits', { a: 8, by: 3 }, 8, ({ a, by }) => a.shl(by), [
    [0xffn, 7n, 0x80n],
    [0xffn, 1n, 0xfen],
  ]),
  formula('shift right by a value', { a: 20, by: 4 }, 20, ({ a, by }) => a.shr(by), [
    [0xfffffn, 15n, 0x1fn],
    [0x80000n, 1n, 0x40000n],
  ]),
];

const restructuring: readonly SemanticsCase[] = [
  formula(
    'slice of the upper and the lower half',
    { a: 64 },
    64,
    ({ a }) => a.slice(31, 0).concat(a.slice(63, 32)),
    [[0x0123_4567_89ab_cdefn, 0x89ab_cdef_0123_4567n]],
  ),
  formula('slice across the middle', { a: 64 }, 16, ({ a }) => a.slice(39, 24), [
    [0x0000_00ab_cd00_0000n, 0xabcdn],
    [~0x0000_00ff_ff00_0000n & ONES_64, 0n],
  ]),
  formula('slice of one bit', { a: 33 }, 1, ({ a }) => a.slice(32, 32), [
    [0x1_0000_0000n, 1n],
    [0x0_ffff_ffffn, 0n],
  ]),
  formula('slice of a whole value', { a: 40 }, 40, ({ a }) => a.slice(39, 0), [
    [0xff_0000_00ffn, 0xff_0000_00ffn],
  ]),
  formula(
    'concatenation: most significant part first',
    { a: 3, b: 13, c: 40, d: 8 },
    64,
    ({ a, b, c, d }) => a.concat(b, c, d),
    [
      [0b101n, 0n, 0n, 0n, 0xa000_0000_0000_0000n],
      [0n, 0x1fffn, 0n, 0xffn, 0x1fff_0000_0000_00ffn],
      [0n, 0n, 0x80_0000_0001n, 0n, 0x0000_8000_0000_0100n],
    ],
  ),
  formula('extension brings in zeros', { a: 32 }, 64, ({ a }) => a.extend(64), [
    [0xffff_ffffn, 0xffff_ffffn],
  ]),
  formula(
    'a difference that wrapped is extended as it is',
    { a: 8, b: 8 },
    32,
    ({ a, b }) => a.minus(b).extend(32),
    [[0n, 1n, 0xffn]],
  ),
  formula('a sum that wrapped is shifted as it is', { a: 16, b: 16 }, 16, ({ a, b }) => a.plus(b).shr(1), [
    [0xffffn, 3n, 1n],
  ]),
  formula('trailing zeros of 32 bits', { a: 32 }, 8, ({ a }) => a.trailingZeros(), [
    [1n, 0n],
    [0x8000_0000n, 31n],
    [0x0001_0100n, 8n],
    [0n, 32n],
  ]),
  formula('trailing zeros of 64 bits', { a: 64 }, 8, ({ a }) => a.trailingZeros(), [
    [0x1_0000_0000n, 32n],
    [HIGH_64, 63n],
    [0n, 64n],
    [0xffff_ffff_0000_0000n, 32n],
  ]),
  formula('trailing zeros of 5 bits', { a: 5 }, 8, ({ a }) => a.trailingZeros(), [
    [0b10000n, 4n],
    [0n, 5n],
  ]),
  formula('choice between two values', { a: 64, b: 64 }, 64, ({ a, b }) => choose(a.gt(b), a, b), [
    [1n, 2n, 2n],
    [HIGH_64, 2n, HIGH_64],
  ]),
  formula('choice of a constant', { a: 8 }, 8, ({ a }) => choose(a.eq(0), a.plus(9), 7), [
    [0n, 9n],
    [1n, 7n],
  ]),
];

/** a < b, a > b and a = b, with operands around every boundary of their width. */
function ordering(width: number, [least, middle, most]: readonly [bigint, bigint, bigint]): SemanticsCase[] {
  const pairs: readonly (readonly [bigint, bigint])[] = [
    [least, middle],
    [middle, most],
    [most, least],
    [middle, middle],
    [most, most],
    [middle + 1n, middle],
  ];
  const compare = (
    name: string,
    of: (inputs: { readonly a: Bits; readonly b: Bits }) => Condition,
    truth: (a: bigint, b: bigint) => boolean,
  ): SemanticsCase =>
    condition(
      `${name} of ${width} bits is unsigned`,
      { a: width, b: width },
      of,
      pairs.map(([a, b]) => [a, b, truth(a, b) ? 1n : 0n]),
    );
  return [
    compare(
      'less',
      ({ a, b }) => a.lt(b),
      (a, b) => a < b,
    ),
    compare(
      'less or equal',
      ({ a, b }) => a.le(b),
      (a, b) => a <= b,
    ),
    compare(
      'greater',
      ({ a, b }) => a.gt(b),
      (a, b) => a > b,
    ),
    compare(
      'greater or equal',
      ({ a, b }) => a.ge(b),
      (a, b) => a >= b,
    ),
    compare(
      'equal',
      ({ a, b }) => a.eq(b),
      (a, b) => a === b,
    ),
    compare(
      'unequal',
      ({ a, b }) => a.ne(b),
      (a, b) => a !== b,
    ),
  ];
}

const conditions: readonly SemanticsCase[] = [
  ...ordering(8, [0n, 0x7fn, 0xffn]),
  ...ordering(32, [0n, 0x7fff_ffffn, 0xffff_ffffn]),
  ...ordering(33, [0n, 0xffff_ffffn, 0x1_ffff_ffffn]),
  // Equal lower halves, equal upper halves, and values that doubles cannot tell apart.
  ...ordering(64, [0x7fff_ffff_ffff_ffffn, 0x8000_0000_7fff_ffffn, ONES_64]),
  condition('one of several constants', { a: 16 }, ({ a }) => a.isOneOf([1, 443, 65_535]), [
    [443n, 1n],
    [65_535n, 1n],
    [444n, 0n],
    [0n, 0n],
  ]),
  condition(
    'all, any and not',
    { a: 4, b: 4 },
    ({ a, b }) => all(a.eq(1), any(b.eq(2), b.eq(3)), b.eq(a).not()),
    [
      [1n, 2n, 1n],
      [1n, 3n, 1n],
      [1n, 1n, 0n],
      [2n, 2n, 0n],
    ],
  ),
  condition('all of nothing holds, any of nothing does not', { a: 1 }, () => all(all(), any().not()), [
    [0n, 1n],
  ]),
  condition('a negation of a conjunction', { a: 1, b: 1 }, ({ a, b }) => a.eq(1).and(b.eq(1)).not(), [
    [1n, 1n, 0n],
    [1n, 0n, 1n],
    [0n, 0n, 1n],
  ]),
  condition('or', { a: 1, b: 1 }, ({ a, b }) => a.eq(1).or(b.eq(1)), [
    [0n, 0n, 0n],
    [0n, 1n, 1n],
    [1n, 0n, 1n],
  ]),
];

const intrinsics: readonly SemanticsCase[] = [
  (() => {
    const probe = new Probe({ time: 48, port: 16, length: 16, again: 8 });
    return {
      name: 'time, port, length and recirculations of a packet',
      program: probe.program((p, fields) => () => {
        fields.time.set(p.now);
        fields.port.set(p.ingressPort);
        fields.length.set(p.packetLength);
        fields.again.set(p.recirculations);
        p.forward(1);
      }),
      steps: [
        send(probe.frame({}), forwarded(1, probe.frame({ length: 25 }))),
        send(
          probe.frame({}, 'payload'),
          forwarded(1, probe.frame({ time: 0x1234_5678_9abcn, port: 65_535, length: 32 }, 'payload')),
          { port: 65_535, now: 0x1234_5678_9abc },
        ),
      ],
    };
  })(),
  (() => {
    const probe = new Probe({ time: 48 });
    return {
      name: 'time is seen modulo 2^48, in whole nanoseconds',
      program: probe.program((p, { time }) => () => {
        time.set(p.now);
        p.forward(1);
      }),
      steps: [
        send(probe.frame({}), forwarded(1, probe.frame({ time: 5 })), { now: 2 ** 48 + 5 }),
        send(probe.frame({}), forwarded(1, probe.frame({ time: 0xffff_ffff_ffffn })), { now: 2 ** 48 - 1 }),
        send(probe.frame({}), forwarded(1, probe.frame({ time: 7 })), { now: 7.75 }),
      ],
    };
  })(),
];

export const expressions: readonly SemanticsArea[] = [
  { area: 'arithmetic', cases: arithmetic },
  { area: 'bits', cases: bitwise },
  { area: 'shifts', cases: shifts },
  { area: 'slices', cases: restructuring },
  { area: 'conditions', cases: conditions },
  { area: 'intrinsics', cases: intrinsics },
];
