/**
 * Drives the Pegasus program of a switch through its control plane: the state it starts with, and the
 * controller's commands, as updates of tables and registers.
 */
import { assert } from '@ballast/base';
import type { DirectoryCommand, DirectoryCounters, SketchCount } from '@ballast/pegasus';
import type { ControlPlane, Entity, Update } from '@ballast/pipeline';
import {
  DirectoryMode,
  RING_POSITIONS,
  SAMPLE_GROUPS,
  SKETCH_COLUMNS,
  SKETCH_ROWS,
  WRITER_POSITIONS,
} from '@ballast/programs';
import {
  controllerAddress,
  type HostAddress,
  insidePorts,
  serverAddress,
  SWITCH_MAC,
  VIP,
} from './addressing.ts';

export interface SwitchSetUp {
  readonly servers: number;
  readonly epoch: number;
  /** Of the switch; the high 16 bits of every version that it stamps. */
  readonly switchIncarnation: number;
  readonly serverIncarnation: number;
  /** One request in so many is copied to the controller; null: none. */
  readonly sampleRatio: number | null;
  readonly ring: Uint8Array;
  readonly clients: readonly HostAddress[];
}

/** Everything the switch must know before the first request. */
export function setUpSwitch(control: ControlPlane & GroupControl, options: SwitchSetUp): void {
  const { servers, epoch, serverIncarnation, sampleRatio } = options;
  const updates = routeUpdates(options);
  const modify = (entity: Entity): void => void updates.push({ type: 'modify', entity });
  for (let p = 0; p < WRITER_POSITIONS; p++) modify(register('writers', p, [p % servers]));
  for (let id = 0; id < servers; id++) {
    const { port, ip, mac } = serverAddress(id);
    modify(register('servers', id, [1, serverIncarnation, port, ip, mac]));
  }
  modify(register('rack', 0, [epoch, insidePorts(servers), sampleBelow(sampleRatio), VIP, SWITCH_MAC]));
  setSampleGroups(control, servers);
  control.write(updates);
}

/** What every switch program of a rack knows alike: the ring, the first version and the hosts. */
export function routeUpdates({ servers, ring, switchIncarnation, clients }: SwitchSetUp): Update[] {
  const updates: Update[] = [];
  for (let p = 0; p < RING_POSITIONS; p++) {
    updates.push({ type: 'modify', entity: register('ring', p, [ring[p]!]) });
  }
  const record = [BigInt(switchIncarnation) << 48n];
  updates.push({
    type: 'modify',
    entity: { entity: 'register', register: 'next_version', index: 0, record },
  });
  const hosts = [
    ...Array.from({ length: servers }, (_, id) => serverAddress(id)),
    controllerAddress(servers),
    ...clients,
  ];
  return [...updates, ...hosts.map(addHost)];
}

/** A sampled request goes to its server and to the controller. */
export function setSampleGroups(control: GroupControl, servers: number): void {
  const controller = controllerAddress(servers);
  for (let id = 0; id < servers; id++) {
    control.setGroup(SAMPLE_GROUPS + id, [
      { port: serverAddress(id).port, replica: 0 },
      { port: controller.port, replica: 1 },
    ]);
  }
}

/** Of 65,536 random values, those below it sample one request in `sampleRatio`; null samples none. */
export function sampleBelow(sampleRatio: number | null): number {
  return sampleRatio === null ? 0 : Math.min(0xffff, Math.max(1, Math.round(0x1_0000 / sampleRatio)));
}

/** Multicast groups are the switch's, not the program's. */
export interface GroupControl {
  setGroup(group: number, replicas: readonly { readonly port: number; readonly replica: number }[]): void;
}

/** Makes a host reachable. */
export function addHost(host: HostAddress): Update {
  return { type: 'insert', entity: hostEntry(host) };
}

/** Forgets a host: frames for it are dropped. */
export function removeHost(host: HostAddress): Update {
  return { type: 'delete', entity: hostEntry(host) };
}

