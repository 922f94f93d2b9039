/** Who has which port and address in a rack. Servers come first, then the controller, then clients. */

/** Locally administered, unicast (IEEE 802 §8.2). */
const MAC_BASE = 0x02_00_00_00_00_00;
const NET = 0x0a00_0000; // 10.0.0.0/8

/** The rack's service address, the one that clients know: 10.255.0.1. */
export const VIP = NET + 0x00ff_0001;
export const SWITCH_MAC = MAC_BASE + 0xffff;
/** UDP source port of client 0; the others count up. */
const CLIENT_UDP_PORT = 20_000;

export interface HostAddress {
  /** Of the top-of-rack switch. */
  readonly port: number;
  readonly mac: number;
  readonly ip: number;
}

/** Server i: 10.0.1.i + 1. */
export function serverAddress(server: number): HostAddress {
  return { port: server, mac: MAC_BASE + 0x100 + server, ip: NET + 0x0000_0101 + server };
}

/** The controller: 10.0.0.2, on the port after the servers. */
export function controllerAddress(servers: number): HostAddress {
  return { port: servers, mac: MAC_BASE + 0x200, ip: NET + 0x0000_0002 };
}

/** Ports below this one are inside the rack. */
export function insidePorts(servers: number): number {
  return servers + 1;
}

/** Client i: 10.1.0.0 + i + 1, on a port outside. */
export function clientAddress(servers: number, client: number): HostAddress & { readonly udpPort: number } {
  const port = insidePorts(servers) + client;
  return {
    port,
    mac: MAC_BASE + 0x1_0000 + client,
    ip: NET + 0x0001_0001 + client,
    udpPort: CLIENT_UDP_PORT + client,
  };
}
