/**
 * Deliberately broken baselines: each drops one rule that docs/netcache.md needs for its argument. A
 * checker that sees histories only must notice every one.
 */
import { cachedServerRules, PegasusServer, type ServerRules, serverRules, UNKNOWN } from '@ballast/pegasus';
import {
  type NetcacheRules,
  netcacheProgram,
  netcacheRules,
  type PegasusRules,
  pegasusProgram,
  pegasusRules,
} from '@ballast/programs';
import { PegasusOp } from '@ballast/wire';
import type { RackParts, RunShape, System } from '../src/index.ts';

export interface BaselineMutant {
  readonly name: string;
  readonly system: System;
  readonly parts: Partial<RackParts>;
  /** What makes the broken rule matter sooner. */
  readonly shape: Partial<RunShape>;
  /** Where a longer search found the first violation; 1 when absent. */
  readonly firstSeed?: number;
}

const cache = (rules: Partial<NetcacheRules>): Partial<RackParts> => ({
  program: netcacheProgram({ itemBits: 3 }, { ...netcacheRules, ...rules }),
});
const cachedServer = (rules: Partial<ServerRules>): Partial<RackParts> => ({
  server: (config) => new PegasusServer(config, { ...cachedServerRules, ...rules }),
});
const staticSwitch = (rules: Partial<PegasusRules>): Partial<RackParts> => ({
  program: pegasusProgram({ selection: 'client' }, { ...pegasusRules, ...rules }),
});
const staticServer = (rules: Partial<ServerRules>): Partial<RackParts> => ({
  server: (config) => new PegasusServer(config, { ...serverRules, ...rules }),
});

const LOSSY = {
  lossRatio: 0.03,
  duplicateRatio: 0.1,
  reorderRatio: 0.2,
  reorderDelayNs: 300_000,
  writeRatio: 0.2,
};
/** Few keys take turns in one or two items, and messages are late by whole turns. */
const TURNS = {
  lossRatio: 0,
  duplicateRatio: 0.1,
  reorderRatio: 0.3,
  reorderDelayNs: 2_000_000,
  hotKeysMax: 2,
  keys: 5,
  preloadShare: 1,
  writeRatio: 0.2,
  shiftNs: 1_000_000,
  users: 24,
};
const STEADY = { shiftNs: 50_000_000, hotKeysMax: 4, keys: 6, preloadShare: 1 };

export const baselineMutants: readonly BaselineMutant[] = [
  {
    name: 'an old reply makes a stale value valid again',
    system: 'netcache',
    parts: cache({
      weigh: (p, cell, { pegasus, units, store }) => {
        p.when(pegasus.version.gt(cell.newest), () => cell.newest.set(pegasus.version));
        p.when(units.ne(0).and(pegasus.generation.eq(cell.generation)), () => {
          cell.units.set(units);
          store();
        });
      },
    }),
    shape: { ...LOSSY, ...STEADY },
  },
  {
    name: 'a reply of an earlier generation fills the item',
    system: 'netcache',
    parts: cache({
      weigh: (p, cell, { pegasus, units, store }) =>
        p.when(pegasus.version.ge(cell.newest), () => {
          p.when(pegasus.version.gt(cell.newest), () => cell.units.set(0));
          cell.newest.set(pegasus.version);
          p.when(units.ne(0), () => {
            cell.units.set(units);
            store();
          });
        }),
    }),
    shape: TURNS,
  },
  {
    name: 'a write that was forwarded before the insertion completes unnoticed',
    system: 'netcache',
    parts: cache({
      weigh: (p, cell, reply) =>
        p.when(reply.pegasus.generation.eq(cell.generation), () => netcacheRules.weigh(p, cell, reply)),
    }),
    shape: { ...TURNS, reorderDelayNs: 4_000_000, writeRatio: 0.1, hotKeysMax: 3, keys: 4 },
    firstSeed: 5,
  },
  {
    name: 'writes do not invalidate: only replies to reads move the item',
    system: 'netcache',
    parts: cache({
      invalidate: () => undefined,
      weigh: (p, cell, reply) =>
        p.when(reply.pegasus.op.eq(PegasusOp.GetReply), () => netcacheRules.weigh(p, cell, reply)),
    }),
    shape: { ...LOSSY, ...STEADY },
  },
  {
    name: 'an item keeps its value when a reply without one shows a newer version',
    system: 'netcache',
    parts: cache({
      invalidate: () => undefined,
      weigh: (p, cell, { pegasus, units, store }) =>
        p.when(pegasus.version.ge(cell.newest), () => {
          cell.newest.set(pegasus.version);
          p.when(units.ne(0).and(pegasus.generation.eq(cell.generation)), () => {
            cell.units.set(units);
            store();
          });
        }),
    }),
    shape: { ...LOSSY, ...STEADY, deleteShare: 0.1 },
  },
  {
    name: 'a repeated write is executed again',
    system: 'netcache',
    parts: cachedServer({ findExecuted: () => UNKNOWN }),
    shape: LOSSY,
  },
  {
    name: 'an older write takes effect over a newer one',
    system: 'netcache',
    parts: cachedServer({ supersedes: () => true }),
    shape: LOSSY,
  },
  {
    name: 'a read goes to the named replica while a write is under way',
    system: 'static',
    parts: staticSwitch({ namedHolder: (_p, pegasus) => pegasus.target.slice(4, 0) }),
    shape: { ...LOSSY, ...STEADY },
  },
  {
    name: 'what a read shows does not keep later reads from older replicas',
    system: 'static',
    parts: staticSwitch({
      moves: (pegasus) => pegasus.op.isOneOf([PegasusOp.WriteReply, PegasusOp.ReplicateAck]),
    }),
    shape: { ...LOSSY, ...STEADY },
  },
  {
    name: 'an acknowledged copy counts whatever its version',
    system: 'static',
    parts: staticSwitch({
      weigh: (p, cell, { pegasus, sender, home }) => {
        p.when(
          pegasus.version.gt(cell.completed),
          () => {
            cell.completed.set(pegasus.version);
            cell.replicas.set(home.or(sender));
          },
          () => cell.replicas.set(cell.replicas.or(sender)),
        );
      },
    }),
    shape: { ...LOSSY, ...STEADY },
  },
  {
    name: 'an older copy takes the place of a newer one',
    system: 'twoChoices',
    parts: staticServer({ supersedes: () => true }),
    shape: { ...LOSSY, ...STEADY },
  },
  {
    name: 'a read goes to the less loaded replica whatever the switch knows',
    system: 'twoChoices',
    parts: staticSwitch({ namedHolder: (_p, pegasus) => pegasus.target.slice(4, 0) }),
    shape: { ...LOSSY, ...STEADY },
  },
];
