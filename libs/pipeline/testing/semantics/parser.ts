/** What the parser finds in a packet, and where it stops. */
import { bits, ethernetHeader, EtherType, header, IpProtocol, Ipv4Flag, packet } from '@ballast/wire';
import {
  type Assignable,
  type Condition,
  packetFormat,
  type Program,
  type ProgramBuilder,
} from '../../src/index.ts';
import { dropped, forwarded, type SemanticsArea, type SemanticsCase, send, type SendStep } from './case.ts';
import { ipFormat, programOver, tunnelFormat } from './formats.ts';

interface MaybeValid {
  isValid(): Condition;
}

/** Forwards to the port whose bit i says whether header i is there. */
function forwardByValidity(p: ProgramBuilder, seen: Assignable, headers: readonly MaybeValid[]): void {
  for (const [i, one] of headers.entries()) p.when(one.isValid(), () => seen.set(seen.or(1 << i)));
  p.forward(seen);
}

const Ip = { vlan: 2, ipv4: 4, ipv6: 8, udp: 16, tcp: 32, icmp: 64, icmpv6: 128 } as const;

const ipValidity: () => Program = programOver(ipFormat, (p, headers) => {
  const seen = p.variable('seen', bits(16));
  const { ethernet, vlan, ipv4, ipv6, udp, tcp, icmp, icmpv6 } = headers;
  return () => forwardByValidity(p, seen, [ethernet, vlan, ipv4, ipv6, udp, tcp, icmp, icmpv6]);
});

/** Ethernet is always there. */
function finds(frame: Uint8Array, ...headers: readonly (keyof typeof Ip)[]): SendStep {
  return send(frame, forwarded(headers.reduce((sum, name) => sum + Ip[name], 1)));
}

const vlanCases: readonly SemanticsCase[] = [
  {
    name: 'with and without a VLAN tag the same headers are found behind it',
    program: ipValidity,
    steps: [
      finds(packet().eth().ipv4().udp().payload('x').build(), 'ipv4', 'udp'),
      finds(packet().eth().vlan().ipv4().udp().payload('x').build(), 'vlan', 'ipv4', 'udp'),
      finds(packet().eth().vlan().ipv6().tcp().build(), 'vlan', 'ipv6', 'tcp'),
      finds(packet().eth().ipv6().icmpv6().build(), 'ipv6', 'icmpv6'),
      finds(packet().eth().ipv4().icmp().build(), 'ipv4', 'icmp'),
      finds(packet().eth().vlan().arp().build(), 'vlan'),
      finds(packet().eth().vlan().vlan().ipv4().build(), 'vlan'),
      finds(packet().eth().arp().build()),
    ],
  },
  {
    name: 'fields behind a VLAN tag are read and written at their place',
    program: programOver(ipFormat, (p, { ipv4, udp }) => () => {
      p.when(ipv4.isValid().and(udp.isValid()).not(), () => p.drop('not_udp'));
      ipv4.identification.set(udp.srcPort.plus(1));
      udp.srcPort.set(0x1234);
      p.forward(udp.dstPort);
    }),
    steps: [true, false].map((isTagged) => {
      const frame = (identification: number, srcPort: number): Uint8Array => {
        const start = isTagged ? packet().eth().vlan({ vid: 4095, pcp: 7 }) : packet().eth();
        return start.ipv4({ identification }).udp({ srcPort, dstPort: 53 }).payload('abc').build();
      };
      return send(frame(7, 999), forwarded(53, frame(1000, 0x1234)));
    }),
  },
];

const selectCases: readonly SemanticsCase[] = [
  {
    name: 'IPv4 with options, another version, or in fragments is parsed no further',
    program: ipValidity,
    steps: [
      finds(
        packet()
          .eth()
          .ipv4({ options: new Uint8Array(4) })
          .udp()
          .build(),
        'ipv4',
      ),
      finds(packet().eth().ipv4({ version: 5 }).udp().build(), 'ipv4'),
      finds(packet().eth().ipv4({ flags: Ipv4Flag.MoreFragments }).udp().build(), 'ipv4'),
      finds(packet().eth().ipv4({ fragmentOffset: 1 }).udp().build(), 'ipv4'),
      finds(packet().eth().ipv4({ flags: Ipv4Flag.DontFragment }).udp().build(), 'ipv4', 'udp'),
      finds(packet().eth().ipv4({ protocol: IpProtocol.Tcp }).udp().build(), 'ipv4'),
    ],
  },
  {
    name: 'the first case that matches wins; bits outside of a mask do not matter',
    program: programOver(maskedFormat(), (p, headers) => {
      const seen = p.variable('seen', bits(16));
      const { first, a, b, c } = headers;
      return () => forwardByValidity(p, seen, [first, a, b, c]);
    }),
    steps: [
      send(frameOf(0x0105, 14), forwarded(0b0011)),
      send(frameOf(0xff05, 14), forwarded(0b0011)),
      send(frameOf(0x0101, 14), forwarded(0b0101)),
      send(frameOf(0x0102, 14), forwarded(0b1001)),
      send(frameOf(0x0000, 14), forwarded(0b1001)),
    ],
  },
  {
    name: 'a state may choose by a field of an earlier header',
    program: programOver(
      packetFormat(
        'earlier',
        {
          ethernet: ethernetHeader,
          middle: header('middle', { x: bits(8) }),
          last: header('last', { y: bits(8) }),
        },
        'ethernet',
        {
          ethernet: { otherwise: 'middle' },
          middle: {
            on: ['ethernet.etherType', 'middle.x'],
            cases: [{ match: [0x88b5, 0xff], next: 'last' }],
          },
        },
      ),
      (p, { ethernet, middle, last }) => {
        const seen = p.variable('seen', bits(16));
        return () => forwardByValidity(p, seen, [ethernet, middle, last]);
      },
    ),
    steps: [
      send(packet().eth({ etherType: 0x88b5 }).payload(Uint8Array.of(0xff, 1)).build(), forwarded(0b111)),
      send(packet().eth({ etherType: 0x88b6 }).payload(Uint8Array.of(0xff, 1)).build(), forwarded(0b011)),
      send(packet().eth({ etherType: 0x88b5 }).payload(Uint8Array.of(0xfe, 1)).build(), forwarded(0b011)),
    ],
  },
];

