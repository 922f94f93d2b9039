/**
 * The systems that a rack can be: for each its switch program, its servers, its controller, and what is
 * placed before the first request. Everything else of a rack is the same for all.
 */
import { assert } from '@ballast/base';
import {
  CacheController,
  cachedServerRules,
  type ControllerConfig,
  PegasusController,
  PegasusServer,
  type ReplicaChoiceKind,
  type ServerConfig,
  staticServerRules,
} from '@ballast/pegasus';
import type { ControlPlane, Program } from '@ballast/pipeline';
import { CACHE_ITEM_BITS_MAX, netcacheProgram, pegasusProgram } from '@ballast/programs';
import { runCacheCommand, setUpCache } from './cache-driver.ts';
import type { RackController, SwitchCommand, SwitchCounters } from './controller-core.ts';
import {
  type GroupControl,
  replicaSet,
  runCommand,
  setUpSwitch,
  type SwitchSetUp,
} from './directory-driver.ts';
import type { System } from './rack-options.ts';

export interface SystemDesign {
  /** @param hotKeysMax entries that the controller may use */
  readonly program: (hotKeysMax: number) => Program;
  readonly server: (config: ServerConfig) => PegasusServer;
  /** Null: the switch stays as it was set up. */
  readonly controller: ((config: ControllerConfig) => RackController) | null;
  /** Everything that the switch must know before the first request. */
  readonly setUp: (control: ControlPlane & GroupControl, options: SwitchSetUp) => void;
  /** Carries out a command of the controller; counters when it asked for them. */
  // A method, so that a design may know the commands of its own controller only.
  runCommand(control: ControlPlane, command: SwitchCommand): SwitchCounters | null;
  /** Which servers hold the key of an entry, as the switch has it: bit i is server i. */
  readonly replicaSet: (control: ControlPlane, entry: number) => number;
  /** How clients choose the servers of reads, of a fixed set of replicated keys; null: the switch does. */
  readonly replicaChoice: ReplicaChoiceKind | null;
}

/** Items come in powers of two. */
function itemBitsFor(items: number): number {
  const itemBits = Math.max(1, Math.ceil(Math.log2(items)));
  assert(itemBits <= CACHE_ITEM_BITS_MAX, `a switch caches at most ${2 ** CACHE_ITEM_BITS_MAX} keys`);
  return itemBits;
}

const directory = {
  program: () => pegasusProgram(),
  server: (config) => new PegasusServer(config),
  setUp: setUpSwitch,
  runCommand,
  replicaSet,
  replicaChoice: null,
} satisfies Partial<SystemDesign>;

/** A directory that is filled before the rack starts and never changes its keys. */
const fixed = {
  ...directory,
  program: () => pegasusProgram({ selection: 'client' }),
  server: (config) => new PegasusServer(config, staticServerRules),
  controller: null,
} satisfies Partial<SystemDesign>;

export const systemDesigns: Readonly<Record<System, SystemDesign>> = {
  /** The directory stays empty: every key is at home. */
  hashing: { ...directory, controller: null },
  pegasus: { ...directory, controller: (config) => new PegasusController(config) },
  netcache: {
    program: (hotKeysMax) => netcacheProgram({ itemBits: itemBitsFor(hotKeysMax) }),
    server: (config) => new PegasusServer(config, cachedServerRules),
    controller: (config) => new CacheController(config),
    setUp: setUpCache,
    runCommand: runCacheCommand,
    replicaSet: () => 0,
    replicaChoice: null,
  },
  static: { ...fixed, replicaChoice: 'random' },
  twoChoices: { ...fixed, replicaChoice: 'lessLoadedOfTwo' },
};
