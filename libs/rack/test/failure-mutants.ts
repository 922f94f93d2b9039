/**
 * Racks that lack one rule of failure handling each, and the schedules that show it: in random runs it takes
 * dozens of seeds until what a rule is for happens at all.
 */
import type { Frame, Nanos, PortNumber } from '@ballast/base';
import {
  type ControllerConfig,
  controllerRules,
  type DirectoryCommand,
  type ItemLog,
  type Journal,
  type LedgerRecord,
  PegasusController,
  PegasusServer,
  type ServerConfig,
} from '@ballast/pegasus';
import { jsTarget, type Target, type Update } from '@ballast/pipeline';
import { DirectoryMode } from '@ballast/programs';
import { PegasusOp, PegasusStatus, UDP_PAYLOAD_OFFSET } from '@ballast/wire';
import { pegasusHeader } from '@ballast/wire';
import type { RackParts } from '../src/index.ts';
import {
  entryOfADeadController,
  generationsAfterRestarts,
  holderBackDuringTheFence,
  lateReplyOfAnEarlierStart,
  lateReplyOfTheDead,
  lateReplyToAGuard,
  newestAtADeadServer,
  newestAtADeadServerRecorded,
  newestAtAJoiningServer,
  powerCutBehindTheAnswer,
  powerCutBehindTheCopy,
  readsBesideADeadHolder,
  repeatInALaterLife,
  requestOfAnEarlierEpoch,
  switchRestart,
  versionsAfterRestarts,
} from './failure-schedules.ts';
import { controller, meddling, server, switchWith } from './mutants.ts';
import { copyAfterTheFence, requestOfAnEpochBeforeTheMerge, type Schedule } from './schedules.ts';
import { opIn } from './scripted-rack.ts';

export interface FailureMutant {
  readonly name: string;
  readonly parts: Partial<RackParts>;
  readonly schedule: Schedule;
  /** Of the rack as it is and the mutant alike. */
  readonly setting?: Partial<RackParts>;
}

/** The epoch after the next change of the live set is a small number. */
const LAST_EPOCHS = { founding: { epoch: 0xffff, incarnation: 1 } };

/** A controller whose commands reach the switch changed. */
function telling(change: (command: DirectoryCommand) => DirectoryCommand): Partial<RackParts> {
  return {
    controller: (config) => {
      const inner = new PegasusController(config);
      const drain = inner.drainCommands.bind(inner);
      inner.drainCommands = (take) => drain((id, command) => take(id, change(command)));
      return inner;
    },
  };
}

/** A controller whose journal does not hold what it wrote. */
function journalling(make: (journal: Journal) => Journal['append']): Partial<RackParts> {
  return {
    controller: (config: ControllerConfig) => {
      const append = make(config.journal);
      return new PegasusController({
        ...config,
        journal: { append, rewrite: (all) => config.journal.rewrite(all) },
      });
    },
  };
}

/** Records of these kinds are lost. */
export const without = (...kinds: LedgerRecord['kind'][]): Partial<RackParts> =>
  journalling((journal) => (record) => {
    if (!kinds.includes(record.kind)) journal.append(record);
  });

/** A switch whose tables and registers are written with something more behind each update. */
function writingMore(more: (update: Update) => readonly Update[]): Partial<RackParts> {
  const target: Target = {
    name: 'writingMore',
    load: (program, options) => {
      const instance = jsTarget.load(program, options);
      const { control } = instance;
      const write = control.write.bind(control);
      control.write = (updates) => write(updates.flatMap((update) => [update, ...more(update)]));
      return instance;
    },
  };
  return { target };
}

/** Of a guard's entry: the record that a key's entry has when it becomes hot, without a holder. */
function recordOfGuard({ type, entity }: Update): Update[] {
  if (type !== 'insert' || entity.entity !== 'table' || entity.table !== 'directory') return [];
  const [entry, generation, mode] = entity.parameters;
  if (mode !== BigInt(DirectoryMode.Moving)) return [];
  const record = [generation!, 0n, 0n];
  return [
    { type: 'modify', entity: { entity: 'register', register: 'entries', index: Number(entry), record } },
  ];
}

