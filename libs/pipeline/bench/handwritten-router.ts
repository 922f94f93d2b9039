/**
 * The router of js.bench.ts by hand: the same checks, the same kind of trie, the same rewrites and counters.
 * What a good engineer would write for this one program, and the measure of what the compiler costs.
 */
import type { Frame } from '@ballast/base';
import { nextHopMac, portMac, PORTS, type Route } from './router-traffic.ts';

const DROPPED = -1;
const FAN_OUT = 256;

export class HandwrittenRouter {
  /** By node and byte: next hop + 1 (0: none), and the child (0: none). */
  #nodes = new Uint32Array(2 * FAN_OUT * 16_384);
  #nodeCount = 1;
  readonly #nextHopHi = new Uint16Array(PORTS);
  readonly #nextHopLo = new Uint32Array(PORTS);
  readonly #portHi = new Uint16Array(PORTS);
  readonly #portLo = new Uint32Array(PORTS);
  readonly #packets = new Float64Array(PORTS);
  readonly #bytes = new Float64Array(PORTS);

  constructor(routes: readonly Route[]) {
    for (let port = 0; port < PORTS; port++) {
      this.#nextHopHi[port] = nextHopMac(port) / 2 ** 32;
      this.#nextHopLo[port] = nextHopMac(port);
      this.#portHi[port] = portMac(port) / 2 ** 32;
      this.#portLo[port] = portMac(port);
    }
    // Shorter prefixes first: longer ones overwrite what they cover.
    for (const route of routes.toSorted((a, b) => a.length - b.length)) this.#insert(route);
  }

  /** The port that the frame leaves by, rewritten; or DROPPED. */
  forward(frame: Frame): number {
    const { view, start, length } = frame;
    if (length < 34 || view.getUint16(start + 12) !== 0x0800) return DROPPED;
    const versionAndLength = view.getUint8(start + 14);
    if (versionAndLength >>> 4 !== 4 || (versionAndLength & 15) < 5) return DROPPED;
    const ttl = view.getUint8(start + 22);
    if (ttl <= 1) return DROPPED;
    const port = this.#lookup(view.getUint32(start + 30)) - 1;
    if (port < 0) return DROPPED;
    view.setUint8(start + 22, ttl - 1);
    // RFC 1624 eq. 3: one less in the upper byte of the word.
    const sum = (~view.getUint16(start + 24) & 0xffff) + 0xfeff;
    view.setUint16(start + 24, ~((sum & 0xffff) + (sum >>> 16)));
    view.setUint16(start, this.#nextHopHi[port]!);
    view.setUint32(start + 2, this.#nextHopLo[port]!);
    view.setUint16(start + 6, this.#portHi[port]!);
    view.setUint32(start + 8, this.#portLo[port]!);
    this.#packets[port]! += 1;
    this.#bytes[port]! += length;
    return port;
  }

  #lookup(dst: number): number {
    const nodes = this.#nodes;
    let best = 0;
    let node = 0;
    for (let shift = 24; shift >= 0; shift -= 8) {
      const slot = 2 * (node * FAN_OUT + ((dst >>> shift) & 255));
      if (nodes[slot] !== 0) best = nodes[slot]!;
      node = nodes[slot + 1]!;
      if (node === 0) break;
    }
    return best;
  }

  #insert({ prefix, length, port }: Route): void {
    let node = 0;
    let depth = 0;
    for (; length > 8 * (depth + 1); depth++) {
      const slot = 2 * (node * FAN_OUT + ((prefix >>> (24 - 8 * depth)) & 255));
      if (this.#nodes[slot + 1] === 0) this.#nodes[slot + 1] = this.#nodeCount++;
      node = this.#nodes[slot + 1]!;
    }
    const count = 2 ** (8 * (depth + 1) - length);
    const first = (prefix >>> (24 - 8 * depth)) & 255;
    for (let byte = first; byte < first + count; byte++) this.#nodes[2 * (node * FAN_OUT + byte)] = port + 1;
  }
}
