/** Assignments, variables and branches. */
import { bits, header, packet } from '@ballast/wire';
import { packetFormat, type Statement } from '../../src/index.ts';
import { dropped, forwarded, holds, type SemanticsArea, type SemanticsCase, send } from './case.ts';
import { ipProgram, Probe, programOver } from './formats.ts';

/** Fields of every position within bytes: nothing but the assigned one may change. */
const wideHeader = header('wide', {
  a: bits(3),
  b: bits(7),
  c: bits(33),
  d: bits(1),
  e: bits(12),
  f: bits(64),
  g: bits(48),
});
const wideFormat = packetFormat(
  'wide_packet',
  { start: header('start', { x: bits(16) }), wide: wideHeader },
  'start',
  {
    start: { otherwise: 'wide' },
  },
);
const WIDE_BYTES = 2 + wideHeader.bytes;

/** A frame of one byte value, with one field overwritten bit by bit. */
function wideFrame(fill: number, overwrite: Readonly<Record<string, bigint>> = {}): Uint8Array {
  const bits = Array.from({ length: 8 * WIDE_BYTES }, (_, i) => (fill >>> (7 - (i % 8))) & 1);
  for (const { name, width, bitOffset } of wideHeader.layout) {
    const value = overwrite[name];
    if (value === undefined) continue;
    for (let i = 0; i < width; i++) bits[16 + bitOffset + i] = Number((value >> BigInt(width - 1 - i)) & 1n);
  }
  return Uint8Array.from({ length: WIDE_BYTES }, (_, i) =>
    parseInt(bits.slice(8 * i, 8 * i + 8).join(''), 2),
  );
}

const assignments = wideHeader.layout.map(({ name, width }): SemanticsCase => {
  const field = name as keyof (typeof wideHeader)['fields'];
  const ones = (1n << BigInt(width)) - 1n;
  const pattern = 0x9669_5aa5_c33c_f00fn & ones;
  return {
    name: `a field of ${width} bits is set and its neighbours stay`,
    program: programOver(wideFormat, (p, { start, wide }) => () => {
      p.when(wide.isValid().not(), () => p.drop('too_short'));
      p.match(
        start.x.slice(1, 0),
        { 0: () => wide[field].set(0), 1: () => wide[field].set(pattern), 2: () => wide[field].set(ones) },
        () => wide[field].set(wide[field].complement()),
      );
      p.forward(1);
    }),
    steps: [
      // All bits 1 end in binary 11: the complement; 0x55 ends in 01: the pattern; 0xaa in 10: ones.
      send(wideFrame(0xff), forwarded(1, wideFrame(0xff, { [name]: 0n }))),
      send(wideFrame(0x55), forwarded(1, wideFrame(0x55, { [name]: pattern }))),
      send(wideFrame(0xaa), forwarded(1, wideFrame(0xaa, { [name]: ones }))),
      send(wideFrame(0x00), forwarded(1, wideFrame(0x00, { [name]: 0n }))),
    ],
  };
});

const inOrder: SemanticsCase = (() => {
  const probe = new Probe({ a: 8, b: 8, c: 8 });
  return {
    name: 'assignments take effect one after the other',
    program: probe.program((p, { a, b, c }) => () => {
      c.set(a);
      a.set(b);
      b.set(a.plus(c));
      p.forward(1);
    }),
    steps: [send(probe.frame({ a: 3, b: 5 }), forwarded(1, probe.frame({ a: 5, b: 8, c: 3 })))],
  };
})();

const variables: readonly SemanticsCase[] = [
  (() => {
    const probe = new Probe({ a: 64, b: 64 });
    return {
      name: 'a variable is zero at first, for every packet anew',
      program: probe.program((p, { a, b }) => {
        const sum = p.variable('sum', bits(64));
        return () => {
          sum.set(sum.plus(a));
          b.set(sum);
          p.forward(1);
        };
      }),
      steps: [
        send(
          probe.frame({ a: 0x1_0000_0001n }),
          forwarded(1, probe.frame({ a: 0x1_0000_0001n, b: 0x1_0000_0001n })),
        ),
        send(probe.frame({ a: 7 }), forwarded(1, probe.frame({ a: 7, b: 7 }))),
      ],
    };
  })(),
  (() => {
    const probe = new Probe({ a: 16, b: 16 });
    return {
      name: 'a variable keeps the old value of a field',
      program: probe.program((p, { a, b }) => {
        const old = p.variable('old', bits(16));
        return () => {
          old.set(a);
          a.set(b);
          b.set(old);
          p.forward(1);
        };
      }),
      steps: [send(probe.frame({ a: 1, b: 0xffff }), forwarded(1, probe.frame({ a: 0xffff, b: 1 })))],
    };
  })(),
  (() => {
    const probe = new Probe({ a: 8, b: 8 });
    return {
      name: 'a variable that only one branch sets is zero behind the other',
      program: probe.program((p, { a, b }) => {
        const seen = p.variable('seen', bits(8));
        return () => {
          p.when(a.gt(100), () => seen.set(a));
          b.set(seen);
          p.forward(1);
        };
      }),
      steps: [
        send(probe.frame({ a: 101 }), forwarded(1, probe.frame({ a: 101, b: 101 }))),
        send(probe.frame({ a: 100, b: 9 }), forwarded(1, probe.frame({ a: 100, b: 0 }))),
      ],
    };
  })(),
];

