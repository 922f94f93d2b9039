/** Who of a running rack is there, what it keeps, and what is under way: for its operator. */
import type { ControllerStatus, MemberState, MemberStatus } from '@ballast/pegasus';
import type { Durability, Rack } from '@ballast/rack';
import type { SimNode } from '@ballast/sim';
import { RING_POSITIONS } from '@ballast/wire';
import type { DataFolder } from './data-folder.ts';
import type { HotKeyFigures } from './figures.ts';
import type { RackOperator } from './rack-operator.ts';
import type { ServerLogFile } from './server-log-file.ts';

/** Of a node by itself, whatever others think of it. */
export type NodeState = 'up' | 'paused' | 'down';

export interface NodeStatus {
  readonly node: string;
  readonly state: NodeState;
  /** How often it has started since the rack did, the first time included. */
  readonly starts: number;
  /** Why it is down that nobody wanted down. */
  readonly failure: string | null;
  /** Of its log or journal; null: it keeps none. */
  readonly logBytes: number | null;
}

export interface ServerStatus extends NodeStatus {
  readonly id: number;
  /** As the controller sees it; null while nobody knows. */
  readonly member: MemberStatus | null;
  /** That it was given when it was taken in last. */
  readonly incarnation: number | null;
  readonly isLeaving: boolean;
  /** Share of the ring whose home it is: of the keys, while they are cold. */
  readonly ringShare: number | null;
  /** Items in its memory, tombstones included; null while it is down. */
  readonly items: number | null;
  /** Written, but not yet as durable as promised: answers wait for it. */
  readonly pendingBytes: number | null;
  /** Group commits since the rack started. */
  readonly syncs: number | null;
}

export interface RackStatus {
  /** Every node is there, and every server that is expected has been taken in. */
  readonly isWhole: boolean;
  readonly durability: Durability;
  /** Where it is kept. */
  readonly folder: string | null;
  /** Of the set of live servers. */
  readonly epoch: number;
  readonly switch: NodeStatus & { readonly incarnation: number | null };
  readonly controller: NodeStatus;
  readonly servers: readonly ServerStatus[];
  readonly hotKeys: readonly HotKeyFigures[];
  /** Hot keys that wait for a dead server. */
  readonly keysUnavailable: readonly string[];
  /** Share of the ring whose home is not live: its cold keys get no answer. Null while nobody knows. */
  readonly ringShareUnavailable: number | null;
  /** The range of the ring that is on its way to another home. */
  readonly move: { readonly from: string; readonly to: string; readonly ringShare: number } | null;
  readonly isRebalancing: boolean;
  /** Hot keys on their way in or out of the directory. */
  readonly transitions: number;
  /** Servers that were declared dead, and that were taken in again, since the rack started. */
  readonly expelled: number;
  readonly admitted: number;
}

export function statusOf(rack: Rack, data: DataFolder | null, operator: RackOperator): RackStatus {
  const { status } = rack;
  const servers = rack.servers.map((node, id) => ({
    ...serverStatus(node, status?.members[id], data?.logs[id], operator),
    id,
  }));
  const { expelled, admitted } = rack.controllerCounters;
  return {
    isWhole: rack.isWhole,
    durability: data?.durability ?? 'none',
    folder: data?.path ?? null,
    epoch: rack.epoch,
    switch: {
      ...nodeStatus(rack.switchNode, operator, null),
      incarnation: status?.switchIncarnation ?? null,
    },
    controller: nodeStatus(rack.controller, operator, data?.journal.fileBytes ?? null),
    servers,
    hotKeys: rack.hotKeys(),
    keysUnavailable: status?.keysUnavailable ?? [],
    ringShareUnavailable: status === null ? null : unavailableShare(status),
    move: moveOf(status),
    isRebalancing: status?.isRebalancing ?? false,
    transitions: status?.transitions ?? 0,
    expelled,
    admitted,
  };
}

function serverStatus(
  node: Rack['servers'][number],
  member: MemberState | undefined,
  log: ServerLogFile | undefined,
  operator: RackOperator,
): Omit<ServerStatus, 'id'> {
  return {
    ...nodeStatus(node, operator, log?.fileBytes ?? null),
    member: member?.status ?? null,
    incarnation: member?.incarnation ?? null,
    isLeaving: member?.isLeaving ?? false,
    ringShare: member === undefined ? null : member.ringPositions / RING_POSITIONS,
    items: node.isUp ? node.core.server.store.size : null,
    pendingBytes: log?.pendingBytes ?? null,
    syncs: log?.syncs ?? null,
  };
}

function nodeStatus(node: SimNode, operator: RackOperator, logBytes: number | null): NodeStatus {
  const { name, isUp, isPaused, incarnation } = node;
  const up = isPaused ? 'paused' : 'up';
  const failure = operator.failureOf(name);
  return { node: name, state: isUp ? up : 'down', starts: incarnation + 1, failure, logBytes };
}

function unavailableShare({ members }: ControllerStatus): number {
  const gone = members.filter(({ status }) => status !== 'live');
  return gone.reduce((sum, { ringPositions }) => sum + ringPositions, 0) / RING_POSITIONS;
}

function moveOf(status: ControllerStatus | null): RackStatus['move'] {
  if (status === null || status.move === null) return null;
  const { from, to, count } = status.move;
  return { from: `server${from}`, to: `server${to}`, ringShare: count / RING_POSITIONS };
}
