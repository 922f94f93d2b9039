import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Frame, Prng } from '@ballast/base';
import {
  bits,
  ethernetHeader,
  EtherType,
  type FieldSpec,
  header,
  icmpHeader,
  icmpv6Header,
  IpProtocol,
  ipv4Header,
  ipv6Header,
  isSumValid,
  packet,
  type PacketBuilder,
  sumWords,
  tcpHeader,
  udpHeader,
  VXLAN_PORT,
  vxlanHeader,
} from '@ballast/wire';
import { type Assignable, type HeaderRefs, program, type ProgramBuilder } from '../builder.ts';
import type { Program } from '../ir.ts';
import { jsTarget } from '../js/js-target.ts';
import { packetFormat } from '../parser-graph.ts';
import { ProgramError } from '../program-error.ts';
import { Outcome } from '../target.ts';

/** Behind UDP: fields at odd offsets, of odd widths, across words. */
const messageHeader = header('message', {
  a: bits(3),
  b: bits(13),
  c: bits(24),
  d: bits(64),
  e: bits(48),
  f: bits(8),
});

const format = packetFormat(
  'checksummed',
  {
    ethernet: ethernetHeader,
    ipv4: ipv4Header,
    ipv6: ipv6Header,
    udp: udpHeader,
    tcp: tcpHeader,
    icmp: icmpHeader,
    icmpv6: icmpv6Header,
    message: messageHeader,
  },
  'ethernet',
  {
    ethernet: {
      on: ['ethernet.etherType'],
      cases: [
        { match: [EtherType.Ipv4], next: 'ipv4' },
        { match: [EtherType.Ipv6], next: 'ipv6' },
      ],
    },
    ipv4: {
      on: ['ipv4.protocol'],
      cases: [
        { match: [IpProtocol.Udp], next: 'udp' },
        { match: [IpProtocol.Tcp], next: 'tcp' },
        { match: [IpProtocol.Icmp], next: 'icmp' },
      ],
    },
    ipv6: {
      on: ['ipv6.nextHeader'],
      cases: [
        { match: [IpProtocol.Udp], next: 'udp' },
        { match: [IpProtocol.Tcp], next: 'tcp' },
        { match: [IpProtocol.Icmpv6], next: 'icmpv6' },
      ],
    },
    udp: { otherwise: 'message' },
  },
);
type Headers = HeaderRefs<typeof format.headers>;

/** A program that does something to every packet and sends it on. */
function rewriting(body: (headers: Headers, p: ProgramBuilder) => void): Program {
  return program('rewriting', (p) => {
    const headers = p.parse(format);
    p.ingress(() => {
      body(headers, p);
      p.forward(1);
    });
  });
}

function sent(of: Program, contents: Uint8Array): Frame {
  const frame = new Frame(2048);
  frame.fill(contents);
  assert.equal(jsTarget.load(of, { seed: 5 }).process(frame, 0, 0), Outcome.Forward);
  return frame;
}

/** Whether the sum over pseudo header and IP payload is right; the frame ends with that payload. */
function isTransportSumValid(frame: Frame): boolean {
  const { view, start } = frame;
  const ip = start + ethernetHeader.bytes;
  const isV4 = view.getUint16(start + 12) === EtherType.Ipv4;
  const transport = ip + (isV4 ? 20 : 40);
  const end = start + frame.length;
  const protocol = view.getUint8(ip + (isV4 ? 9 : 6));
  const addresses = isV4 ? sumWords(view, ip + 12, ip + 20) : sumWords(view, ip + 8, ip + 40);
  const pseudo = protocol === IpProtocol.Icmp ? 0 : addresses + protocol + (end - transport);
  return isSumValid(pseudo + sumWords(view, transport, end));
}

function isIpv4SumValid(frame: Frame): boolean {
  const ip = frame.start + ethernetHeader.bytes;
  return isSumValid(sumWords(frame.view, ip, ip + 20));
}

