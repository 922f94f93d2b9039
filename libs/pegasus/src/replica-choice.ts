/**
 * Static replication, as baselines (docs/netcache.md): a fixed set of hot keys, each on a fixed arc of
 * servers, known to every client, which chooses the server of a read itself.
 */
import { assert, type Prng } from '@ballast/base';

/** How a client chooses: any replica, or of two the one that last reported fewer waiting requests. */
export type ReplicaChoiceKind = 'random' | 'lessLoadedOfTwo';

interface Replicated {
  readonly hashHi: number;
  readonly home: number;
  /** The next key with the same low half of the hash. */
  readonly next: Replicated | null;
}

/** The replicated keys by hash; one for all clients of a rack. */
export class StaticSet {
  readonly servers: number;
  /** Servers that hold each key: its home and those after it. */
  readonly replicas: number;
  readonly #byLow = new Map<number, Replicated>();

  constructor(servers: number, replicas: number) {
    assert(replicas >= 1 && replicas <= servers, `${replicas} replicas are on 1 to ${servers} servers`);
    this.servers = servers;
    this.replicas = replicas;
  }

  add(hashHi: number, hashLo: number, home: number): void {
    this.#byLow.set(hashLo | 0, { hashHi, home, next: this.#byLow.get(hashLo | 0) ?? null });
  }

  /** Null when the key is not replicated. */
  homeOf(hashHi: number, hashLo: number): number | null {
    let found = this.#byLow.get(hashLo | 0) ?? null; // As a signed integer: V8 keeps those unboxed.
    while (found !== null && found.hashHi !== hashHi) found = found.next;
    return found?.home ?? null;
  }

  /** The servers that hold a key with this home, home first. */
  serversOf(home: number): number[] {
    return Array.from({ length: this.replicas }, (_, i) => (home + i) % this.servers);
  }
}

export class ReplicaChoice {
  readonly #set: StaticSet;
  readonly #kind: ReplicaChoiceKind;
  readonly #prng: Prng;
  /** By server: requests that waited there when it last answered. */
  readonly #loads: Uint16Array;

  constructor(set: StaticSet, kind: ReplicaChoiceKind, prng: Prng) {
    this.#set = set;
    this.#kind = kind;
    this.#prng = prng;
    this.#loads = new Uint16Array(set.servers);
  }

  /** The server for a read; 0, which means nothing, when the key is not replicated. */
  choose(hashHi: number, hashLo: number): number {
    const home = this.#set.homeOf(hashHi, hashLo);
    if (home === null) return 0;
    const { replicas, servers } = this.#set;
    const first = this.#prng.below(replicas);
    const firstServer = (home + first) % servers;
    if (this.#kind === 'random' || replicas === 1) return firstServer;
    // Two different ones: the second is one of the others.
    const second = (first + 1 + this.#prng.below(replicas - 1)) % replicas;
    const secondServer = (home + second) % servers;
    return this.#loads[secondServer]! < this.#loads[firstServer]! ? secondServer : firstServer;
  }

  /** A server answered, and said how many requests wait there. */
  noteLoad(server: number, load: number): void {
    this.#loads[server] = load; // A server out of range leaves no trace in a typed array.
  }
}
