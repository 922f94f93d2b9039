/**
 * Deliberately broken racks: each drops one rule of the protocol (traps 1 to 9 of the public artifact and
 * the rules that guard promotion and demotion). A checker that sees histories only must notice every one.
 */
import type { Frame } from '@ballast/base';
import {
  controllerRules,
  HotPhase,
  type KeyHasher,
  PegasusController,
  PegasusServer,
  type ServerRules,
  serverRules,
  SipKeyHasher,
  UNKNOWN,
} from '@ballast/pegasus';
import { choose, type Instance, jsTarget, type Target } from '@ballast/pipeline';
import { type PegasusRules, pegasusProgram, pegasusRules } from '@ballast/programs';
import { pegasusHeader, PegasusOp, UDP_PAYLOAD_OFFSET } from '@ballast/wire';
import { homeOnRing, type RackParts, type RunShape } from '../src/index.ts';
import {
  lateReadOfEarlierLife,
  repeatWhereAnOldCopyIs,
  repeatAfterTheDemotion,
  repeatAfterThePromotion,
  type Schedule,
  writeAfterTheFence,
} from './schedules.ts';

export interface Mutant {
  readonly name: string;
  /** Number in the list of traps in docs/pegasus.md. */
  readonly trap: number;
  readonly parts: Partial<RackParts>;
  /** What makes the broken rule matter sooner in random runs. */
  readonly shape?: Partial<RunShape>;
  /** What shows it in place of random runs, which rarely would. */
  readonly schedule?: Schedule;
}

/** Twelve hashes for all keys. */
export class CollidingHasher implements KeyHasher {
  readonly #true = new SipKeyHasher();
  hi = 0;
  lo = 0;

  hash(bytes: Uint8Array, start: number, end: number): void {
    this.#true.hash(bytes, start, end);
    const bucket = this.#true.lo % 12;
    // Spread over the ring, so that the colliding keys have several homes.
    this.hi = Math.imul(bucket + 1, 0x9e3779b1) >>> 0;
    this.lo = Math.imul(bucket + 1, 0x85ebca6b) >>> 0;
  }
}

export const server = (rules: Partial<ServerRules>): Partial<RackParts> => ({
  server: (config) => new PegasusServer(config, { ...serverRules, ...rules }),
});
export const controller = (rules: Partial<typeof controllerRules>): Partial<RackParts> => ({
  controller: (config) => new PegasusController(config, { ...controllerRules, ...rules }),
});
export const switchWith = (rules: Partial<PegasusRules>): Partial<RackParts> => ({
  program: pegasusProgram({ selection: 'leastQueueOfTwo' }, { ...pegasusRules, ...rules }),
});
/** A switch that does something behind the program's back after each packet. */
export const meddling = (
  meddle: (instance: Instance, before: bigint, frame: Frame) => void,
): Partial<RackParts> => ({
  target: meddlingTarget(meddle),
});

const WRITES: readonly number[] = [PegasusOp.Put, PegasusOp.Delete];
const LOSSY = {
  lossRatio: 0.05,
  duplicateRatio: 0.1,
  reorderRatio: 0.2,
  reorderDelayNs: 300_000,
  writeRatio: 0.2,
};
/** One key at a time is hot, and soon another. */
const CHURN = { shiftNs: 1_000_000, hotKeysMax: 1, keys: 5, writeRatio: 0.3, servers: 4 };
const STEADY = { shiftNs: 50_000_000, hotKeysMax: 2 };

const COLLIDING = { hasher: () => new CollidingHasher() };
/** About as many keys as hashes, half of them not there at first: some meet a hot key of their hash later. */
const FEW_KEYS = { keys: 12, preloadShare: 0.5, writeRatio: 0.5, hotKeysMax: 4, servers: 4 };

/** As serverRules.mayExecute, without a look at the key. */
const anyKeyOfHash: ServerRules['mayExecute'] = (hot, generation) =>
  serverRules.mayExecute(hot, generation, hot !== null);

