/**
 * Controller of a switch that caches values (NetCache, SOSP '17): which keys have an item there.
 *
 * Popularity comes from samples of the requests and from the counters of the items, as with Pegasus. An item
 * is inserted empty; the next reply of home fills it. Nothing has to be brought to rest before an item comes
 * or goes: the generation that it is inserted under keeps replies of earlier times out (docs/netcache.md).
 */
import { assert, type Core, type Frame, type Nanos, type PortNumber } from '@ballast/base';
import {
  decodePegasus,
  Drop,
  pegasusHeader,
  PegasusOp,
  PegasusRecord,
  readUdpFrame,
  UdpDatagram,
} from '@ballast/wire';
import type {
  CommandResult,
  ControllerConfig,
  ControllerCounters,
  DirectoryCounters,
} from './controller-config.ts';
import { type Candidate, type HotKeyReport, SamplingEstimator } from './popularity.ts';

/** What the controller asks of the switch. Commands take effect in order, each at once. */
export type CacheCommand =
  | {
      readonly kind: 'insertItem';
      readonly item: number;
      readonly key: Uint8Array;
      readonly generation: number;
    }
  /** Empties the item of a key and begins a new generation. */
  | { readonly kind: 'renewItem'; readonly item: number; readonly generation: number }
  | { readonly kind: 'removeItem'; readonly key: Uint8Array }
  | { readonly kind: 'readCounters' };

/** The switch caches keys of this size. */
const KEY_BYTES = 16;
/** Epochs in a row without a hit after which a key that is read loses its item: its value does not fit. */
const FRUITLESS_EPOCHS_MAX = 32;
/** So many epochs it gets no new one. */
const BANNED_EPOCHS = 256;

interface CachedKey {
  readonly item: number;
  readonly name: string;
  readonly key: Uint8Array;
  generation: number;
  /** Requests per epoch, decayed. */
  reads: number;
  writes: number;
  /** Counters of the item at the end of the last epoch. */
  readsBefore: number;
  writesBefore: number;
  hitsBefore: number;
  /** Epochs since the insertion: the counts mean something from the second on. */
  age: number;
  fruitless: number;
}

export class CacheController implements Core {
  readonly counters: ControllerCounters = {
    promotions: 0,
    demotions: 0,
    refused: 0,
    samples: 0,
    expelled: 0,
    admitted: 0,
    turnedAway: 0,
    switchStarts: 0,
    rangesMoved: 0,
    lost: 0,
    bytesRefused: 0,
  };
  readonly #config: ControllerConfig;
  readonly #estimator: SamplingEstimator;
  readonly #commands: { id: number; command: CacheCommand }[] = [];
  /** By the name of their hash. */
  readonly #cached = new Map<string, CachedKey>();
  readonly #freeItems: number[];
  /** Keys sampled in this epoch, by the name of their hash. */
  readonly #keys = new Map<string, Uint8Array>();
  /** Keys without a right to an item, and the epoch at which they have it again. */
  readonly #banned = new Map<string, number>();
  readonly #datagram = new UdpDatagram();
  readonly #message = new PegasusRecord();
  #nextCommand = 1;
  /** Of the command for the counters that is under way; 0: none is. */
  #reading = 0;
  #nextGeneration = 1;
  #epochAt: Nanos;
  #epoch = 0;

  constructor(config: ControllerConfig) {
    this.#config = config;
    this.#estimator = new SamplingEstimator(config.popularity);
    this.#epochAt = config.epochNs;
    this.#freeItems = Array.from({ length: config.hotKeysMax }, (_, i) => config.hotKeysMax - 1 - i);
  }

  get deadlineNs(): Nanos {
    return this.#epochAt;
  }

  /** The live set of this system never changes. */
  readonly epoch = 1;

  /** An item comes and goes at once. */
  get isSettled(): boolean {
    return true;
  }