/** A controller that fences the live servers only. */
function fencingTheLive(): Partial<RackParts> {
  return {
    controller: (config) => {
      const joining = new Set<number>();
      const append: Journal['append'] = (record) => {
        if (record.kind === 'member' && record.status === 'joining') joining.add(record.server);
        else if (record.kind === 'member') joining.delete(record.server);
        config.journal.append(record);
      };
      const fencedServers = (servers: readonly number[]): number[] =>
        servers.filter((id) => !joining.has(id));
      const journal: Journal = { append, rewrite: (all) => config.journal.rewrite(all) };
      return new PegasusController({ ...config, journal }, { ...controllerRules, fencedServers });
    },
  };
}

/** Servers that acknowledge messages of this kind about ranges, and do nothing. */
export function deafTo(op: PegasusOp): Partial<RackParts> {
  class DeafServer extends PegasusServer {
    override handle(now: Nanos, port: PortNumber, frame: Frame): void {
      if (opIn(frame) === op) emptyRange(frame);
      super.handle(now, port, frame);
    }
  }
  return { server: (config) => new DeafServer(config) };
}

/** Makes a message about a range one about no position at all. */
function emptyRange({ view, start }: Frame): void {
  const base = start + UDP_PAYLOAD_OFFSET;
  view.setUint32(base + pegasusHeader.offset.keyHash + 4, 0);
  view.setUint16(base - 2, 0); // No checksum (RFC 768).
}

/** A refusal that says that the key is not there. */
function denyKey({ view, start }: Frame): void {
  const base = start + UDP_PAYLOAD_OFFSET;
  if (view.getUint8(base + pegasusHeader.offset.op) !== PegasusOp.GetReply) return;
  if (view.getUint8(base + pegasusHeader.offset.status) !== PegasusStatus.Unavailable) return;
  view.setUint8(base + pegasusHeader.offset.status, PegasusStatus.NotFound);
  view.setUint16(base - 2, 0); // No checksum (RFC 768).
}

/** A log that says of what it takes that it need not be waited for. */
function impatient(log: ItemLog, isWaited: () => boolean): ItemLog {
  return {
    put: (...change) => log.put(...change),
    remove: (...change) => log.remove(...change),
    get position() {
      return isWaited() ? log.position : 0;
    },
  };
}

/** A server whose answers do not wait for the log. */
export function withImpatientLog(config: ServerConfig): PegasusServer {
  return new PegasusServer({ ...config, log: config.log && impatient(config.log, () => false) });
}

/** A server whose copies' acknowledgements do not wait for the log. */
class HastyCopies extends PegasusServer {
  readonly #isCopy: { now: boolean };

  constructor(config: ServerConfig) {
    const isCopy = { now: false };
    super({ ...config, log: config.log && impatient(config.log, () => !isCopy.now) });
    this.#isCopy = isCopy;
  }

  override handle(now: Nanos, port: PortNumber, frame: Frame): void {
    this.#isCopy.now = opIn(frame) === PegasusOp.Replicate;
    super.handle(now, port, frame);
    this.#isCopy.now = false;
  }
}