/** The lower byte's bit 2 leads to `a`, its value 1 with an upper byte of 1 to `b`, anything else to `c`. */
function maskedFormat() {
  const leaf = (name: string) => header(name, { value: bits(8) });
  return packetFormat(
    'masked',
    { first: header('first', { upper: bits(8), lower: bits(8) }), a: leaf('a'), b: leaf('b'), c: leaf('c') },
    'first',
    {
      first: {
        on: ['first.lower', 'first.upper'],
        cases: [
          {
            match: [
              { value: 0x04, mask: 0x04 },
              { value: 0, mask: 0 },
            ],
            next: 'a',
          },
          { match: [1, { value: 0x01, mask: 0x0f }], next: 'b' },
          { match: [5, 1], next: 'c' }, // Never taken: the first case stands before it.
        ],
        otherwise: 'c',
      },
    },
  );
}

function frameOf(word: number, bytes: number): Uint8Array {
  return Uint8Array.of(word >>> 8, word & 0xff, ...new Uint8Array(bytes - 2));
}

/** The frame cut off after every number of bytes, with the headers that are whole by then. */
function cutEverywhere(frame: Uint8Array, ends: readonly number[]): SendStep[] {
  return Array.from({ length: frame.length + 1 }, (_, length) => {
    const cut = frame.slice(0, length);
    if (length < 14) return send(cut, dropped('runt_frame'));
    const seen = ends.reduce((sum, end, i) => (end > 0 && length >= end ? sum | (1 << i) : sum), 0);
    return send(cut, forwarded(seen));
  });
}

const tunnelValidity: () => Program = programOver(tunnelFormat, (p, h) => {
  const seen = p.variable('seen', bits(16));
  const headers = [
    h.ethernet,
    h.ipv4,
    h.udp,
    h.gue,
    h.vxlan,
    h.inner_ethernet,
    h.inner_ipv4,
    h.inner_udp,
    h.inner_tcp,
  ];
  return () => forwardByValidity(p, seen, headers);
});

const truncationCases: readonly SemanticsCase[] = [
  {
    name: 'UDP behind a VLAN tag, cut off after every number of bytes',
    program: ipValidity,
    steps: cutEverywhere(packet().eth().vlan().ipv4().udp().payload('four').build(), [14, 18, 38, 0, 46]),
  },
  {
    name: 'TCP over IPv6, cut off after every number of bytes',
    program: ipValidity,
    steps: cutEverywhere(packet().eth().ipv6().tcp().payload('x').build(), [14, 0, 0, 54, 0, 74]),
  },
  {
    name: 'TCP in VXLAN, cut off after every number of bytes',
    program: tunnelValidity,
    steps: cutEverywhere(
      packet().eth().ipv4().udp().vxlan().eth().ipv4().tcp().payload('x').build(),
      [14, 34, 42, 0, 50, 64, 84, 0, 104],
    ),
  },
  {
    name: 'UDP in GUE, cut off after every number of bytes',
    program: tunnelValidity,
    steps: cutEverywhere(
      packet().eth().ipv4().udp().gue().ipv4().udp().payload('x').build(),
      [14, 34, 42, 46, 0, 0, 66, 74],
    ),
  },
  {
    name: 'a header that is cut off is payload: it leaves as it came',
    program: programOver(ipFormat, (p, { ethernet, ipv4, udp }) => () => {
      ethernet.src.set(1);
      p.when(ipv4.isValid(), () => ipv4.identification.set(ipv4.identification.plus(1)));
      p.when(udp.isValid(), () => udp.srcPort.set(9));
      p.forward(1);
    }),
    steps: [33, 34, 41, 42].map((length) => {
      const cut = (src: number, identification: number, srcPort: number): Uint8Array =>
        packet().eth({ src }).ipv4({ identification }).udp({ srcPort, checksum: 0 }).build().slice(0, length);
      return send(cut(2, 5, 6), forwarded(1, cut(1, length >= 34 ? 6 : 5, length >= 42 ? 9 : 6)));
    }),
  },
  {
    name: 'a frame of an Ethernet header alone, whatever it announces',
    program: ipValidity,
    steps: [
      finds(packet().eth({ etherType: EtherType.Ipv4 }).build()),
      finds(packet().eth({ etherType: EtherType.Vlan }).build()),
    ],
  },
];

export const parser: readonly SemanticsArea[] = [
  { area: 'VLAN', cases: vlanCases },
  { area: 'select', cases: selectCases },
  { area: 'truncation', cases: truncationCases },
];