/** As pegasusRules.weigh, without a look at generations. */
const weighAnyGeneration: PegasusRules['weigh'] = (p, cell, { pegasus, sender }) =>
  p.when(
    pegasus.version.gt(cell.completed),
    () => {
      cell.completed.set(pegasus.version);
      cell.replicas.set(sender);
    },
    () => p.when(pegasus.version.eq(cell.completed), () => cell.replicas.set(cell.replicas.or(sender))),
  );

export const mutants: readonly Mutant[] = [
  {
    name: 'cold writes do not advance the version',
    trap: 1,
    parts: meddling((instance, before, frame) => {
      if (isWrite(frame) && generationOf(frame) === 0) setNextVersion(instance, before);
    }),
  },
  {
    name: 'demotion does not bring the newest version home',
    trap: 2,
    parts: controller({ merge: (all) => ({ ...controllerRules.merge(all), item: null }) }),
  },
  {
    name: 'a hot-routed write of another key of the hash is executed where it lands',
    trap: 3,
    parts: {
      ...server({ isForHome: () => false, mayExecute: anyKeyOfHash, otherKeyFlags: 0 }),
      ...COLLIDING,
    },
    shape: FEW_KEYS,
  },
  {
    name: 'a reply about another key of the hash moves the directory',
    trap: 3,
    parts: { ...server({ otherKeyFlags: 0 }), ...COLLIDING },
    shape: FEW_KEYS,
  },
  {
    name: 'a hash with two keys at home is promoted, and replies about both move the directory',
    trap: 3,
    parts: { ...server({ isPromotable: (keys) => keys >= 1, otherKeyFlags: 0 }), ...COLLIDING },
    shape: { ...FEW_KEYS, preloadShare: 1 },
  },
  {
    name: 'switch and loader disagree on the home of a key',
    trap: 4,
    parts: { homeOf: (ring, hashHi) => homeOnRing(ring, hashHi ^ 0x0800_0000) },
  },
  {
    name: 'read replies do not move the directory',
    trap: 5,
    parts: switchWith({
      moves: (pegasus) => pegasus.op.isOneOf([PegasusOp.WriteReply, PegasusOp.ReplicateAck]),
    }),
    shape: { ...LOSSY, ...STEADY },
  },
  {
    name: 'a repeated write is executed again',
    trap: 6,
    parts: server({ findExecuted: () => UNKNOWN }),
    shape: LOSSY,
  },
  {
    name: 'a late duplicate of a settled write is executed',
    trap: 6,
    parts: server({ isStale: () => false }),
    shape: { ...LOSSY, reorderDelayNs: 2_000_000 },
  },
  {
    name: 'an older write takes effect over a newer one',
    trap: 6,
    parts: server({ supersedes: () => true }),
    shape: LOSSY,
  },
  {
    name: 'versions wrap around after 64 writes',
    trap: 7,
    parts: meddling((instance, before) => {
      if ((before & 0x3fn) === 0x3fn) setNextVersion(instance, before & ~0x3fn);
    }),
  },
  {
    name: 'the directory moves when a write is forwarded, not when it completes',
    trap: 8,
    parts: meddling((instance, _before, frame) => {
      if (isWrite(frame) && generationOf(frame) !== 0) moveEarly(instance, frame);
    }),
  },
  {
    name: 'demotion fences only the home server',
    trap: 9,
    parts: controller({ fencedServers: (_servers, home) => [home] }),
  },
  {
    name: 'a fenced server goes on executing',
    trap: 9,
    parts: server({ fencedPhase: HotPhase.Open }),
    schedule: writeAfterTheFence,
  },
  {
    name: 'a server executes under any generation',
    trap: 9,
    parts: server({ mayExecute: () => true }),
    shape: { ...LOSSY, ...CHURN },
  },
  {
    name: 'a retry may go to another server',
    trap: 9,
    parts: switchWith({ writerPosition: (p) => p.random({ width: 8 }) }),
    shape: LOSSY,
  },
  {
    // Either rule alone suffices: a server without its old copy answers Retry.
    name: 'a reply of no generation adds its server, which kept a copy of an earlier one',
    trap: 9,
    parts: {
      ...switchWith({ weigh: weighAnyGeneration }),
      ...server({ keepsItem: () => true }),
    },
    schedule: repeatWhereAnOldCopyIs,
  },
  {
    name: 'a server answers late requests of an earlier generation',
    trap: 9,
    parts: server({ isCurrent: () => true }),
    schedule: lateReadOfEarlierLife,
  },
  {
    name: 'a newer reply adds its server instead of resetting the set',
    trap: 1,
    parts: switchWith({
      weigh: (p, cell, { pegasus, sender }) =>
        p.when(pegasus.version.ge(cell.completed), () => {
          cell.completed.set(choose(pegasus.version.gt(cell.completed), pegasus.version, cell.completed));
          cell.replicas.set(cell.replicas.or(sender));
        }),
    }),
  },
  {
    name: 'executed requests are not handed over before a promotion',
    trap: 9,
    parts: controller({ opening: (handOver) => ({ ...handOver, requests: [], watermarks: [] }) }),
    schedule: repeatAfterThePromotion,
  },
  {
    name: 'executed requests are not merged at home by a demotion',
    trap: 9,
    parts: controller({ merge: (all) => ({ ...controllerRules.merge(all), requests: [], watermarks: [] }) }),
    schedule: repeatAfterTheDemotion,
  },
];

