/** Who has which port and address in a rack. Servers come first, then the controller, then clients. */

import { assert } from '@ballast/base';
import type { PairFilter } from '@ballast/sim';
import { ethernetHeader, ipv4Header } from '@ballast/wire';

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

const SRC_AT = ethernetHeader.bytes + ipv4Header.offset.src;
const DST_AT = ethernetHeader.bytes + ipv4Header.offset.dst;

/**
 * Tells the frames between two hosts of a rack, by the names of their nodes.
 *
 * Requests to the virtual address have no server in them until the switch has chosen one, and replies lose
 * theirs in the switch: they are told on the link of the server.
 */
export function pairFilter(servers: number): PairFilter {
  return (oneName, otherName) => {
    const one = ipOf(oneName, servers);
    const other = ipOf(otherName, servers);
    return ({ view, start, length }) => {
      if (length < DST_AT + 4) return false;
      const src = view.getUint32(start + SRC_AT);
      const dst = view.getUint32(start + DST_AT);
      return (src === one && dst === other) || (src === other && dst === one);
    };
  };
}

/** @param name 'server3', 'client0' or 'controller' */
function ipOf(name: string, servers: number): number {
  if (name === 'controller') return controllerAddress(servers).ip;
  const [, role, id] = /^(server|client)(\d+)$/.exec(name) ?? [];
  assert(role !== undefined, `${name} is a host of the rack`);
  return role === 'server' ? serverAddress(Number(id)).ip : clientAddress(servers, Number(id)).ip;
}
