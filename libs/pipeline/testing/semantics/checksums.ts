/**
 * Checksums follow what a program changes (checksum-rules.ts). What is expected comes from full sums over the
 * expected bytes, computed here from RFC 791, 768, 9293, 792 and 4443 and by the packet builder, never from
 * increments.
 */
import {
  type HeaderType,
  icmpHeader,
  ipv4Header,
  packet,
  type PacketBuilder,
  readField,
  tcpHeader,
  udpHeader,
  writeField,
} from '@ballast/wire';
import type { Assignable } from '../../src/index.ts';
import { forwarded, type SemanticsArea, type SemanticsCase, send, type SendStep } from './case.ts';
import { ipProgram, tunnelProgram } from './formats.ts';

const ETHERNET_BYTES = 14;
const IPV4_BYTES = 20;
const TRANSPORT_AT = ETHERNET_BYTES + IPV4_BYTES;

const transports = { udp: udpHeader, tcp: tcpHeader, icmp: icmpHeader } as const;
type Transport = keyof typeof transports;

/** One's complement sum of big-endian words, the last byte padded (RFC 1071). */
function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) sum += bytes[i]! << (i % 2 === 0 ? 8 : 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

function setChecksum(frame: Uint8Array, at: number, type: HeaderType, value: number): void {
  writeField(frame, at, type.fields['checksum']!, BigInt(value));
}
function checksumAt(frame: Uint8Array, at: number, type: HeaderType): number {
  return Number(readField(frame, at, type.fields['checksum']!));
}

/** The transport checksum of an untagged IPv4 frame in full, 0 to 0xfffe, or for UDP 1 to 0xffff. */
function fullTransportSum(frame: Uint8Array, transport: Transport): number {
  const copy = frame.slice();
  setChecksum(copy, TRANSPORT_AT, transports[transport], 0);
  const segment = copy.subarray(TRANSPORT_AT);
  const view = new DataView(copy.buffer);
  const totalLength = view.getUint16(ETHERNET_BYTES + 2);
  const length = transport === 'udp' ? view.getUint16(TRANSPORT_AT + 4) : (totalLength - IPV4_BYTES) & 0xffff;
  const addresses = copy.subarray(ETHERNET_BYTES + 12, ETHERNET_BYTES + 20);
  const pseudo = [...addresses, 0, copy[ETHERNET_BYTES + 9]!, length >>> 8, length & 0xff];
  const checksum = 0xffff - sumOf(Uint8Array.from([...(transport === 'icmp' ? [] : pseudo), ...segment]));
  return transport === 'udp' && checksum === 0 ? 0xffff : checksum;
}

function fullIpv4Sum(frame: Uint8Array): number {
  const copy = frame.slice(ETHERNET_BYTES, TRANSPORT_AT);
  setChecksum(copy, 0, ipv4Header, 0);
  return 0xffff - sumOf(copy);
}

/** The frame with both of its checksums summed anew. */
function summed(frame: Uint8Array, transport: Transport): Uint8Array {
  const out = frame.slice();
  setChecksum(out, ETHERNET_BYTES, ipv4Header, fullIpv4Sum(out));
  setChecksum(out, TRANSPORT_AT, transports[transport], fullTransportSum(out, transport));
  return out;
}

function frameOf(transport: Transport): Uint8Array {
  const ip = packet().eth().ipv4({ ttl: 63, identification: 0xfffe, src: '255.255.0.1' });
  const whole = {
    udp: () => ip.udp(),
    tcp: () => ip.tcp({ seq: 1 }),
    icmp: () => ip.icmp({ rest: 0x1_0001 }),
  };
  return whole[transport]().payload('odd').build();
}

/** Every field of a header, its bits flipped by the program; the frame is that of `transport`. */
function flipping(header: 'ipv4' | Transport, transport: Transport): SemanticsCase[] {
  const type = header === 'ipv4' ? ipv4Header : transports[header];
  const at = header === 'ipv4' ? ETHERNET_BYTES : TRANSPORT_AT;
  const fields = type.layout.filter((field) => field.name !== 'checksum');
  return fields.map((field) => {
    const frame = frameOf(transport);
    const flipped = frame.slice();
    const ones = (1n << BigInt(field.width)) - 1n;
    writeField(flipped, at, field, readField(frame, at, field) ^ ones);
    return {
      name: `${header}.${field.name} in a ${transport.toUpperCase()} packet`,
      program: ipProgram((p, headers) => () => {
        p.when(headers[header].isValid().not(), () => p.drop('other'));
        const target = Object.entries(headers[header]).find(
          ([name]) => name === field.name,
        )?.[1] as Assignable;
        target.set(target.complement());
        p.forward(1);
      }),
      steps: [send(frame, forwarded(1, summed(flipped, transport)))],
    };
  });
}

const everyField: readonly SemanticsCase[] = [
  ...flipping('ipv4', 'udp'),
  ...flipping('ipv4', 'tcp'),
  ...flipping('ipv4', 'icmp'),
  ...flipping('udp', 'udp'),
  ...flipping('tcp', 'tcp'),
  ...flipping('icmp', 'icmp'),
];

/** Words around the carries of one's complement addition. */
const WORDS = [0, 1, 0x7fff, 0x8000, 0xfffe, 0xffff] as const;

/** Source address and port of whatever it is, rewritten to what the packet's TTL and identification say. */
const nat = ipProgram((p, { ipv4, udp, tcp, icmp }) => () => {
  p.when(ipv4.isValid().not(), () => p.drop('not_ipv4'));
  ipv4.src.set(ipv4.identification.concat(ipv4.identification));
  ipv4.ttl.set(ipv4.ttl.minus(1));
  p.when(udp.isValid(), () => udp.srcPort.set(ipv4.identification));
  p.when(tcp.isValid(), () => tcp.srcPort.set(ipv4.identification));
  p.when(icmp.isValid(), () => icmp.rest.set(icmp.rest.slice(15, 0).concat(ipv4.identification)));
  p.forward(1);
});

/** The same packet before and after, with or without a tag in front. */
function translated(
  word: number,
  isTagged: boolean,
  rest: (ip: PacketBuilder, after: boolean) => PacketBuilder,
): SendStep {
  const frame = (after: boolean): Uint8Array => {
    const start = isTagged ? packet().eth().vlan() : packet().eth();
    const src = after ? word * 0x1_0000 + word : 0x0a00_0001;
    const ip = start.ipv4({ identification: word, src, ttl: after ? 63 : 64 });
    return rest(ip, after).build();
  };
  return send(frame(false), forwarded(1, frame(true)));
}

const translation: readonly SemanticsCase[] = [
  {
    name: 'source address, port and TTL of UDP packets',
    program: nat,
    steps: WORDS.flatMap((word) =>
      [false, true].map((isTagged) =>
        translated(word, isTagged, (ip, after) => ip.udp({ srcPort: after ? word : 999 }).payload('abc')),
      ),
    ),
  },
  {
    name: 'source address, port and TTL of TCP packets with options',
    program: nat,
    steps: WORDS.map((word) =>
      translated(word, false, (ip, after) =>
        ip.tcp({ srcPort: after ? word : 999, options: { mss: 1460 } }).payload('even'),
      ),
    ),
  },
  {
    name: 'source address, identifier and TTL of ICMP packets',
    program: nat,
    steps: WORDS.map((word) =>
      translated(word, false, (ip, after) =>
        ip.icmp({ rest: after ? 0x5678_0000 + word : 0x1234_5678 }).payload('ping'),
      ),
    ),
  },
  {
    name: 'addresses of UDP, TCP and ICMPv6 over IPv6',
    program: ipProgram((p, { ipv6, udp, tcp, icmpv6 }) => () => {
      p.when(ipv6.isValid().not(), () => p.drop('not_ipv6'));
      ipv6.dstHi.set(0xfd00_0000_0000_0001n);
      ipv6.dstLo.set(ipv6.dstLo.plus(0xffffn));
      p.when(udp.isValid(), () => udp.dstPort.set(0xffff));
      p.when(tcp.isValid(), () => tcp.ack.set(tcp.ack.minus(1)));
      p.when(icmpv6.isValid(), () => icmpv6.code.set(7));
      p.forward(1);
    }),
    steps: [
      ((): SendStep => {
        const frame = (dst: string, dstPort: number): Uint8Array =>
          packet().eth().ipv6({ dst }).udp({ dstPort }).payload('x').build();
        return send(frame('2001:db8::5', 1), forwarded(1, frame('fd00:0:0:1::1:4', 0xffff)));
      })(),
      ((): SendStep => {
        const frame = (dst: string, ack: number): Uint8Array =>
          packet().eth().vlan().ipv6({ dst }).tcp({ ack }).payload('x').build();
        return send(frame('2001:db8::5', 0), forwarded(1, frame('fd00:0:0:1::1:4', 0xffff_ffff)));
      })(),
      ((): SendStep => {
        const frame = (dst: string, code: number): Uint8Array =>
          packet().eth().ipv6({ dst }).icmpv6({ code }).payload('x').build();
        return send(frame('2001:db8::5', 0), forwarded(1, frame('fd00:0:0:1::1:4', 7)));
      })(),
    ],
  },
];

/** Flips the source address' low word and, of the transport header, the first one. */
const rewriting = ipProgram((p, { ipv4, udp, tcp, icmp }) => () => {
  p.when(ipv4.isValid().not(), () => p.drop('not_ipv4'));
  ipv4.src.set(ipv4.src.xor(0xffff));
  p.when(udp.isValid(), () => udp.srcPort.set(udp.srcPort.complement()));
  p.when(tcp.isValid(), () => tcp.srcPort.set(tcp.srcPort.complement()));
  p.when(icmp.isValid(), () => icmp.code.set(icmp.code.complement()));
  p.forward(1);
});

/** What `rewriting` makes of a frame, but for the checksums. */
function rewritten(frame: Uint8Array, transport: Transport): Uint8Array {
  const out = frame.slice();
  const flip = (...at: readonly number[]): void => at.forEach((i) => (out[i] = out[i]! ^ 0xff));
  flip(ETHERNET_BYTES + 14, ETHERNET_BYTES + 15);
  if (transport === 'icmp') flip(TRANSPORT_AT + 1);
  else flip(TRANSPORT_AT, TRANSPORT_AT + 1);
  return out;
}

/** A sum that is wrong by some difference stays wrong by it; of the two forms of zero 0x0000 is written. */
function shifted(checksum: number, difference: number, transport: Transport): number {
  const sum = (checksum + difference) % 0xffff;
  return transport === 'udp' && sum === 0 ? 0xffff : sum;
}

const corrupt = (Object.keys(transports) as Transport[]).map((transport): SemanticsCase => ({
  name: `what was wrong in a ${transport.toUpperCase()} packet stays wrong by the same difference`,
  program: rewriting,
  steps: [1, 0x00ff, 0x8000, 0xfffe].map((difference) => {
    const frame = frameOf(transport);
    const right = summed(rewritten(frame, transport), transport);
    for (const [at, type] of [
      [ETHERNET_BYTES, ipv4Header],
      [TRANSPORT_AT, transports[transport]],
    ] as const) {
      const kind = type === ipv4Header ? 'icmp' : transport;
      setChecksum(frame, at, type, shifted(checksumAt(frame, at, type), difference, kind));
      setChecksum(right, at, type, shifted(checksumAt(right, at, type), difference, kind));
    }
    return send(frame, forwarded(1, right));
  }),
}));

/** Sets the source port to what the identification says. */
const portFromIdentification = ipProgram((p, { ipv4, udp, tcp }) => () => {
  p.when(ipv4.isValid().not(), () => p.drop('not_ipv4'));
  p.when(udp.isValid(), () => udp.srcPort.set(ipv4.identification));
  p.when(tcp.isValid(), () => tcp.srcPort.set(ipv4.identification));
  p.forward(1);
});

/** a + b in one's complement, 0 to 0xfffe. */
function added(a: number, b: number): number {
  return (a + b) % 0xffff;
}

/**
 * TCP packets whose sum, source port and new source port are such that the carries of the change fold twice.
 */
function aroundCarries(): SendStep[] {
  const frame = (identification: number, srcPort: number, filler: number): Uint8Array =>
    packet()
      .eth()
      .ipv4({ identification })
      .tcp({ srcPort })
      .payload(Uint8Array.of(filler >>> 8, filler & 0xff))
      .build();
  const steps: SendStep[] = [];
  for (const before of [0, 1, 0x8000, 0xffff]) {
    for (const sum of [1, 2, 0x7fff, 0xfffe]) {
      // The payload word that gives the packet this checksum.
      const filler = added(checksumAt(frame(0, before, 0), TRANSPORT_AT, tcpHeader), 0xffff - sum);
      for (const around of [0, 1, 2, 3]) {
        const after = (sum + before + around) & 0xffff;
        steps.push(send(frame(after, before, filler), forwarded(1, frame(after, after, filler))));
      }
    }
  }
  return steps;
}

/** A packet whose sum comes out as zero once its source port is its identification. */
function toZero(transport: 'udp' | 'tcp'): SendStep {
  const build = (identification: number, srcPort: number): Uint8Array => {
    const ip = packet().eth().ipv4({ identification });
    return (transport === 'udp' ? ip.udp({ srcPort }) : ip.tcp({ srcPort })).payload('zero').build();
  };
  const missing = checksumAt(build(0, 0), TRANSPORT_AT, transports[transport]);
  const after = build(missing, missing);
  setChecksum(after, TRANSPORT_AT, transports[transport], transport === 'udp' ? 0xffff : 0);
  return send(build(missing, 40_000), forwarded(1, after));
}

const zeros: readonly SemanticsCase[] = [
  {
    name: 'UDP without a checksum stays without one, while IPv4’s follows',
    program: rewriting,
    steps: [
      ((): SendStep => {
        const before = packet().eth().ipv4({ src: '10.0.0.1' }).udp({ srcPort: 1, checksum: 0 }).build();
        const after = packet()
          .eth()
          .ipv4({ src: '10.0.255.254' })
          .udp({ srcPort: 0xfffe, checksum: 0 })
          .build();
        return send(before, forwarded(1, after));
      })(),
    ],
  },
  { name: 'carries that fold twice', program: portFromIdentification, steps: aroundCarries() },
  {
    name: 'a UDP checksum that comes out as 0 is written as 0xffff, TCP’s as 0',
    program: portFromIdentification,
    steps: [toZero('udp'), toZero('tcp')],
  },
  {
    name: 'of the two forms of zero 0x0000 is written, even for an assignment of the old value',
    program: portFromIdentification,
    steps: [
      ((): SendStep => {
        const { packet: frame, expect } = toZero('tcp');
        const after = ('frame' in expect ? expect.frame : undefined) ?? frame;
        const otherForm = after.slice();
        setChecksum(otherForm, TRANSPORT_AT, tcpHeader, 0xffff);
        return send(otherForm, forwarded(1, after));
      })(),
    ],
  },
  {
    name: 'nothing covered assigned, nothing changed: wrong sums and both forms of zero stay',
    program: ipProgram((p, { ethernet, vlan }) => () => {
      ethernet.src.set(7);
      p.when(vlan.isValid(), () => vlan.vid.set(9));
      p.forward(1);
    }),
    steps: [0, 0x1234, 0xffff].map((checksum) => {
      const frame = (src: number, vid: number): Uint8Array =>
        packet().eth({ src }).vlan({ vid }).ipv4({ checksum }).tcp({ checksum }).build();
      return send(frame(1, 1), forwarded(1, frame(7, 9)));
    }),
  },
  {
    name: 'a pushed IPv4 header of zeros has checksum 0xffff',
    program: ipProgram((p) => {
      const outer = p.added('outer', ipv4Header, { before: 'ipv4' });
      return () => {
        p.push(outer);
        p.forward(1);
      };
    }),
    steps: [
      ((): SendStep => {
        const [before, zeros] = [packet().eth().build(), new Uint8Array(IPV4_BYTES)];
        setChecksum(zeros, 0, ipv4Header, 0xffff);
        return send(before, forwarded(1, Uint8Array.from([...before, ...zeros])));
      })(),
    ],
  },
];

const checksumV6Zero: SemanticsCase = {
  name: 'ICMPv6 covers the pseudo header, ICMP does not',
  program: ipProgram((p, { ipv4, ipv6 }) => () => {
    p.when(ipv4.isValid(), () => ipv4.dst.set(1));
    p.when(ipv6.isValid(), () => ipv6.dstLo.set(1));
    p.forward(1);
  }),
  steps: [
    send(
      packet().eth().ipv6({ dst: '2001:db8::2' }).icmpv6().build(),
      forwarded(1, packet().eth().ipv6({ dst: '2001:db8::1' }).icmpv6().build()),
    ),
    send(
      packet().eth().ipv4({ dst: '10.0.0.2' }).icmp({ checksum: 0xffff }).build(),
      forwarded(1, packet().eth().ipv4({ dst: '0.0.0.1' }).icmp({ checksum: 0xffff }).build()),
    ),
  ],
};

/** Rewrites the inner packet wherever it is. */
const innerRewrite = tunnelProgram(
  (p, { inner_ipv4: ip, inner_udp: udp, inner_tcp: tcp, inner_ethernet: ethernet }) =>
    () => {
      p.when(ip.isValid().not(), () => p.drop('no_tunnel'));
      ip.dst.set(0xc633_6409);
      ip.ttl.set(ip.ttl.minus(1));
      p.when(udp.isValid(), () => udp.dstPort.set(0xffff));
      p.when(tcp.isValid(), () => tcp.dstPort.set(0));
      p.when(ethernet.isValid(), () => ethernet.src.set(0xffff_ffff_ffffn));
      p.forward(1);
    },
);

/** The tunnels, each up to its inner IP header. */
const tunnels: Readonly<Record<string, (outerChecksum: { checksum?: number }) => PacketBuilder>> = {
  'IP in IP': () => packet().eth().ipv4(),
  GUE: (outer) => packet().eth().ipv4().udp(outer).gue(),
  VXLAN: (outer) => packet().eth().ipv4().udp(outer).vxlan(),
};

const nested = Object.entries(tunnels).map(([name, tunnel]): SemanticsCase => {
  const frame = (after: boolean, transport: 'udp' | 'tcp', outer: { checksum?: number }): Uint8Array => {
    const start = tunnel(outer);
    const behind = name === 'VXLAN' ? start.eth(after ? { src: 0xffff_ffff_ffff } : {}) : start;
    const ip = behind.ipv4(after ? { dst: '198.51.100.9', ttl: 63 } : { dst: '10.1.2.3', ttl: 64 });
    const whole =
      transport === 'udp' ? ip.udp({ dstPort: after ? 0xffff : 9 }) : ip.tcp({ dstPort: after ? 0 : 9 });
    return whole.payload('inner').build();
  };
  const transportSteps = (['udp', 'tcp'] as const).flatMap((transport) =>
    [{}, { checksum: 0 }].map((outer) =>
      send(frame(false, transport, outer), forwarded(1, frame(true, transport, outer))),
    ),
  );
  return {
    name: `${name}: a change of the inner packet shows in its checksums and in the outer one, if there is one`,
    program: innerRewrite,
    steps: transportSteps,
  };
});

export const checksums: readonly SemanticsArea[] = [
  { area: 'checksums of a changed field', cases: everyField },
  { area: 'checksums under translation', cases: [...translation, checksumV6Zero] },
  { area: 'corrupt checksums', cases: corrupt },
  { area: 'checksums and zero', cases: zeros },
  { area: 'checksums in tunnels', cases: nested },
];
