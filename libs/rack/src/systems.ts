/**
 * The systems that a rack can be: for each its switch program, its servers, its controller, and what is
 * placed before the first request. Everything else of a rack is the same for all.
 */
import { assert } from '@ballast/base';
import {
  CacheController,
  cachedServerRules,
  type CommandResult,
  type ControllerConfig,
  PegasusController,
  PegasusServer,
  type ReplicaChoiceKind,
  type ServerConfig,
} from '@ballast/pegasus';
import type { ControlPlane, Program } from '@ballast/pipeline';
import { CACHE_ITEM_BITS_MAX, type Estimator, netcacheProgram, pegasusProgram } from '@ballast/programs';
import { runCacheCommand, setUpCache } from './cache-driver.ts';
import type { RackController, SwitchCommand } from './controller-core.ts';
import {
  type GroupControl,
  replicaSet,
  runCommand,
  setUpSwitch,
  type SwitchShape,
  type SwitchStart,
} from './directory-driver.ts';
import type { System } from './rack-options.ts';

interface ProgramOptions {
  /** Entries that the controller may use. */
  readonly hotKeysMax: number;
  readonly estimator: Estimator;
  /** Null: the rack is in no chain. */
  readonly place: unknown;
}

export interface SystemDesign {
  readonly program: (options: ProgramOptions) => Program;
  readonly server: (config: ServerConfig) => PegasusServer;
  readonly controller: (config: ControllerConfig) => RackController;
  /** Whether the controller gets samples of the requests. */
  readonly isSampled: boolean;
  /** Everything that the switch must know before the first request. */
  readonly setUp: (control: ControlPlane & GroupControl, shape: SwitchShape, start: SwitchStart) => void;
  /** Carries out a command of the controller. A method: a design knows those of its own controller only. */
  runCommand(control: ControlPlane & GroupControl, shape: SwitchShape, command: SwitchCommand): CommandResult;
  /** Which servers hold the key of an entry, as the switch has it: bit i is server i. */
  readonly replicaSet: (control: ControlPlane, entry: number) => number;
  /** How clients choose the servers of reads, of a fixed set of replicated keys; null: the switch does. */
  readonly replicaChoice: ReplicaChoiceKind | null;
  /** Whether a UDP checksum protects all that reaches a host. What a switch answers by itself has none. */
  readonly isChecksummed: boolean;
}

/** Items come in powers of two. */
function itemBitsFor(items: number): number {
  const itemBits = Math.max(1, Math.ceil(Math.log2(items)));
  assert(itemBits <= CACHE_ITEM_BITS_MAX, `a switch caches at most ${2 ** CACHE_ITEM_BITS_MAX} keys`);
  return itemBits;
}

const directory = {
  program: ({ estimator, place }) => pegasusProgram({ estimator, isChained: place !== null }),
  server: (config) => new PegasusServer(config),
  setUp: setUpSwitch,
  runCommand,
  replicaSet,
  replicaChoice: null,
  isChecksummed: true,
} satisfies Partial<SystemDesign>;

/** A directory that is filled before the rack starts and never changes its keys. */
const fixed = {
  ...directory,
  program: () => pegasusProgram({ selection: 'client' }),
  // Nobody is taken out of the live set: what has its place before the rack starts does not come back.
  controller: (config) => new PegasusController({ ...config, hotKeysMax: 0, missedPingsMax: Infinity }),
  isSampled: false,
} satisfies Partial<SystemDesign>;

export const systemDesigns: Readonly<Record<System, SystemDesign>> = {
  /** The directory stays empty: every key is at home. */
  hashing: {
    ...directory,
    controller: (config) => new PegasusController({ ...config, hotKeysMax: 0 }),
    isSampled: false,
  },
  pegasus: { ...directory, controller: (config) => new PegasusController(config), isSampled: true },
  netcache: {
    program: ({ hotKeysMax }) => netcacheProgram({ itemBits: itemBitsFor(hotKeysMax) }),
    server: (config) => new PegasusServer(config, cachedServerRules),
    controller: (config) => new CacheController(config),
    isSampled: true,
    setUp: setUpCache,
    runCommand: runCacheCommand,
    replicaSet: () => 0,
    replicaChoice: null,
    isChecksummed: false,
  },
  static: { ...fixed, replicaChoice: 'random' },
  twoChoices: { ...fixed, replicaChoice: 'lessLoadedOfTwo' },
};

/** Systems whose switches can be part of a chain. */
export const CHAINABLE: readonly System[] = ['hashing', 'pegasus'];
