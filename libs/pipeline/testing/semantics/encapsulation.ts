/** Headers that come and go: tags, IP in IP, GUE and VXLAN, put on and taken off. */
import {
  bits,
  EtherType,
  ethernetHeader,
  GUE_PORT,
  gueHeader,
  IpProtocol,
  ipv4Header,
  packet,
  parseIpv4,
  udpHeader,
  vlanHeader,
  VXLAN_FLAG_VNI,
  VXLAN_PORT,
  vxlanHeader,
} from '@ballast/wire';
import type { Bits, HeaderRef } from '../../src/index.ts';
import { dropped, forwarded, type SemanticsArea, type SemanticsCase, send } from './case.ts';
import { ipProgram, tunnelProgram } from './formats.ts';

const OUTER = { src: '192.0.2.1', dst: '192.0.2.2' } as const;
const outerSrc = parseIpv4(OUTER.src);
const outerDst = parseIpv4(OUTER.dst);

function fillIpv4(
  header: HeaderRef<typeof ipv4Header>,
  { protocol, totalLength }: { protocol: number; totalLength: Bits },
): void {
  header.version.set(4);
  header.ihl.set(5);
  header.ttl.set(64);
  header.protocol.set(protocol);
  header.totalLength.set(totalLength);
  header.src.set(outerSrc);
  header.dst.set(outerDst);
}

const tags: readonly SemanticsCase[] = [
  {
    name: 'a VLAN tag is put on behind Ethernet',
    program: ipProgram((p, { ethernet }) => {
      const tag = p.added('tag', vlanHeader, { before: 'vlan' });
      return () => {
        p.push(tag);
        tag.vid.set(0xabc);
        tag.pcp.set(5);
        tag.etherType.set(ethernet.etherType);
        ethernet.etherType.set(EtherType.Vlan);
        p.forward(1);
      };
    }),
    steps: [
      send(
        packet().eth().arp().build(),
        forwarded(1, packet().eth().vlan({ vid: 0xabc, pcp: 5 }).arp().build()),
      ),
      send(
        packet().eth().vlan({ vid: 1 }).ipv4().build(),
        forwarded(1, packet().eth().vlan({ vid: 0xabc, pcp: 5 }).vlan({ vid: 1 }).ipv4().build()),
      ),
      send(
        packet().eth().build(),
        forwarded(1, packet().eth({ etherType: EtherType.Vlan }).vlan({ vid: 0xabc, pcp: 5 }).build()),
      ),
    ],
  },
  {
    name: 'a VLAN tag is taken off, where there is one',
    program: ipProgram((p, { ethernet, vlan }) => () => {
      p.when(vlan.isValid(), () => {
        ethernet.etherType.set(vlan.etherType);
        p.pop(vlan);
      });
      p.forward(1);
    }),
    steps: [
      send(
        packet().eth().vlan().ipv4().udp().payload('rest').build(),
        forwarded(1, packet().eth().ipv4().udp().payload('rest').build()),
      ),
      send(packet().eth().ipv4().udp().build(), forwarded(1)),
      send(packet().eth().vlan().arp().build(), forwarded(1, packet().eth().arp().build())),
    ],
  },
  {
    name: 'a tag is exchanged: what was popped is gone, what is pushed starts at zero',
    program: ipProgram((p, { vlan }) => {
      const tag = p.added('tag', vlanHeader, { before: 'vlan' });
      return () => {
        p.when(vlan.isValid().not(), () => p.drop('untagged'));
        p.push(tag);
        tag.etherType.set(vlan.etherType);
        tag.vid.set(tag.vid.plus(9));
        p.pop(vlan);
        p.when(vlan.isValid(), () => p.drop('still_there'));
        p.when(tag.isValid().not(), () => p.drop('not_there'));
        p.forward(1);
      };
    }),
    steps: [
      send(
        packet().eth().vlan({ vid: 100, pcp: 7, dei: 1 }).ipv4().build(),
        forwarded(1, packet().eth().vlan({ vid: 9 }).ipv4().build()),
      ),
      send(packet().eth().ipv4().build(), dropped('untagged')),
    ],
  },
  {
    name: 'a pushed header that is popped again leaves nothing',
    program: ipProgram((p, { ethernet }) => {
      const tag = p.added('tag', vlanHeader, { before: 'vlan' });
      return () => {
        p.push(tag);
        tag.vid.set(5);
        p.pop(tag);
        p.when(tag.isValid(), () => p.drop('still_there'));
        ethernet.src.set(3);
        p.forward(1);
      };
    }),
    steps: [send(packet().eth().arp().build(), forwarded(1, packet().eth({ src: 3 }).arp().build()))],
  },
];

/** The packet that is put into tunnels. */
const inner = (): ReturnType<typeof packet> =>
  packet().eth().ipv4({ ttl: 9 }).udp({ srcPort: 7 }).payload('inner');

