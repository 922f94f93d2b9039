/**
 * A small rack without load, for schedules whose order is certain: operations start, nodes fail and frames
 * are late when the script says so.
 */
import { type Frame, type Nanos, NEVER, us } from '@ballast/base';
import { checkLinearizable, type Operation } from '@ballast/checkers';
import { SipKeyHasher } from '@ballast/pegasus';
import { constant, type Direction } from '@ballast/sim';
import { pegasusHeader, PegasusOp, UDP_PAYLOAD_OFFSET } from '@ballast/wire';
import { ConstantSize, KeySpace, readWriteMix, UniformKeys, Workload } from '@ballast/workload';
import { Rack, type RackOptions } from '../src/index.ts';

const KEYS = 64;
/** Pause between two requests that are to make a key hot: none waits for another. */
const WARM_NS = us(8);

const at = pegasusHeader.offset;

// Of a Pegasus message in a frame.
export function opIn(frame: Frame): number {
  return frame.view.getUint8(frame.start + UDP_PAYLOAD_OFFSET + at.op);
}
export function generationIn(frame: Frame): number {
  return frame.view.getUint32(frame.start + UDP_PAYLOAD_OFFSET + at.generation);
}
/** The client's number in the rack. */
export function clientIn(frame: Frame): number {
  return frame.view.getUint32(frame.start + UDP_PAYLOAD_OFFSET + at.clientId) - 1;
}
export function targetIn(frame: Frame): number {
  return frame.view.getUint8(frame.start + UDP_PAYLOAD_OFFSET + at.target);
}

/** Of a message about a move: positions of the ring. */
export function rangeIn(frame: Frame): { readonly first: number; readonly count: number } {
  const keyHashAt = frame.start + UDP_PAYLOAD_OFFSET + at.keyHash;
  return { first: frame.view.getUint32(keyHashAt), count: frame.view.getUint32(keyHashAt + 4) };
}

export type Fate = (frame: Frame, nowNs: Nanos) => Nanos;

export class ScriptedRack {
  readonly rack: Rack;
  readonly keys = KEYS;

  constructor(options: Partial<RackOptions> = {}) {
    this.rack = new Rack({
      seed: 1,
      system: 'pegasus',
      servers: 3,
      clients: 3,
      keys: KEYS,
      valueBytes: 16,
      workload: new Workload({
        mix: readWriteMix({ writeRatio: 0 }),
        keys: new UniformKeys(KEYS),
        keySpace: new KeySpace({ n: KEYS, scrambleSeed: 1 }),
        valueBytes: new ConstantSize(16),
      }),
      load: { kind: 'closed', users: 0 },
      stopNs: 0,
      service: constant(us(1)),
      hotKeysMax: 1,
      epochNs: us(200),
      sampleRatio: 1,
      popularity: { samplesMin: 4, hysteresis: 1, decay: 0.2 },
      retransmitNs: us(300),
      giveUpNs: us(20_000),
      controlRetryNs: us(100),
      pingNs: us(100),
      missedPingsMax: 3,
      durability: 'process',
      history: true,
      ...options,
    });
  }

  get now(): Nanos {
    return this.rack.kernel.now;
  }

  /** A key of this home, the `nth` one. */
  keyAt(home: number, nth = 0): number {
    for (let key = 0, left = nth; key < KEYS; key++)
      if (this.rack.homeOfIndex(key) === home && left-- === 0) return key;
    throw new Error(`server ${home} is home of fewer than ${nth + 1} keys`);
  }

  /** Starts an operation now. */
  start(op: 'get' | 'put' | 'delete', key: number, client = 0): void {
    this.rack.clients[client]!.command((core, now) => core.perform(now, op, key));
  }

  /** Starts an operation and lets all of its client end. */
  do(op: 'get' | 'put' | 'delete', key: number, client = 0): Operation {
    this.start(op, key, client);
    this.rack.kernel.runWhile(() => this.rack.clients[client]!.core.client.outstanding > 0);
    // What begins in the moment at which this ends would count as beside it.
    this.run(1);
    const isItsOwn = ({ process }: Operation): boolean => process === client + 1;
    return [...this.rack.history!.operations()].filter(isItsOwn).at(-1)!;
  }

  run(forNs: Nanos): void {
    this.rack.kernel.runUntil(this.now + forNs);
  }

  /** Reads a key again and again until the predicate holds. */
  readUntil(key: number, isEnough: () => boolean, limitNs = us(20_000)): void {
    const end = this.now + limitNs;
    while (!isEnough()) {
      if (this.now > end) throw new Error('the script waits for something that does not happen');
      this.start('get', key, 1);
      this.run(WARM_NS);
    }
  }

  /** Makes a key hot; in the end so many servers hold it. */
  heat(key: number, holders: number): void {
    const name = this.rack.keyNames.format(key);
    this.readUntil(key, () =>
      this.rack.hotKeys().some((hot) => hot.key === name && hot.replicas.length >= holders),
    );
  }

  /** Servers that the switch takes for holders of a hot key; none of a cold one. */
  holdersOf(key: number): readonly number[] {
    const name = this.rack.keyNames.format(key);
    return this.rack.hotKeys().find((hot) => hot.key === name)?.replicas ?? [];
  }

  hashOf(key: number): [hi: number, lo: number] {
    const hasher = new SipKeyHasher();
    const bytes = new Uint8Array(this.rack.keyNames.bytesMax);
    hasher.hash(bytes, 0, this.rack.keyNames.write(key, bytes, 0));
    return [hasher.hi, hasher.lo];
  }

  /** Until the condition holds. */
  waitFor(condition: () => boolean, limitNs = us(50_000)): void {
    const isReached = this.rack.kernel.runWhile(() => !condition(), this.now + limitNs);
    if (!isReached) throw new Error('the script waits for something that does not happen');
  }

  /** What happens to frames between the switch and a server; `aToB` goes to the switch. */
  fate(server: number, direction: Direction, fate: Fate | null): void {
    this.rack
      .link(`server${server}-tor`)
      .script(direction, fate === null ? null : (nowNs, frame) => fate(frame, nowNs));
  }

  get verdict(): string {
    const history = this.rack.history!;
    history.finish();
    return checkLinearizable(history.operations()).verdict;
  }
}

/** Lets everything pass but frames of these operations. */
export function dropping(...ops: number[]): Fate {
  return (frame) => (ops.includes(opIn(frame)) ? NEVER : 0);
}

export const isWrite = (frame: Frame): boolean =>
  opIn(frame) === PegasusOp.Put || opIn(frame) === PegasusOp.Delete;
