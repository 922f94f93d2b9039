/** How a client reaches a rack. */
import type { PortNumber } from '@ballast/base';

export interface RackAddress {
  readonly vip: number;
  /** Next hop on the way there. */
  readonly gatewayMac: number;
  /** The client's own port that leads there. */
  readonly port: PortNumber;
}

/** A rack, and what its client knows of it. */
export class RackAccess implements RackAddress {
  readonly vip: number;
  readonly gatewayMac: number;
  readonly port: PortNumber;
  /** Of the live set, as far as this client has heard. */
  epoch: number;

  constructor({ vip, gatewayMac, port }: RackAddress, epoch: number) {
    this.vip = vip;
    this.gatewayMac = gatewayMac;
    this.port = port;
    this.epoch = epoch;
  }
}