const PACKETS: Readonly<Record<string, () => PacketBuilder>> = {
  'UDP over IPv4': () => packet().eth().ipv4().udp().payload('\0an odd number of bytes is here'),
  'UDP over IPv6': () => packet().eth().ipv6().udp().payload('\0another payload, of even length'),
  'TCP over IPv4': () => packet().eth().ipv4().tcp().payload('segment'),
  'TCP over IPv6': () => packet().eth().ipv6().tcp().payload('segment'),
  'ICMP over IPv4': () => packet().eth().ipv4().icmp().payload('echo'),
  'ICMPv6 over IPv6': () => packet().eth().ipv6().icmpv6().payload('echo'),
};

/** Fields that a program may set without changing where the packet ends or what it is. */
const FREE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  ethernet: ['dst', 'src'],
  ipv4: ['dscp', 'ecn', 'identification', 'flags', 'ttl', 'src', 'dst'],
  ipv6: ['trafficClass', 'flowLabel', 'hopLimit', 'srcHi', 'srcLo', 'dstHi', 'dstLo'],
  udp: ['srcPort', 'dstPort'],
  tcp: ['srcPort', 'dstPort', 'seq', 'ack', 'flags', 'window', 'urgent'],
  icmp: ['type', 'code', 'rest'],
  icmpv6: ['type', 'code', 'rest'],
  message: ['a', 'b', 'c', 'd', 'e', 'f'],
};

/** Sets random fields of all headers that are there to random values, some of them twice. */
function setRandomFields(headers: Headers, p: ProgramBuilder, rng: Prng): void {
  for (const [name, fields] of Object.entries(FREE_FIELDS)) {
    const ref = headers[name as keyof Headers] as unknown as Record<string, Assignable> & Headers['ethernet'];
    p.when(ref.isValid(), () => {
      for (const field of [...fields, ...fields].filter(() => rng.chance(0.3))) {
        const spec: FieldSpec = { width: ref[field]!.width };
        const value = rng.chance(0.3)
          ? p.constant(0, spec)
          : p.constant(rng.u32() % 2 ** Math.min(31, spec.width), spec);
        ref[field]!.set(rng.chance(0.5) ? value : ref[field]!.plus(value));
      }
    });
  }
}

for (const [name, build] of Object.entries(PACKETS)) {
  test(`checksums: ${name} stays valid under random assignments`, () => {
    const rng = new Prng(name.length);
    for (let round = 0; round < 40; round++) {
      const frame = sent(
        rewriting((headers, p) => setRandomFields(headers, p, rng)),
        build().build(),
      );
      if (name.endsWith('IPv4')) assert.ok(isIpv4SumValid(frame), `round ${round}: the IPv4 header`);
      assert.ok(isTransportSumValid(frame), `round ${round}: the rest`);
    }
  });
}

const IPV4_CHECKSUM_AT = 24;
const UDP_CHECKSUM_AT = 40;

function word(frame: Frame, at: number): number {
  return frame.view.getUint16(frame.start + at);
}

test('checksums: what was wrong stays wrong by the same difference', () => {
  const build = (ipv4: number, udp: number): Uint8Array => {
    const bytes = packet().eth().ipv4().udp().payload('abcdefgh').build();
    const view = new DataView(bytes.buffer);
    view.setUint16(IPV4_CHECKSUM_AT, view.getUint16(IPV4_CHECKSUM_AT) ^ ipv4);
    view.setUint16(UDP_CHECKSUM_AT, view.getUint16(UDP_CHECKSUM_AT) ^ udp);
    return bytes;
  };
  const rewrite = rewriting(({ ipv4 }, p) => p.when(ipv4.isValid(), () => ipv4.src.set(0x01020304)));
  const right = sent(rewrite, build(0, 0));
  const wrong = sent(rewrite, build(0x0100, 0x0010));
  const isRight = (frame: Frame): boolean[] => [isIpv4SumValid(frame), isTransportSumValid(frame)];
  assert.deepEqual(isRight(right), [true, true]);
  assert.deepEqual(isRight(wrong), [false, false]);
  // Bits flipped in a checksum change its sum by a power of two, and nothing else changed.
  const distance = (at: number): number => Math.abs(word(right, at) - word(wrong, at));
  assert.deepEqual([IPV4_CHECKSUM_AT, UDP_CHECKSUM_AT].map(distance), [0x0100, 0x0010]);
});

