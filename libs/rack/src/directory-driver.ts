/**
 * Drives the Pegasus program of a switch through its control plane: the state it starts with, and the
 * controller's commands, as updates of tables and registers.
 */
import { assert, unreachable } from '@ballast/base';
import type {
  ChainPlace,
  CommandResult,
  DirectoryCommand,
  EntryName,
  LiveServer,
  SketchCount,
} from '@ballast/pegasus';
import type { ControlPlane, Entity, Update } from '@ballast/pipeline';
import {
  DirectoryMode,
  SAMPLE_GROUPS,
  SKETCH_COLUMNS,
  SKETCH_ROWS,
  WRITER_BANKS,
  WRITER_POSITIONS,
} from '@ballast/programs';
import { RING_POSITIONS } from '@ballast/wire';
import {
  controllerAddress,
  type HostAddress,
  insidePorts,
  serverAddress,
  switchMacOf,
  vipOf,
} from './addressing.ts';

/** What a switch is told that no controller decides. */
export interface SwitchShape {
  /** Of the rack: its addresses follow from it. */
  readonly number: number;
  readonly servers: number;
  /** One request in so many is copied to the controller; null: none. */
  readonly sampleRatio: number | null;
  readonly clients: readonly HostAddress[];
  /** The port that leads to the other rack of a chain; null: there is none. */
  readonly uplink: number | null;
}

/** What the controller decides about it. */
export interface SwitchStart {
  /** The high 16 bits of every version that it stamps. */
  readonly incarnation: number;
  readonly epoch: number;
  readonly live: readonly LiveServer[];
  /** Home of each position. */
  readonly ring: Uint8Array;
  readonly guards: readonly EntryName[];
  readonly chain: ChainPlace;
}

/** Everything the switch must know before the first request. What lets requests pass comes last. */
export function setUpSwitch(
  control: ControlPlane & GroupControl,
  shape: SwitchShape,
  { incarnation, epoch, live, ring, guards, chain }: SwitchStart,
): void {
  const { number, servers, sampleRatio, uplink } = shape;
  setSampleGroups(control, servers);
  const updates = routeUpdates(shape, ring, incarnation);
  const modify = (entity: Entity): void => void updates.push({ type: 'modify', entity });
  for (let id = 0; id < servers; id++) modify(serverRecord(number, id, 0));
  if (uplink !== null) modify(chainRecord(chain, uplink));
  for (const guard of guards) {
    // Of no generation: this switch knows of no version, and a reply that is late from before its start would
    // make its sender look like a holder of the newest one.
    modify(register('entries', guard.entry, [0, 0, 0]));
    updates.push({ type: 'insert', entity: directoryEntry(guard, DirectoryMode.Moving) });
  }
  control.write(updates);
  const fixed = { number, insidePorts: insidePorts(servers), sampleBelow: sampleBelow(sampleRatio) };
  beginEpoch(control, { epoch, live, ...fixed });
}