const branches: readonly SemanticsCase[] = [
  (() => {
    const probe = new Probe({ a: 8, b: 8, c: 8 });
    return {
      name: 'one branch runs, and what follows runs behind both',
      program: probe.program((p, { a, b, c }) => () => {
        p.when(
          a.lt(10),
          () =>
            p.when(
              a.eq(0),
              () => b.set(1),
              () => b.set(2),
            ),
          () => b.set(3),
        );
        c.set(b.plus(a));
        p.forward(1);
      }),
      steps: [
        send(probe.frame({ a: 0 }), forwarded(1, probe.frame({ a: 0, b: 1, c: 1 }))),
        send(probe.frame({ a: 9 }), forwarded(1, probe.frame({ a: 9, b: 2, c: 11 }))),
        send(probe.frame({ a: 10 }), forwarded(1, probe.frame({ a: 10, b: 3, c: 13 }))),
      ],
    };
  })(),
  (() => {
    const probe = new Probe({ a: 8, b: 8 });
    return {
      name: 'a condition is decided before its branch changes what it was about',
      program: probe.program((p, { a, b }) => () => {
        p.when(
          a.eq(1),
          () => a.set(2),
          () => b.set(1),
        );
        p.when(a.eq(2), () => b.set(b.plus(4)));
        p.forward(1);
      }),
      steps: [
        send(probe.frame({ a: 1 }), forwarded(1, probe.frame({ a: 2, b: 4 }))),
        send(probe.frame({ a: 3 }), forwarded(1, probe.frame({ a: 3, b: 1 }))),
      ],
    };
  })(),
  {
    name: 'a branch that ends early takes nothing of what follows',
    program: ipProgram((p, { ethernet, ipv4 }) => () => {
      p.when(ipv4.isValid().not(), () => p.drop('not_ipv4'));
      p.when(
        ipv4.ttl.le(1),
        () => p.drop('expired'),
        () => ipv4.ttl.set(ipv4.ttl.minus(1)),
      );
      ethernet.src.set(0x0200_0000_00ffn);
      p.forward(4);
    }),
    steps: [
      send(packet().eth().arp().build(), dropped('not_ipv4')),
      send(packet().eth().ipv4({ ttl: 1 }).build(), dropped('expired')),
      send(
        packet().eth().ipv4({ ttl: 2 }).build(),
        forwarded(4, packet().eth({ src: '02:00:00:00:00:ff' }).ipv4({ ttl: 1 }).build()),
      ),
      holds({ drops: { not_ipv4: 1, expired: 1 } }),
    ],
  },
  (() => {
    const probe = new Probe({ a: 8 });
    return {
      name: 'one body by value, and the last one when none fits',
      program: probe.program((p, { a }) => () => {
        p.match(a, { 3: () => p.forward(30), 200: () => p.forward(31) }, () => p.drop('no_such_value'));
      }),
      steps: [
        send(probe.frame({ a: 200 }), forwarded(31)),
        send(probe.frame({ a: 3 }), forwarded(30)),
        send(probe.frame({ a: 4 }), dropped('no_such_value')),
      ],
    };
  })(),
  {
    name: 'a condition asks for a field only once its header is known to be there',
    program: ipProgram((p, { udp, tcp }) => () => {
      const isDns = udp.isValid().and(udp.dstPort.eq(53));
      const isPlain = tcp.isValid().not().or(tcp.dstPort.ne(443));
      p.when(isDns, () => p.forward(1));
      p.when(
        isPlain,
        () => p.forward(2),
        () => p.forward(3),
      );
    }),
    steps: [
      send(packet().eth().ipv4().udp({ dstPort: 53 }).build(), forwarded(1)),
      send(packet().eth().ipv4().udp({ dstPort: 54 }).build(), forwarded(2)),
      send(packet().eth().ipv4().tcp({ dstPort: 443 }).build(), forwarded(3)),
      send(packet().eth().ipv4().tcp({ dstPort: 80 }).build(), forwarded(2)),
      send(packet().eth().arp().build(), forwarded(2)),
    ],
  },
];

/** Conditions that are literals, as passes over programs leave them: the DSL has none. */
const literal: SemanticsCase = {
  name: 'a literal condition takes its branch',
  program: () => {
    const built = ipProgram((p) => () => p.pass())();
    const branch = (value: boolean, port: bigint, otherwise: Statement): Statement => ({
      kind: 'if',
      condition: { kind: 'literal', value },
      then: [{ kind: 'forward', port: { kind: 'const', width: 16, value: port } }],
      otherwise: [otherwise],
    });
    return { ...built, ingress: [branch(false, 1n, branch(true, 2n, { kind: 'pass' }))] };
  },
  steps: [send(packet().eth().arp().build(), forwarded(2))],
};

export const controlFlow: readonly SemanticsArea[] = [
  { area: 'assignments', cases: [...assignments, inOrder] },
  { area: 'variables', cases: variables },
  { area: 'branches', cases: [...branches, literal] },
];