test('checksums: nothing covered assigned, nothing changed', () => {
  const build = (): Uint8Array => packet().eth().ipv4({ checksum: 0x1234 }).udp({ checksum: 0x4321 }).build();
  const frame = sent(
    rewriting(({ ethernet }) => ethernet.dst.set(1)),
    build(),
  );
  assert.deepEqual(
    [IPV4_CHECKSUM_AT, UDP_CHECKSUM_AT].map((at) => word(frame, at)),
    [0x1234, 0x4321],
  );
});

test('checksums: 0xffff becomes 0x0000, the other form of zero, even when a field keeps its value', () => {
  const frame = sent(
    rewriting(({ ipv4 }, p) => p.when(ipv4.isValid(), () => ipv4.ttl.set(ipv4.ttl))),
    packet().eth().ipv4({ checksum: 0xffff }).udp().build(),
  );
  assert.equal(word(frame, IPV4_CHECKSUM_AT), 0);
});

test('checksums: UDP without one stays without one', () => {
  const frame = sent(
    rewriting(({ udp, ipv4 }, p) => {
      p.when(udp.isValid().and(ipv4.isValid()), () => {
        udp.dstPort.set(99);
        ipv4.dst.set(1);
      });
    }),
    packet().eth().ipv4().udp({ checksum: 0 }).payload('abcdef').build(),
  );
  assert.equal(word(frame, UDP_CHECKSUM_AT), 0);
});

test('checksums: a UDP checksum that comes out as 0 is written as 0xffff', () => {
  const bytes = packet().eth().ipv4().udp({ srcPort: 1 }).payload('abcdef').build();
  const checksum = new DataView(bytes.buffer).getUint16(UDP_CHECKSUM_AT);
  // The port takes over what the checksum made up for.
  const frame = sent(
    rewriting(({ udp }, p) => p.when(udp.isValid(), () => udp.srcPort.set(1 + checksum))),
    bytes,
  );
  assert.equal(word(frame, UDP_CHECKSUM_AT), 0xffff);
  assert.ok(isTransportSumValid(frame));
});

test("checksums: UDP's length counts in its header and in the pseudo header", () => {
  const bytes = packet().eth().ipv4().udp().payload('abcdefgh').build();
  const before = new DataView(bytes.buffer).getUint16(UDP_CHECKSUM_AT);
  const frame = sent(
    rewriting(({ udp }, p) => p.when(udp.isValid(), () => udp.length.set(udp.length.minus(2)))),
    bytes,
  );
  assert.equal(word(frame, UDP_CHECKSUM_AT), (before + 4) % 0xffff);
});

test("checksums: TCP's pseudo header has the length of the IP payload", () => {
  for (const [build, field] of [
    [() => packet().eth().ipv4(), 'ipv4'],
    [() => packet().eth().ipv6(), 'ipv6'],
  ] as const) {
    // The last two bytes are zeros: without them only the lengths change.
    const bytes = build().tcp().payload('abcdef\0\0').build();
    const frame = sent(
      rewriting(({ ipv4, ipv6 }, p) => {
        if (field === 'ipv4') p.when(ipv4.isValid(), () => ipv4.totalLength.set(ipv4.totalLength.minus(2)));
        else p.when(ipv6.isValid(), () => ipv6.payloadLength.set(ipv6.payloadLength.minus(2)));
      }),
      bytes,
    );
    frame.length -= 2;
    assert.ok(isTransportSumValid(frame), field);
  }
});

const tunnelFormat = packetFormat(
  'tunnel',
  {
    ethernet: ethernetHeader,
    ipv4: ipv4Header,
    udp: udpHeader,
    vxlan: vxlanHeader,
    inner_ethernet: ethernetHeader,
    inner_ipv4: ipv4Header,
    inner_udp: udpHeader,
  },
  'ethernet',
  {
    ethernet: { on: ['ethernet.etherType'], cases: [{ match: [EtherType.Ipv4], next: 'ipv4' }] },
    ipv4: { on: ['ipv4.protocol'], cases: [{ match: [IpProtocol.Udp], next: 'udp' }] },
    udp: { on: ['udp.dstPort'], cases: [{ match: [VXLAN_PORT], next: 'vxlan' }] },
    vxlan: { otherwise: 'inner_ethernet' },
    inner_ethernet: {
      on: ['inner_ethernet.etherType'],
      cases: [{ match: [EtherType.Ipv4], next: 'inner_ipv4' }],
    },
    inner_ipv4: { on: ['inner_ipv4.protocol'], cases: [{ match: [IpProtocol.Udp], next: 'inner_udp' }] },
  },
);

