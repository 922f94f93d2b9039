/**
 * Who has which port and address in a rack. Servers come first, then the controller, then clients, then the
 * way to the other rack. Racks of a chain have numbers, 0 and 1; a rack that is alone has number 0.
 */

import { assert } from '@ballast/base';
import type { PairFilter } from '@ballast/sim';
import { ethernetHeader, ipv4Header } from '@ballast/wire';

/** Locally administered, unicast (IEEE 802 §8.2). */
const MAC_BASE = 0x02_00_00_00_00_00;
const NET = 0x0a00_0000; // 10.0.0.0/8

/** A rack's service address, the one that clients know: 10.255.0.1, 10.255.1.1. */
export function vipOf(rack: number): number {
  return NET + 0x00ff_0001 + (rack << 8);
}
export function switchMacOf(rack: number): number {
  return MAC_BASE + 0xffff - rack;
}
/** Of a rack that is alone. */
export const VIP = vipOf(0);
export const SWITCH_MAC = switchMacOf(0);
/** UDP source port of client 0; the others count up. */
const CLIENT_UDP_PORT = 20_000;

export interface HostAddress {
  /** Of the top-of-rack switch. */
  readonly port: number;
  readonly mac: number;
  readonly ip: number;
}

/** Server i: 10.0.1.i + 1, in rack 1 10.0.2.i + 1. */
export function serverAddress(server: number, rack = 0): HostAddress {
  const mac = MAC_BASE + 0x100 + (rack << 7) + server;
  return { port: server, mac, ip: NET + 0x0000_0101 + (rack << 8) + server };
}

/** The controller: 10.0.0.2, in rack 1 10.0.0.3, on the port after the servers. */
export function controllerAddress(servers: number, rack = 0): HostAddress {
  return { port: servers, mac: MAC_BASE + 0x200 + rack, ip: NET + 0x0000_0002 + rack };
}

/** Ports below this one are inside the rack. */
export function insidePorts(servers: number): number {
  return servers + 1;
}

/** The port that leads to the other rack of a chain: the last one. */
export function uplinkPort(rack: {
  readonly servers: number;
  readonly clients: number;
  readonly sparePorts: number;
}): number {
  return insidePorts(rack.servers) + rack.clients + rack.sparePorts;
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

/** @param name 'server3', 'client0' or 'controller'; those of a chain's tail begin with 'tail.' */
function ipOf(name: string, servers: number): number {
  const [, tail, role, id] = /^(tail\.)?(server|client|controller)(\d*)$/.exec(name) ?? [];
  assert(role !== undefined, `${name} is a host of the rack`);
  const rack = tail === undefined ? 0 : 1;
  if (role === 'controller') return controllerAddress(servers, rack).ip;
  return role === 'server' ? serverAddress(Number(id), rack).ip : clientAddress(servers, Number(id)).ip;
}

/** What the names of the nodes of a chain's tail begin with. */
export const TAIL_PREFIX = 'tail.';

/** 'server3-tor', 'tail.server3-tor', 'client0-tail.tor'. */
export function cableName(node: string, tor: string): string {
  return node.startsWith(TAIL_PREFIX) ? `${node}-tor` : `${node}-${tor}`;
}
