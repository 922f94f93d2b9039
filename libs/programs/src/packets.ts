/** Packet formats that programs share: which headers a frame may hold, and how a parser finds them. */
import { packetFormat } from '@ballast/pipeline';
import {
  ethernetHeader,
  EtherType,
  IpProtocol,
  ipv4Header,
  PEGASUS_FORMAT,
  PEGASUS_MAGIC,
  PEGASUS_PORT,
  pegasusHeader,
  udpHeader,
} from '@ballast/wire';

/**
 * Ethernet, IPv4 without options and whole (fragment offset 0, no more fragments; flags 2 is "don't
 * fragment"), UDP, and Pegasus from or to its port. Anything else ends the parse at the last header that
 * was recognised.
 */
export const pegasusStates = {
  ethernet: { on: ['ethernet.etherType'], cases: [{ match: [EtherType.Ipv4], next: 'ipv4' }] },
  ipv4: {
    on: ['ipv4.version', 'ipv4.ihl', 'ipv4.flags', 'ipv4.fragmentOffset', 'ipv4.protocol'],
    cases: [{ match: [4, 5, { value: 0, mask: 0b101 }, 0, IpProtocol.Udp], next: 'udp' }],
  },
  udp: {
    on: ['udp.dstPort', 'udp.srcPort'],
    cases: [
      { match: [PEGASUS_PORT, { value: 0, mask: 0 }], next: 'pegasus' },
      { match: [{ value: 0, mask: 0 }, PEGASUS_PORT], next: 'pegasus' },
    ],
  },
};

/** A Pegasus message up to its header; key and value stay in the payload. */
export const pegasusPacket = packetFormat(
  'pegasus_packet',
  { ethernet: ethernetHeader, ipv4: ipv4Header, udp: udpHeader, pegasus: pegasusHeader },
  'ethernet',
  pegasusStates,
);

/** What marks the payload of a Pegasus port as a Pegasus message. */
export const PEGASUS_MARK = { magic: PEGASUS_MAGIC, format: PEGASUS_FORMAT } as const;

/** Ethernet and IPv4, for programs that look no further. Options stay in the payload. */
export const ipv4Packet = packetFormat(
  'ipv4_packet',
  { ethernet: ethernetHeader, ipv4: ipv4Header },
  'ethernet',
  {
    ethernet: { on: ['ethernet.etherType'], cases: [{ match: [EtherType.Ipv4], next: 'ipv4' }] },
  },
);