export const failureMutants: readonly FailureMutant[] = [
  {
    name: 'the switch lets requests of any epoch pass',
    parts: switchWith({ isForeignEpoch: (pegasus) => pegasus.epoch.ne(pegasus.epoch) }),
    schedule: requestOfAnEarlierEpoch,
  },
  {
    name: 'the switch takes replies of dead servers, and sends them requests',
    parts: switchWith({ isLive: (live) => live.eq(live) }),
    schedule: lateReplyOfTheDead,
  },
  {
    name: 'the switch takes replies of an earlier start of a server',
    parts: switchWith({ isIncarnation: (pegasus) => pegasus.epoch.eq(pegasus.epoch) }),
    schedule: lateReplyOfAnEarlierStart,
  },
  {
    name: 'a server runs requests that were sent in an earlier life of it',
    parts: server({ isOfThisLife: () => true }),
    schedule: repeatInALaterLife,
  },
  {
    name: 'home runs requests of before its merge',
    parts: server({ epochBeforeMerge: (_epoch, epochBefore) => epochBefore }),
    schedule: requestOfAnEpochBeforeTheMerge,
  },
  {
    name: 'a copy is taken after the fence',
    parts: server({ takesCopy: (hot, generation) => hot.generation === generation }),
    schedule: copyAfterTheFence,
  },
  {
    name: 'a demotion does not wait for dead servers that alone hold the newest version',
    parts: controller({ isAwaited: () => false }),
    schedule: newestAtADeadServer,
  },
  {
    name: 'the journal does not say who may alone hold the newest version',
    parts: journalling(
      (journal) => (record) => journal.append('holders' in record ? { ...record, holders: 0 } : record),
    ),
    schedule: newestAtADeadServerRecorded,
  },
  {
    name: 'generations are given out again after a restart of the controller',
    parts: {
      controller: (config) => {
        const over = [...config.records].flatMap((r) => (r.kind === 'over' ? [r.generation] : []));
        const isLeft = (r: LedgerRecord): boolean => !('generation' in r) || !over.includes(r.generation);
        return new PegasusController({ ...config, records: [...config.records].filter(isLeft) });
      },
    },
    schedule: generationsAfterRestarts,
  },
  {
    name: 'the incarnation of the switch is not in the journal, and is given out again',
    parts: without('switch'),
    schedule: versionsAfterRestarts,
  },
  {
    name: 'an entry is in the switch before it is in the journal',
    parts: journalling((journal) => {
      const held: LedgerRecord[] = [];
      return (record) => {
        held.push(record);
        if (record.kind !== 'hold' && record.kind !== 'open')
          for (const r of held.splice(0)) journal.append(r);
      };
    }),
    schedule: entryOfADeadController,
  },
  {
    name: 'a switch starts again without guards before the keys that were hot',
    parts: telling((command) => (command.kind === 'setUp' ? { ...command, guards: [] } : command)),
    schedule: switchRestart,
  },
  {
    name: 'a switch starts again under its first incarnation',
    parts: telling((command) => (command.kind === 'setUp' ? { ...command, incarnation: 1 } : command)),
    schedule: versionsAfterRestarts,
  },
  {
    name: 'versions compare by their counter alone',
    parts: server({
      supersedes: (store, item, _incarnation, counter) => item < 0 || counter > store.versionCounter(item),
    }),
    schedule: versionsAfterRestarts,
  },
  {
    name: 'answers do not wait for the log',
    parts: { server: withImpatientLog },
    schedule: powerCutBehindTheAnswer,
  },
  {
    name: 'copies are acknowledged before they are in the log',
    parts: { server: (config) => new HastyCopies(config) },
    schedule: powerCutBehindTheCopy,
  },
  {
    name: 'a demotion does not fence servers that are about to be live',
    parts: fencingTheLive(),
    schedule: newestAtAJoiningServer,
  },
  {
    name: 'a server that comes back during a fence is not fenced',
    parts: controller({ fencesLate: false }),
    schedule: holderBackDuringTheFence,
  },
  {
    name: 'the guard of a key that was hot learns from late replies who holds it',
    parts: writingMore(recordOfGuard),
    schedule: lateReplyToAGuard,
  },
  {
    name: 'a switch sends reads to dead holders',
    parts: switchWith({ holders: (replicas) => replicas }),
    schedule: readsBesideADeadHolder,
  },
  {
    name: 'a key is said not to be there when nobody that holds it can be reached',
    parts: meddling((_instance, _before, frame) => denyKey(frame)),
    schedule: newestAtADeadServer,
  },
  {
    name: 'epochs compare as numbers: requests of the last ones before they go round are new',
    parts: server({ isOfThisLife: (epoch, epochBefore) => epoch > epochBefore }),
    setting: LAST_EPOCHS,
    schedule: repeatInALaterLife,
  },
  {
    name: 'the epoch of a merge counts as a number: those before it go round are later',
    parts: server({ epochBeforeMerge: (epoch, epochBefore) => Math.max(epochBefore, epoch - 1) }),
    setting: LAST_EPOCHS,
    schedule: requestOfAnEpochBeforeTheMerge,
  },
];