function meddlingTarget(meddle: (instance: Instance, before: bigint, frame: Frame) => void): Target {
  return {
    name: 'meddling',
    load: (program, options) => {
      const inner = jsTarget.load(program, options);
      return {
        program,
        control: inner.control,
        drops: inner.drops,
        get destination() {
          return inner.destination;
        },
        get reason() {
          return inner.reason;
        },
        process: (frame, port, now) => {
          const before = nextVersion(inner);
          const outcome = inner.process(frame, port, now);
          meddle(inner, before, frame);
          return outcome;
        },
        processEgress: (frame, port, replica, now) => inner.processEgress(frame, port, replica, now),
        dump: () => inner.dump(),
      };
    },
  };
}

function nextVersion(instance: Instance): bigint {
  const [entry] = instance.control.read({ entity: 'register', name: 'next_version', index: 0 });
  return entry?.entity === 'register' ? entry.record[0]! : 0n;
}

function setNextVersion(instance: Instance, value: bigint): void {
  instance.control.write([
    { type: 'modify', entity: { entity: 'register', register: 'next_version', index: 0, record: [value] } },
  ]);
}

function isWrite(frame: Frame): boolean {
  return WRITES.includes(frame.view.getUint8(frame.start + UDP_PAYLOAD_OFFSET + pegasusHeader.offset.op));
}

function generationOf(frame: Frame): number {
  return frame.view.getUint32(frame.start + UDP_PAYLOAD_OFFSET + pegasusHeader.offset.generation);
}

/** Makes the forwarded write's version the completed one, held by the server that it goes to. */
function moveEarly({ control }: Instance, frame: Frame): void {
  const base = frame.start + UDP_PAYLOAD_OFFSET;
  const keyHash = frame.view.getBigUint64(base + pegasusHeader.offset.keyHash);
  const version = frame.view.getBigUint64(base + pegasusHeader.offset.version);
  const ip = frame.view.getUint32(frame.start + 30);
  for (const entry of control.read({ entity: 'table', name: 'directory' })) {
    if (entry.entity !== 'table' || entry.match[0]?.value !== keyHash) continue;
    const index = Number(entry.parameters[0]);
    const replicas = 1n << BigInt((ip & 0xff) - 1);
    const record = [entry.parameters[1]!, version, replicas];
    control.write([{ type: 'modify', entity: { entity: 'register', register: 'entries', index, record } }]);
  }
}
