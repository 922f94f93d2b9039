import type { Nanos } from '@ballast/base';

/** What a rack tells a host that joins it. Addresses are numbers, as in the codecs of the wire room. */
export interface Attachment {
  /** Never given to another host. */
  readonly clientId: number;
  /** Name of the host's cable, for captures: 'host0-tor'. */
  readonly link: string;
  readonly mac: number;
  readonly ip: number;
  readonly udpPort: number;
  readonly gatewayMac: number;
  readonly vip: number;
  readonly epoch: number;
  readonly mtuBytes: number;
  /** How long a request may wait in the queues of this rack before it is worth repeating. */
  readonly retransmitNs: Nanos;
  /** UDP port of the rack's end of the cable. */
  readonly overlayPort: number;
  /** A host that sends nothing for so long is detached; an empty datagram is enough. */
  readonly leaseSeconds: number;
}
