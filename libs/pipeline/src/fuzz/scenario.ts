/**
 * What happens to a program in one case, step by step. Each step may depend on what the oracle answered:
 * packets that reached something new are varied, checksums are tuned until they come out as zero.
 */
import type { Prng } from '@ballast/base';
import type { Program } from '../ir.ts';
import type { LoadOptions } from '../target.ts';
import type { Copy, FuzzStep, Observation, PacketStep } from './execution.ts';
import type { PacketActivity } from './observed-program.ts';
import { ProgramLinks } from './program-links.ts';
import { ControlSource } from './random-control.ts';
import { checksumPlaces, PacketSource, type RandomPacket } from './random-packet.ts';
import { pickWeighted } from './random-values.ts';
import { ValuePool } from './value-pool.ts';

const INTERESTING_MAX = 40;
/** Share of packets that vary an interesting one. */
const VARIATION_RATIO = 0.5;
/** Shares of steps that talk to the control plane; each case has one of them. */
const CONTROL_RATIOS = [0.05, 0.1, 0.3] as const;
const NOW_MAX = 2 ** 50;

export function randomLoad(rng: Prng): LoadOptions {
  return {
    seed: rng.chance(0.1) ? 0 : rng.u32(),
    cacheMode: rng.chance(0.7) ? 'directMapped' : 'alwaysMiss',
  };
}

export class Scenario {
  readonly #rng: Prng;
  readonly #packets: PacketSource;
  readonly #control: ControlSource;
  /** Packets that reached something new, and how many statements each of them ran. */
  readonly #interesting: { readonly packet: RandomPacket; readonly effects: number }[] = [];
  readonly #ports: readonly number[];
  readonly #controlRatio: number;
  #now: number;
  /** The packet of the last step, and a successor that its answer suggested. */
  #last: { packet: RandomPacket; step: PacketStep } | null = null;
  #suggested: RandomPacket | null = null;
  #started = false;

  constructor(rng: Prng, program: Program) {
    const links = new ProgramLinks(program);
    const pool = new ValuePool(rng, links);
    this.#rng = rng;
    this.#packets = new PacketSource(rng, program, pool);
    this.#control = new ControlSource(rng, program, links, pool);
    this.#ports = [0, 1, rng.below(64), rng.below(0x1_0000)];
    this.#controlRatio = rng.pick(CONTROL_RATIOS);
    this.#now = rng.chance(0.2) ? Math.floor(rng.unit() * NOW_MAX) : rng.below(1_000_000);
  }

  next(): FuzzStep {
    const rng = this.#rng;
    this.#last = null;
    if (!this.#started) {
      this.#started = true;
      return { kind: 'write', updates: this.#control.filling() };
    }
    if (this.#control.hasState && rng.chance(this.#controlRatio)) {
      if (rng.chance(0.3)) return { kind: 'read', request: this.#control.read() };
      return { kind: 'write', updates: this.#control.batch() };
    }
    return this.#packetStep(this.#nextPacket());
  }

  /** What the oracle answered to the last step. */
  learn(observation: Observation, activity: PacketActivity): void {
    const last = this.#last;
    if (last === null || observation.kind !== 'packet') return;
    if (activity.freshNodes > 0) {
      this.#interesting.push({ packet: last.packet, effects: activity.effects });
      if (this.#interesting.length > INTERESTING_MAX) this.#interesting.shift();
    }
    if (observation.bytes !== null && this.#rng.chance(0.15))
      this.#suggested = tuned(this.#rng, last.packet, observation.bytes);
  }

  #nextPacket(): RandomPacket {
    const rng = this.#rng;
    const suggested = this.#suggested;
    this.#suggested = null;
    if (suggested !== null) return suggested;
    if (this.#interesting.length > 0 && rng.chance(VARIATION_RATIO))
      return this.#packets.variation(this.#deepOne());
    return this.#packets.next();
  }

  /** One of the interesting packets; those that got far come up more often. */
  #deepOne(): RandomPacket {
    const candidates = [this.#rng.pick(this.#interesting), this.#rng.pick(this.#interesting)];
    return candidates.reduce((a, b) => (b.effects > a.effects ? b : a)).packet;
  }

  #packetStep(packet: RandomPacket): PacketStep {
    const rng = this.#rng;
    this.#now += pickWeighted(rng, [
      [3, 0],
      [5, rng.below(2000)],
      [1, rng.below(2 ** 31)],
    ]);
    const copies = Array.from({ length: rng.below(4) }, (): Copy => {
      return { port: rng.pick(this.#ports), replica: rng.below(4) };
    });
    const step = {
      kind: 'packet',
      bytes: packet.bytes,
      ingressPort: rng.pick(this.#ports),
      now: this.#now,
      copies,
    } as const;
    this.#last = { packet, step };
    return step;
  }
}

/**
 * The packet with a checksum chosen so that, changed by as much as the last time, its sum comes out at an
 * edge: all ones, where UDP's rule for zero and the two forms of zero matter, or just above, where the last
 * carry was folded in. By chance that is one packet in 65,536.
 */
function tuned(rng: Prng, packet: RandomPacket, output: Uint8Array): RandomPacket | null {
  const { bytes } = packet;
  const places = checksumPlaces(packet);
  // Headers that came or went moved the checksum to a place that nobody here knows.
  if (output.length !== bytes.length || places.length === 0) return null;
  const { offset } = rng.pick(places);
  const word = (from: Uint8Array): number => (from[offset]! << 8) | from[offset + 1]!;
  const sum = rng.pick([0xffff, 0xffff, 1, 2]);
  const chosen = (word(bytes) - word(output) + 2 * 0xffff - sum) % 0xffff || 0xffff;
  const changed = bytes.slice();
  changed[offset] = chosen >>> 8;
  changed[offset + 1] = chosen & 0xff;
  return { ...packet, bytes: changed };
}