/** What every switch program of a rack knows alike: the ring, the first version and the hosts. */
export function routeUpdates(
  { number, servers, clients, uplink }: SwitchShape,
  ring: Uint8Array,
  incarnation: number,
): Update[] {
  const updates: Update[] = [];
  for (let p = 0; p < RING_POSITIONS; p++) {
    updates.push({ type: 'modify', entity: register('ring', p, [ring[p]!]) });
  }
  const record = [BigInt(incarnation) << 48n];
  updates.push({
    type: 'modify',
    entity: { entity: 'register', register: 'next_version', index: 0, record },
  });
  const hosts = [
    ...Array.from({ length: servers }, (_, id) => serverAddress(id, number)),
    controllerAddress(servers, number),
    ...clients,
    ...(uplink === null ? [] : [{ port: uplink, ip: vipOf(TAIL), mac: switchMacOf(TAIL) }]),
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

/** Begins an epoch with these servers: what it needs first, then, at once, the epoch and its live set. */
function beginEpoch(
  control: ControlPlane,
  rack: {
    readonly number: number;
    readonly epoch: number;
    readonly live: readonly LiveServer[];
    readonly insidePorts: number;
    readonly sampleBelow: number;
  },
): void {
  const { epoch, live } = rack;
  const updates: Update[] = [];
  const modify = (entity: Entity): void => void updates.push({ type: 'modify', entity });
  const bank = (epoch % WRITER_BANKS) * WRITER_POSITIONS;
  for (let p = 0; p < WRITER_POSITIONS && live.length > 0; p++)
    modify(register('writers', bank + p, [live[p % live.length]!.id]));
  for (const { id, incarnation } of live) modify(serverRecord(rack.number, id, incarnation));
  const set = live.reduce((bits, { id }) => (bits | (1 << id)) >>> 0, 0);
  const own = [vipOf(rack.number), switchMacOf(rack.number)];
  modify(register('rack', 0, [epoch, set, rack.insidePorts, rack.sampleBelow, ...own]));
  control.write(updates);
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

/**
 * Makes the switch forget an earlier set-up. It has one when it restarted twice and the first set-up was
 * still on its way.
 */
function clearSwitch(control: ControlPlane): void {
  control.write([{ type: 'modify', entity: register('rack', 0, [0, 0, 0, 0, 0, 0]) }]);
  const entries = ['directory', 'hosts'].flatMap((name) => control.read({ entity: 'table', name }));
  control.write(entries.map((entity): Update => ({ type: 'delete', entity })));
}

/** Carries out one command of the controller. */
export function runCommand(
  control: ControlPlane & GroupControl,
  shape: SwitchShape,
  command: DirectoryCommand,
): CommandResult {
  if (command.kind === 'readIncarnation') return { kind: 'incarnation', incarnation: incarnationOf(control) };
  if (command.kind === 'setUp') {
    if (incarnationOf(control) !== 0) clearSwitch(control);
    setUpSwitch(control, shape, command);
    return DONE;
  }
  // Sent before the controller knew that the switch has restarted.
  if (incarnationOf(control) === 0) return { kind: 'refused' };
  switch (command.kind) {
    case 'install':
      install(control, command);
      return DONE;
    case 'setMode':
      putDirectoryEntry(control, command, MODES[command.mode], { isNew: false });
      return DONE;
    case 'remove':
      if (findEntry(control, command) !== null)
        control.write([
          { type: 'delete', entity: directoryEntry({ ...command, entry: 0, generation: 0 }, 0) },
        ]);
      return DONE;
    case 'setMembers': {
      const [, , inside, sampleBelow] = recordOf(control, 'rack', 0).map(Number);
      const { epoch, live } = command;
      const { number } = shape;
      beginEpoch(control, { number, epoch, live, insidePorts: inside!, sampleBelow: sampleBelow! });
      return DONE;
    }
    case 'standAlone':
      standAlone(control, shape, command.incarnation);
      return DONE;
    case 'setRing': {
      const { first, count, server } = command;
      const entities = Array.from({ length: count }, (_, i) => register('ring', first + i, [server]));
      control.write(entities.map((entity) => ({ type: 'modify', entity })));
      return DONE;
    }
    case 'dropHolder':
      dropHolder(control, command.server);
      return DONE;
    case 'readCounters': {
      const reads = packetsBelow(control, 'hot_reads', command.entries);
      const writes = packetsBelow(control, 'hot_writes', command.entries);
      const { sketchMin } = command;
      if (sketchMin === null) return { kind: 'counters', reads, writes };
      return { kind: 'counters', reads, writes, sketch: takeSketch(control, sketchMin) };
    }
    case 'readEntries': {
      const records = control.read({ entity: 'register', name: 'entries' }).map(recordIn);
      return {
        kind: 'entries',
        generations: records.map((record) => Number(record[0])),
        replicas: records.map((record) => Number(record[2])),
      };
    }
    default:
      return unreachable(command);
  }
}

/**
 * What the sketch counted since the last time, where it is at least `requestsMin`. Packets count in the
 * other bank from now on, so nothing is lost and the switch never waits.
 */
function takeSketch(control: ControlPlane, requestsMin: number): SketchCount[] {
  const bank = Number(recordOf(control, 'sketch_bank', 0)[0]);
  control.write([{ type: 'modify', entity: register('sketch_bank', 0, [1 - bank]) }]);
  const counts: SketchCount[] = [];
  const updates: Update[] = [];
  for (let row = 0; row < SKETCH_ROWS; row++) {
    for (let place = bank * SKETCH_COLUMNS; place < (bank + 1) * SKETCH_COLUMNS; place++) {
      const [, requests, writes] = recordOf(control, `sketch${row}`, place);
      if (requests === 0n) continue;
      updates.push({ type: 'modify', entity: register(`sketch${row}`, place, [0, 0, 0]) });
      if (Number(requests) < requestsMin) continue;
      const keyHash = recordOf(control, `sketch${row}_keys`, place)[0]!;
      const [hashHi, hashLo] = [Number(keyHash >> 32n), Number(keyHash & 0xffff_ffffn)];
      counts.push({ hashHi, hashLo, requests: Number(requests), writes: Number(writes) });
    }
  }
  control.write(updates);
  return counts;
}

/** Puts a key into the directory whose copies, of this version, are in place. */
export function installReplicated(
  control: ControlPlane,
  entry: EntryName,
  { version, replicas }: { readonly version: number; readonly replicas: readonly number[] },
): void {
  const set = replicas.reduce((bits, server) => bits | (1n << BigInt(server)), 0n);
  const record = [BigInt(entry.generation), BigInt(version), set];
  control.write([
    { type: 'modify', entity: { entity: 'register', register: 'entries', index: entry.entry, record } },
    { type: 'insert', entity: directoryEntry(entry, DirectoryMode.Open) },
  ]);
}

/** Puts a key into the directory that home alone holds. */
function install(control: ControlPlane, command: DirectoryCommand & { readonly kind: 'install' }): void {
  const { entry, generation, home, completed } = command;
  const version = (BigInt(completed.incarnation) << 48n) | BigInt(completed.counter);
  const record = [BigInt(generation), version, 1n << BigInt(home)];
  // The record first: the entry makes it visible.
  control.write([
    { type: 'modify', entity: { entity: 'register', register: 'entries', index: entry, record } },
  ]);
  putDirectoryEntry(control, command, DirectoryMode.Open, { isNew: true });
}

/** Of the rack that writes are forwarded to. */
const TAIL = 1;

function chainRecord(place: ChainPlace, uplink: number): Entity {
  const [hasHead, hasTail] = [Number(place === 'tail'), Number(place === 'head')];
  return register('chain', 0, [hasHead, hasTail, uplink, place === 'head' ? vipOf(TAIL) : 0]);
}

/** From one packet to the next: what the rack stamps from now on is newer than all of both racks. */
function standAlone(control: ControlPlane, { uplink }: SwitchShape, incarnation: number): void {
  if (uplink === null) return;
  const record = [BigInt(incarnation) << 48n];
  const nextVersion = { entity: 'register', register: 'next_version', index: 0, record } as const;
  const entities: Entity[] = [nextVersion, chainRecord('alone', uplink)];
  control.write(entities.map((entity) => ({ type: 'modify', entity })));
}

const DONE: CommandResult = { kind: 'done' };
const MODES = {
  open: DirectoryMode.Open,
  readsOnly: DirectoryMode.ReadsOnly,
  closed: DirectoryMode.Closed,
  moving: DirectoryMode.Moving,
} as const;

/** Does the switch know what it must before the first request? */
export function isSetUp(control: ControlPlane): boolean {
  return incarnationOf(control) !== 0;
}

/** Which set of live servers the switch has, of the Pegasus program. */
export function epochIn(control: ControlPlane): number {
  return Number(recordOf(control, 'rack', 0)[0]);
}

/** Of the versions that the switch stamps; 0 before it was set up. */
function incarnationOf(control: ControlPlane): number {
  return Number(recordOf(control, 'next_version', 0)[0]! >> 48n);
}

/** Takes a server out of every replica set, between two packets. */
function dropHolder(control: ControlPlane, server: number): void {
  const updates = control
    .read({ entity: 'register', name: 'entries' })
    .map(recordIn)
    .flatMap(([generation, completed, replicas], index): Update[] => {
      const left = replicas! & ~(1n << BigInt(server));
      if (left === replicas) return [];
      const record = [generation!, completed!, left];
      return [{ type: 'modify', entity: { entity: 'register', register: 'entries', index, record } }];
    });
  control.write(updates);
}

/** Which servers hold a hot key, as the switch has it: bit i is server i. */
export function replicaSet(control: ControlPlane, entry: number): number {
  return Number(recordOf(control, 'entries', entry)[2]);
}

function recordOf(control: ControlPlane, name: string, index: number): readonly bigint[] {
  const [found] = control.read({ entity: 'register', name, index });
  assert(found !== undefined, `register ${name} has a cell ${index}`);
  return recordIn(found);
}

function recordIn(found: Entity): readonly bigint[] {
  assert(found.entity === 'register', 'registers read as registers');
  return found.record;
}

function serverRecord(rack: number, id: number, incarnation: number): Entity {
  const { port, ip, mac } = serverAddress(id, rack);
  return register('servers', id, [incarnation, port, ip, mac]);
}

/** Sets a key's entry; one that is not there is made when `isNew`. */
function putDirectoryEntry(
  control: ControlPlane,
  key: EntryName,
  mode: number,
  { isNew }: { isNew: boolean },
): void {
  const isThere = findEntry(control, key) !== null;
  if (!isThere && !isNew) return;
  control.write([{ type: isThere ? 'modify' : 'insert', entity: directoryEntry(key, mode) }]);
}

/** A key's entry in the directory, or null. */
function findEntry(
  control: ControlPlane,
  { hashHi, hashLo }: Omit<EntryName, 'entry' | 'generation'>,
): Entity | null {
  const value = keyHash(hashHi, hashLo);
  const isKey = (entity: Entity): boolean =>
    entity.entity === 'table' && entity.match[0]?.kind === 'exact' && entity.match[0].value === value;
  return control.read({ entity: 'table', name: 'directory' }).find(isKey) ?? null;
}

function keyHash(hashHi: number, hashLo: number): bigint {
  return (BigInt(hashHi) << 32n) | BigInt(hashLo);
}

export function register(name: string, index: number, record: readonly number[]): Entity {
  return { entity: 'register', register: name, index, record: record.map(BigInt) };
}

function directoryEntry(key: EntryName, mode: number): Entity {
  return {
    entity: 'table',
    table: 'directory',
    match: [{ kind: 'exact', value: keyHash(key.hashHi, key.hashLo) }],
    action: 'hot',
    parameters: [BigInt(key.entry), BigInt(key.generation), BigInt(mode)],
  };
}

/** Counts of a counter, by index. */
export function packets(control: ControlPlane, counter: string): number[] {
  return control.read({ entity: 'counter', name: counter }).map(packetsIn);
}

function packetsIn(found: Entity): number {
  return found.entity === 'counter' ? Number(found.packets) : 0;
}

/** Of the first cells of a counter. */
function packetsBelow(control: ControlPlane, counter: string, cells: number): number[] {
  return Array.from({ length: cells }, (_, index) => {
    const [found] = control.read({ entity: 'counter', name: counter, index });
    return found === undefined ? 0 : packetsIn(found);
  });
}