test('checksums: an inner checksum that changes is covered by the outer one', () => {
  const rewrite = program('tunnel', (p) => {
    const { inner_ipv4, inner_udp } = p.parse(tunnelFormat);
    p.ingress(() => {
      p.when(inner_udp.isValid(), () => {
        inner_ipv4.dst.set(0x0a0b0c0d);
        inner_ipv4.ttl.set(inner_ipv4.ttl.minus(1));
        inner_udp.dstPort.set(7);
      });
      p.forward(1);
    });
  });
  for (const innerChecksum of [undefined, 0]) {
    const given = innerChecksum === undefined ? {} : { checksum: innerChecksum };
    const inner = packet()
      .eth()
      .ipv4()
      .udp({ dstPort: VXLAN_PORT })
      .vxlan()
      .eth()
      .ipv4()
      .udp(given)
      .payload('inner!');
    const frame = sent(rewrite, inner.build());
    assert.ok(isIpv4SumValid(frame), 'the outer IPv4 header');
    assert.ok(isTransportSumValid(frame), 'the outer UDP datagram');
    frame.start += 50;
    frame.length -= 50;
    assert.ok(isIpv4SumValid(frame), 'the inner IPv4 header');
    if (innerChecksum === undefined) assert.ok(isTransportSumValid(frame), 'the inner UDP datagram');
    else assert.equal(word(frame, UDP_CHECKSUM_AT), 0);
  }
});

test('checksums: a pushed IPv4 header gets its full sum, one of zeros 0xffff', () => {
  for (const isFilled of [true, false]) {
    const encapsulate = program('encapsulate', (p) => {
      const { ipv4 } = p.parse(format);
      const outer = p.added('outer', ipv4Header, { before: 'ipv4' });
      p.ingress(() => {
        p.push(outer);
        p.when(ipv4.isValid(), () => {
          if (isFilled) {
            outer.version.set(4);
            outer.ihl.set(5);
            outer.totalLength.set(ipv4.totalLength.plus(20));
            outer.ttl.set(64);
            outer.protocol.set(IpProtocol.Ipv4);
            outer.src.set(0x0a000001);
            outer.dst.set(ipv4.dst);
          }
        });
        p.forward(1);
      });
    });
    const frame = sent(encapsulate, packet().eth().ipv4().udp().payload('inner').build());
    if (isFilled) assert.ok(isIpv4SumValid(frame));
    else assert.equal(word(frame, IPV4_CHECKSUM_AT), 0xffff);
  }
});

test('checksums: a field covered at odd and at even offsets is refused when it is assigned', () => {
  const shim = header('shim', { kind: bits(8), rest: bits(16) });
  const skewed = packetFormat(
    'skewed',
    { ethernet: ethernetHeader, udp: udpHeader, shim, message: messageHeader },
    'ethernet',
    {
      ethernet: { otherwise: 'udp' },
      udp: { on: ['udp.dstPort'], cases: [{ match: [1], next: 'shim' }], otherwise: 'message' },
      shim: { otherwise: 'message' },
    },
  );
  const define = (isAssigned: boolean): Program =>
    program('skewed', (p) => {
      const { message } = p.parse(skewed);
      p.ingress(() => {
        p.when(message.isValid(), () => {
          if (isAssigned) message.c.set(1);
        });
        p.forward(1);
      });
    });
  jsTarget.load(define(false));
  const isRefusal = (error: unknown): boolean =>
    error instanceof ProgramError &&
    error.code === 'CAPABILITY' &&
    /set message\.c: .*udp/.test(error.message);
  assert.throws(() => jsTarget.load(define(true)), isRefusal);
});
