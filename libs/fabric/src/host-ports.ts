/**
 * The spare ports of an embedded rack's switch, and the hosts outside the process that are plugged into them.
 */
import { seconds } from '@ballast/base';
import { clientAddress, type HostAddress, type Rack, SWITCH_MAC, VIP } from '@ballast/rack';
import type { SimNode } from '@ballast/sim';
import type { Attachment } from './attachment.ts';
import { FabricError } from './fabric-error.ts';
import { GatewayCore, OverlayGateway } from './overlay-gateway.ts';

export interface HostPortsOptions {
  /** Address that the overlay's sockets are bound to. */
  readonly bindAddress: string;
  readonly leaseSeconds: number;
  /** A client id that no host has had, nor a load generator of any rack. */
  readonly nextClientId: () => number;
  /** A frame of a host waits in the kernel. */
  readonly onFrame: () => void;
}

/** A host that is plugged in. */
interface AttachedHost {
  readonly clientId: number;
  readonly address: HostAddress;
  readonly gateway: OverlayGateway;
}

interface SparePort {
  readonly node: SimNode<GatewayCore>;
  host: AttachedHost | null;
  /** A socket is being opened for it. */
  isReserved: boolean;
}

/** Every host's UDP source port is its own, as long as there are fewer than this. */
const UDP_PORTS = 40_000;
const UDP_PORT_FIRST = 20_000;

export class HostPorts {
  readonly #rack: Rack;
  readonly #options: HostPortsOptions;
  readonly #ports: readonly SparePort[];
  #isClosed = false;

  constructor(rack: Rack, options: HostPortsOptions) {
    this.#rack = rack;
    this.#options = options;
    this.#ports = Array.from({ length: rack.options.sparePorts }, (_, spare) => ({
      node: rack.connectSpare(spare, `host${spare}`, (host) => new GatewayCore(host.pool)),
      host: null,
      isReserved: false,
    }));
  }

  /** Client ids of the attached hosts. */
  get attached(): readonly number[] {
    this.#expire();
    return this.#ports.flatMap(({ host }) => (host === null ? [] : [host.clientId]));
  }

  /** Gives a spare port to a new host. FabricError NO_SPARE_PORT, RECORDING. */
  async attach(): Promise<Attachment> {
    const rack = this.#rack;
    const { bindAddress, leaseSeconds, nextClientId, onFrame } = this.#options;
    if (rack.history !== null) throw new FabricError({ code: 'RECORDING' });
    this.#expire();
    const spare = this.#ports.find(({ host, isReserved }) => host === null && !isReserved);
    if (spare === undefined)
      throw new FabricError({ code: 'NO_SPARE_PORT', ports: this.#ports.length, leaseSeconds });
    spare.isReserved = true;
    try {
      const gateway = await OverlayGateway.open(spare.node, bindAddress, onFrame);
      if (this.#isClosed) {
        gateway.close();
        throw new FabricError({ code: 'NO_RACK_NOW' });
      }
      const clientId = nextClientId();
      const { servers, clients } = rack.options;
      // Addresses follow the client id, not the port: what is late for an earlier host reaches nobody.
      const { mac, ip } = clientAddress(servers, clientId - 1);
      const address = { port: clientAddress(servers, clients + this.#ports.indexOf(spare)).port, mac, ip };
      spare.host = { clientId, address, gateway };
      rack.addHost(address);
      return {
        clientId,
        link: `${spare.node.name}-tor`,
        mac,
        ip,
        udpPort: UDP_PORT_FIRST + (clientId % UDP_PORTS),
        gatewayMac: SWITCH_MAC,
        vip: VIP,
        epoch: rack.epoch,
        mtuBytes: rack.options.mtuBytes,
        retransmitNs: rack.options.retransmitNs,
        overlayPort: gateway.udpPort,
        leaseSeconds,
      };
    } finally {
      spare.isReserved = false;
    }
  }

  /** Frees a host's port. FabricError NO_HOST. */
  detach(clientId: number): void {
    const spare = this.#ports.find(({ host }) => host?.clientId === clientId);
    if (spare === undefined) throw new FabricError({ code: 'NO_HOST', clientId });
    this.#free(spare);
  }

  /** Frees every port and gives none any more. */
  close(): void {
    this.#isClosed = true;
    for (const spare of this.#ports) this.#free(spare);
  }

  /** Hosts that died without a word would keep their ports for ever. */
  #expire(): void {
    for (const spare of this.#ports) {
      if (spare.host !== null && spare.host.gateway.silentNs > seconds(this.#options.leaseSeconds))
        this.#free(spare);
    }
  }

  #free(spare: SparePort): void {
    if (spare.host === null) return;
    const { address, gateway } = spare.host;
    spare.host = null;
    gateway.close();
    this.#rack.removeHost(address);
  }
}