  /** The keys with an item, hottest first. */
  report(): HotKeyReport[] {
    const text = new TextDecoder();
    return [...this.#cached.values()]
      .sort((a, b) => heatOf(b) - heatOf(a))
      .map(({ item, key, generation, reads, writes }) => ({
        entry: item,
        key: text.decode(key),
        generation,
        reads,
        writes,
      }));
  }

  drain(): void {
    // It sends no frames.
  }

  /** Hands over every command since the last call, in order. */
  drainCommands(take: (id: number, command: CacheCommand) => void): void {
    for (const { id, command } of this.#commands.splice(0)) take(id, command);
  }

  /** The switch has done a command. */
  commandDone(_now: Nanos, id: number, result: CommandResult): void {
    if (id !== this.#reading || result.kind !== 'counters') return;
    this.#reading = 0;
    this.#endEpoch(result);
  }

  /** A request here is a sample of one. */
  handle(_now: Nanos, _port: PortNumber, frame: Frame): void {
    const datagram = this.#datagram;
    const message = this.#message;
    const isSample =
      readUdpFrame(frame, datagram) === Drop.None &&
      decodePegasus(frame.view, datagram.payloadStart, datagram.payloadBytes, message) === Drop.None &&
      message.op <= PegasusOp.Delete;
    if (isSample) this.#sample(frame, datagram.payloadStart + pegasusHeader.bytes);
    else this.counters.bytesRefused++;
    this.#config.pool.release(frame);
  }

  timeout(now: Nanos): void {
    if (now < this.#epochAt) return;
    this.#epochAt = now + this.#config.epochNs;
    // A slow switch must not let reads pile up.
    if (this.#reading === 0) this.#reading = this.#command({ kind: 'readCounters' });
  }

  #sample(frame: Frame, keyAt: number): void {
    this.counters.samples++;
    const { op, keyLength, keyHashHi, keyHashLo } = this.#message;
    const name = nameOf(keyHashHi, keyHashLo);
    // Sent on its way before the key got its item.
    if (keyLength !== KEY_BYTES || this.#cached.has(name)) return;
    if (!this.#keys.has(name)) this.#keys.set(name, frame.bytes.slice(keyAt, keyAt + keyLength));
    this.#estimator.sample(keyHashHi, keyHashLo, op !== PegasusOp.Get);
  }

  #command(command: CacheCommand): number {
    const id = this.#nextCommand++;
    this.#commands.push({ id, command });
    return id;
  }

  #endEpoch(counters: DirectoryCounters): void {
    this.#epoch++;
    for (const cached of [...this.#cached.values()]) this.#count(cached, counters);
    const candidates = this.#estimator.endEpoch();
    for (const candidate of candidates) {
      const name = nameOf(candidate.hashHi, candidate.hashLo);
      const key = this.#keys.get(name);
      if (key === undefined || (this.#banned.get(name) ?? 0) > this.#epoch) continue;
      if (this.#freeItems.length === 0) {
        const coldest = this.#coldest();
        const { hysteresis } = this.#config.popularity;
        if (coldest === null || candidate.rate < hysteresis * heatOf(coldest)) break;
        this.#remove(coldest);
      }
      this.#insert(candidate, name, key, counters);
    }
    this.#keys.clear();
  }

  #count(cached: CachedKey, counters: DirectoryCounters): void {
    const { item } = cached;
    const reads = counters.reads[item] ?? 0;
    const writes = counters.writes[item] ?? 0;
    const hits = counters.hits?.[item] ?? 0;
    const keep = cached.age++ === 0 ? 0 : this.#config.popularity.decay;
    cached.reads = cached.reads * keep + (reads - cached.readsBefore) * (1 - keep);
    cached.writes = cached.writes * keep + (writes - cached.writesBefore) * (1 - keep);
    const isRead = reads > cached.readsBefore;
    const isHit = hits > cached.hitsBefore;
    cached.readsBefore = reads;
    cached.writesBefore = writes;
    cached.hitsBefore = hits;
    if (isHit) cached.fruitless = 0;
    if (isHit || !isRead) return;
    if (++cached.fruitless >= FRUITLESS_EPOCHS_MAX) {
      this.#banned.set(cached.name, this.#epoch + BANNED_EPOCHS);
      this.#remove(cached);
      return;
    }
    // The newest write that was forwarded may never have been executed: a repeat of one that was, or lost.
    // Then no reply is new enough to fill the item, until it begins anew. Ever later, for home may be so
    // slow that its replies come after an epoch, and would find another generation each time.
    if (!isPowerOfTwo(cached.fruitless) || cached.fruitless === 1) return;
    cached.generation = this.#nextGeneration++;
    this.#command({ kind: 'renewItem', item, generation: cached.generation });
  }

  /** The item with the fewest requests, among those that had an epoch to show what they get. */
  #coldest(): CachedKey | null {
    let coldest: CachedKey | null = null;
    for (const cached of this.#cached.values()) {
      if (cached.age >= 2 && (coldest === null || heatOf(cached) < heatOf(coldest))) coldest = cached;
    }
    return coldest;
  }

  #insert({ hashHi, hashLo }: Candidate, name: string, key: Uint8Array, counters: DirectoryCounters): void {
    const item = this.#freeItems.pop();
    assert(item !== undefined, 'an item was free, or was made free');
    const generation = this.#nextGeneration++;
    this.#cached.set(name, {
      item,
      name,
      key,
      generation,
      reads: 0,
      writes: 0,
      readsBefore: counters.reads[item] ?? 0,
      writesBefore: counters.writes[item] ?? 0,
      hitsBefore: counters.hits?.[item] ?? 0,
      age: 0,
      fruitless: 0,
    });
    this.#estimator.forget(hashHi, hashLo);
    this.counters.promotions++;
    this.#command({ kind: 'insertItem', item, key, generation });
  }

  #remove(cached: CachedKey): void {
    this.#cached.delete(cached.name);
    this.#freeItems.push(cached.item);
    this.counters.demotions++;
    this.#command({ kind: 'removeItem', key: cached.key });
  }
}

function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0;
}

function heatOf({ reads, writes }: { readonly reads: number; readonly writes: number }): number {
  return reads + writes;
}

function nameOf(hashHi: number, hashLo: number): string {
  return `${hashHi}:${hashLo}`;
}