const wrapping: readonly SemanticsCase[] = [
  {
    name: 'IP in IP: the outer header’s checksum is its full sum',
    program: ipProgram((p, { ipv4 }) => {
      const outer = p.added('outer', ipv4Header, { before: 'ipv4' });
      return () => {
        p.when(ipv4.isValid().not(), () => p.drop('not_ipv4'));
        p.push(outer);
        fillIpv4(outer, { protocol: IpProtocol.Ipv4, totalLength: ipv4.totalLength.plus(20) });
        p.forward(2);
      };
    }),
    steps: [
      send(
        inner().build(),
        forwarded(
          2,
          packet().eth().ipv4(OUTER).ipv4({ ttl: 9 }).udp({ srcPort: 7 }).payload('inner').build(),
        ),
      ),
    ],
  },
  {
    name: 'GUE: IPv4, UDP and the shim in front of the packet',
    program: ipProgram((p, { ipv4 }) => {
      const outer = p.added('outer', ipv4Header, { before: 'ipv4' });
      const outerUdp = p.added('outer_udp', udpHeader, { before: 'ipv4' });
      const gue = p.added('gue', gueHeader, { before: 'ipv4' });
      return () => {
        p.when(ipv4.isValid().not(), () => p.drop('not_ipv4'));
        p.push(outer);
        p.push(gue);
        p.push(outerUdp);
        fillIpv4(outer, { protocol: IpProtocol.Udp, totalLength: ipv4.totalLength.plus(32) });
        outerUdp.srcPort.set(p.hash('crc16', [ipv4.src, ipv4.dst]).or(0xc000));
        outerUdp.dstPort.set(GUE_PORT);
        outerUdp.length.set(ipv4.totalLength.plus(12));
        gue.protocol.set(IpProtocol.Ipv4);
        p.forward(2);
      };
    }),
    steps: [
      send(
        inner().build(),
        forwarded(
          2,
          packet()
            .eth()
            .ipv4(OUTER)
            .udp({ srcPort: 0xe63f, checksum: 0 })
            .gue()
            .ipv4({ ttl: 9 })
            .udp({ srcPort: 7 })
            .payload('inner')
            .build(),
        ),
      ),
    ],
  },
  {
    name: 'VXLAN: outer Ethernet, IPv4, UDP without a checksum, and the network’s number',
    program: ipProgram((p, { ethernet }) => {
      const before = 'ethernet';
      const outerEthernet = p.added('outer_ethernet', ethernetHeader, { before });
      const outer = p.added('outer', ipv4Header, { before });
      const outerUdp = p.added('outer_udp', udpHeader, { before });
      const vxlan = p.added('vxlan', vxlanHeader, { before });
      const bytes = p.variable('bytes', bits(16));
      return () => {
        bytes.set(p.packetLength);
        p.push(outerEthernet);
        p.push(outer);
        p.push(outerUdp);
        p.push(vxlan);
        outerEthernet.dst.set(0x0200_0000_00bbn);
        outerEthernet.src.set(ethernet.dst);
        outerEthernet.etherType.set(EtherType.Ipv4);
        fillIpv4(outer, { protocol: IpProtocol.Udp, totalLength: bytes.plus(36) });
        outerUdp.srcPort.set(49_152);
        outerUdp.dstPort.set(VXLAN_PORT);
        outerUdp.length.set(bytes.plus(16));
        vxlan.flags.set(VXLAN_FLAG_VNI);
        vxlan.vni.set(0xabcdef);
        p.forward(2);
      };
    }),
    steps: [
      send(
        inner().build(),
        forwarded(
          2,
          packet()
            .eth({ dst: '02:00:00:00:00:bb', src: '02:00:00:00:00:02' })
            .ipv4(OUTER)
            .udp({ srcPort: 49_152, checksum: 0 })
            .vxlan({ vni: 0xabcdef })
            .eth()
            .ipv4({ ttl: 9 })
            .udp({ srcPort: 7 })
            .payload('inner')
            .build(),
        ),
      ),
    ],
  },
];

const innerFrame = (): Uint8Array => inner().build();

const unwrapping: readonly SemanticsCase[] = [
  {
    name: 'IP in IP, GUE and VXLAN are taken off by one program',
    program: tunnelProgram((p, h) => () => {
      p.when(h.inner_ipv4.isValid().not(), () => p.drop('no_tunnel'));
      p.when(
        h.vxlan.isValid(),
        () => {
          p.pop(h.ethernet);
          p.pop(h.ipv4);
          p.pop(h.udp);
          p.pop(h.vxlan);
          p.forward(3);
        },
        () =>
          p.when(
            h.gue.isValid(),
            () => {
              p.pop(h.gue);
              p.pop(h.udp);
              p.pop(h.ipv4);
              p.forward(2);
            },
            () => {
              p.when(h.udp.isValid(), () => p.drop('never'));
              p.pop(h.ipv4);
              p.forward(1);
            },
          ),
      );
    }),
    steps: [
      send(
        packet().eth().ipv4(OUTER).ipv4({ ttl: 9 }).udp({ srcPort: 7 }).payload('inner').build(),
        forwarded(1, innerFrame()),
      ),
      send(
        packet().eth().ipv4(OUTER).udp().gue().ipv4({ ttl: 9 }).udp({ srcPort: 7 }).payload('inner').build(),
        forwarded(2, innerFrame()),
      ),
      send(
        packet()
          .eth({ src: 9, dst: 8 })
          .ipv4(OUTER)
          .udp()
          .vxlan()
          .eth()
          .ipv4({ ttl: 9 })
          .udp({ srcPort: 7 })
          .payload('inner')
          .build(),
        forwarded(3, innerFrame()),
      ),
      send(packet().eth().ipv4().udp().payload('none').build(), dropped('no_tunnel')),
    ],
  },
];

export const encapsulation: readonly SemanticsArea[] = [
  { area: 'tags', cases: tags },
  { area: 'encapsulation', cases: wrapping },
  { area: 'decapsulation', cases: unwrapping },
];
