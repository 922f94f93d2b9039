/**
 * The systems that a rack can be: for each its switch program, its servers, its controller, and what is
 * placed before the first request. Everything else of a rack is the same for all.
 */
import { assert } from '@ballast/base';
import {
  type CacheCommand,
  CacheController,
  cachedServerRules,
  type ControllerConfig,
  type DirectoryCommand,
  PegasusController,
  PegasusServer,
  type ServerConfig,
} from '@ballast/pegasus';
import type { ControlPlane, Program } from '@ballast/pipeline';
import { CACHE_ITEM_BITS_MAX, type Estimator, netcacheProgram, pegasusProgram } from '@ballast/programs';
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

interface ProgramOptions {
  /** Entries that the controller may use. */
  readonly hotKeysMax: number;
  readonly estimator: Estimator;
}

export interface SystemDesign {
  readonly program: (options: ProgramOptions) => Program;
  readonly server: (config: ServerConfig) => PegasusServer;
  /** Null: the switch stays as it was set up. */
  readonly controller: ((config: ControllerConfig) => RackController) | null;
  /** Everything that the switch must know before the first request. */
  readonly setUp: (control: ControlPlane & GroupControl, options: SwitchSetUp) => void;
  /** Carries out a command of the controller; counters when it asked for them. */
  readonly runCommand: (control: ControlPlane, command: SwitchCommand) => SwitchCounters | null;
  /** Which servers hold the key of an entry, as the switch has it: bit i is server i. */
  readonly replicaSet: (control: ControlPlane, entry: number) => number;
}

/** A rack's controller and its driver speak of the same commands: they come from one design. */
function asCommandOf<C extends SwitchCommand>(
  run: (control: ControlPlane, command: C) => SwitchCounters | null,
): SystemDesign['runCommand'] {
  return (control, command) => run(control, command as C);
}

/** Items come in powers of two. */
function itemBitsFor(items: number): number {
  const itemBits = Math.max(1, Math.ceil(Math.log2(items)));
  assert(itemBits <= CACHE_ITEM_BITS_MAX, `a switch caches at most ${2 ** CACHE_ITEM_BITS_MAX} keys`);
  return itemBits;
}

const directory = {
  program: ({ estimator }) => pegasusProgram({ estimator }),
  server: (config) => new PegasusServer(config),
  setUp: setUpSwitch,
  runCommand: asCommandOf<DirectoryCommand>(runCommand),
  replicaSet,
} satisfies Partial<SystemDesign>;

export const systemDesigns: Readonly<Record<System, SystemDesign>> = {
  /** The directory stays empty: every key is at home. */
  hashing: { ...directory, controller: null },
  pegasus: { ...directory, controller: (config) => new PegasusController(config) },
  netcache: {
    program: ({ hotKeysMax }) => netcacheProgram({ itemBits: itemBitsFor(hotKeysMax) }),
    server: (config) => new PegasusServer(config, cachedServerRules),
    controller: (config) => new CacheController(config),
    setUp: setUpCache,
    runCommand: asCommandOf<CacheCommand>(runCacheCommand),
    replicaSet: () => 0,
  },
};
