/**
 * One step of the controller with one or more servers: a message to each until each has acknowledged it,
 * in parts where the message or the answer is long. Stop and wait per server; repeats are harmless.
 */
import type { PegasusOp } from '@ballast/wire';
import { joinParts, partAt, partsOf } from './hand-over.ts';

interface Peer {
  part: number;
  /** Of the answer, once its first part is here. */
  parts: number;
  readonly received: Uint8Array[];
  isDone: boolean;
}

function freshPeer(): Peer {
  return { part: 0, parts: 1, received: [], isDone: false };
}

export class Exchange {
  readonly op: PegasusOp;
  /** In a Spread: the server that sends the first copies; null: nobody. */
  first: number | null = null;
  /** What goes out; null when the servers answer with something instead. */
  readonly #payload: Uint8Array | null;
  readonly #peers = new Map<number, Peer>();
  #left: number;

  constructor(op: PegasusOp, servers: readonly number[], payload: Uint8Array | null) {
    this.op = op;
    this.#payload = payload;
    for (const server of servers) this.#peers.set(server, freshPeer());
    this.#left = this.#peers.size;
  }

  get isDone(): boolean {
    return this.#left === 0;
  }

  /** Servers that have not acknowledged everything. */
  *pending(): Iterable<number> {
    for (const [server, peer] of this.#peers) if (!peer.isDone) yield server;
  }

  isPending(server: number): boolean {
    return this.#peers.get(server)?.isDone === false;
  }

  /** One more server, or one that has restarted and begins anew if it was not done. */
  add(server: number): void {
    const before = this.#peers.get(server);
    if (before?.isDone === true) return;
    if (before === undefined) this.#left++;
    this.#peers.set(server, freshPeer());
  }

  /** A server that nothing is expected of any more. What it answered before stays. */
  drop(server: number): void {
    if (!this.isPending(server)) return;
    this.#peers.delete(server);
    this.#left--;
  }

  /** The part that a server is to get, or to send, next. */
  partFor(server: number): { part: number; parts: number; body: Uint8Array } {
    const part = this.#peers.get(server)?.part ?? 0;
    const payload = this.#payload ?? new Uint8Array(0);
    return { part, parts: partsOf(payload), body: this.#payload === null ? payload : partAt(payload, part) };
  }

  /**
   * An acknowledgement of `part`; late ones change nothing.
   *
   * @param parts of the server's answer, when it answers in parts
   * @returns whether the server now wants its next part
   */
  acknowledge(server: number, part: number, parts: number, body: Uint8Array): boolean {
    const peer = this.#peers.get(server);
    if (peer === undefined || peer.isDone || part !== peer.part) return false;
    peer.part++;
    if (this.#payload === null) {
      peer.parts = parts;
      peer.received.push(body.slice());
    } else {
      peer.parts = partsOf(this.#payload);
    }
    if (peer.part < peer.parts) return true;
    peer.isDone = true;
    this.#left--;
    return false;
  }

  /** What each server answered, complete once the exchange is done. */
  answers(): Uint8Array[] {
    return [...this.#peers.values()].map((peer) => joinParts(peer.received));
  }
}
