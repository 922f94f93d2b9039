/**
 * Drives the cache program of a switch through its control plane: the state it starts with, and the
 * controller's commands, as updates of tables and registers.
 */
import type { CacheCommand, CommandResult } from '@ballast/pegasus';
import type { ControlPlane, Entity } from '@ballast/pipeline';
import { CACHE_UNITS_MAX } from '@ballast/programs';
import { insidePorts, serverAddress, SWITCH_MAC, VIP } from './addressing.ts';
import {
  type GroupControl,
  packets,
  register,
  routeUpdates,
  sampleBelow,
  setSampleGroups,
  type SwitchShape,
  type SwitchStart,
} from './directory-driver.ts';

/** Everything the switch must know before the first request. */
export function setUpCache(
  control: ControlPlane & GroupControl,
  shape: SwitchShape,
  { ring, incarnation }: SwitchStart,
): void {
  const { servers, sampleRatio } = shape;
  setSampleGroups(control, servers);
  const entities = Array.from({ length: servers }, (_, id) => {
    const { port, ip, mac } = serverAddress(id);
    return register('servers', id, [port, ip, mac]);
  });
  entities.push(register('rack', 0, [insidePorts(servers), sampleBelow(sampleRatio), VIP, SWITCH_MAC]));
  control.write([
    ...routeUpdates(shape, ring, incarnation),
    ...entities.map((entity) => ({ type: 'modify', entity }) as const),
  ]);
}

/** Carries out one command of the controller. */
export function runCacheCommand(
  control: ControlPlane,
  _shape: SwitchShape,
  command: CacheCommand,
): CommandResult {
  switch (command.kind) {
    case 'insertItem':
      // The record first: the entry makes it visible.
      control.write([
        { type: 'modify', entity: emptyItem(command.item, command.generation) },
        { type: 'insert', entity: itemEntry(command.key, command.item) },
      ]);
      return { kind: 'done' };
    case 'renewItem':
      control.write([{ type: 'modify', entity: emptyItem(command.item, command.generation) }]);
      return { kind: 'done' };
    case 'removeItem':
      control.write([{ type: 'delete', entity: itemEntry(command.key, 0) }]);
      return { kind: 'done' };
    case 'readCounters': {
      const hits = packets(control, 'hits');
      const misses = packets(control, 'misses');
      const reads = hits.map((count, i) => count + misses[i]!);
      return { kind: 'counters', reads, writes: packets(control, 'writes'), hits };
    }
  }
}

/** An item without a value, of which no version is known. */
function emptyItem(item: number, generation: number): Entity {
  const value = new Array<number>(2 * CACHE_UNITS_MAX).fill(0);
  return register('items', item, [generation, 0, 0, ...value]);
}

function itemEntry(key: Uint8Array, item: number): Entity {
  const view = new DataView(key.buffer, key.byteOffset, key.length);
  return {
    entity: 'table',
    table: 'cached',
    match: [
      { kind: 'exact', value: view.getBigUint64(0) },
      { kind: 'exact', value: view.getBigUint64(8) },
    ],
    action: 'item',
    parameters: [BigInt(item)],
  };
}