function hostEntry({ port, mac, ip }: HostAddress): Entity {
  return {
    entity: 'table',
    table: 'hosts',
    match: [{ kind: 'exact', value: BigInt(ip) }],
    action: 'via',
    parameters: [BigInt(port), BigInt(mac)],
  };
}

/** Carries out one command of the controller; counters when it asked for them. */
export function runCommand(control: ControlPlane, command: DirectoryCommand): DirectoryCounters | null {
  switch (command.kind) {
    case 'install': {
      const { entry, generation, home } = command;
      // The record first: the entry makes it visible.
      const record = [BigInt(generation), 0n, 1n << BigInt(home)];
      control.write([
        { type: 'modify', entity: { entity: 'register', register: 'entries', index: entry, record } },
        { type: 'insert', entity: directoryEntry(command, DirectoryMode.Open) },
      ]);
      return null;
    }
    case 'setMode': {
      const mode = command.mode === 'open' ? DirectoryMode.Open : DirectoryMode.ReadsOnly;
      control.write([{ type: 'modify', entity: directoryEntry(command, mode) }]);
      return null;
    }
    case 'remove':
      control.write([{ type: 'delete', entity: directoryEntry({ ...command, entry: 0, generation: 0 }, 0) }]);
      return null;
    case 'readCounters':
      return {
        reads: packets(control, 'hot_reads'),
        writes: packets(control, 'hot_writes'),
        ...(command.sketchMin === null ? {} : { sketch: takeSketch(control, command.sketchMin) }),
      };
  }
}

/**
 * What the sketch counted since the last time, where it is at least `requestsMin`. Packets count in the
 * other bank from now on, so nothing is lost and the switch never waits.
 */
function takeSketch(control: ControlPlane, requestsMin: number): SketchCount[] {
  const bank = Number(recordAt(control, 'sketch_bank', 0)[0]);
  control.write([{ type: 'modify', entity: register('sketch_bank', 0, [1 - bank]) }]);
  const counts: SketchCount[] = [];
  const updates: Update[] = [];
  for (let row = 0; row < SKETCH_ROWS; row++) {
    for (let place = bank * SKETCH_COLUMNS; place < (bank + 1) * SKETCH_COLUMNS; place++) {
      const [, requests, writes] = recordAt(control, `sketch${row}`, place);
      if (requests === 0n) continue;
      updates.push({ type: 'modify', entity: register(`sketch${row}`, place, [0, 0, 0]) });
      if (Number(requests) < requestsMin) continue;
      const keyHash = recordAt(control, `sketch${row}_keys`, place)[0]!;
      const [hashHi, hashLo] = [Number(keyHash >> 32n), Number(keyHash & 0xffff_ffffn)];
      counts.push({ hashHi, hashLo, requests: Number(requests), writes: Number(writes) });
    }
  }
  control.write(updates);
  return counts;
}

/** Which servers hold a hot key, as the switch has it: bit i is server i. */
export function replicaSet(control: ControlPlane, entry: number): number {
  return Number(recordAt(control, 'entries', entry)[2]);
}

function recordAt(control: ControlPlane, name: string, index: number): readonly bigint[] {
  const [found] = control.read({ entity: 'register', name, index });
  assert(found?.entity === 'register', 'registers read as registers');
  return found.record;
}

export function register(name: string, index: number, record: readonly number[]): Entity {
  return { entity: 'register', register: name, index, record: record.map(BigInt) };
}

function directoryEntry(
  key: { hashHi: number; hashLo: number; entry: number; generation: number },
  mode: number,
): Entity {
  return {
    entity: 'table',
    table: 'directory',
    match: [{ kind: 'exact', value: (BigInt(key.hashHi) << 32n) | BigInt(key.hashLo) }],
    action: 'hot',
    parameters: [BigInt(key.entry), BigInt(key.generation), BigInt(mode)],
  };
}

/** Counts of a counter, by index. */
export function packets(control: ControlPlane, counter: string): number[] {
  return control
    .read({ entity: 'counter', name: counter })
    .map((c) => (c.entity === 'counter' ? Number(c.packets) : 0));
}
