/** A running rack as its operator wants to see it. */
import { type NodeStatus, type RackStatus, request, type ServerStatus } from '@ballast/fabric';
import { ExitCode } from '../terminal/exit-codes.ts';
import type { TextStream } from '../terminal/screen.ts';
import { formatTable, type TableRow } from '../terminal/table.ts';
import { formatCount, formatIds, formatRate, formatShare } from '../terminal/units.ts';

const HOT_KEYS_SHOWN = 5;

/** Asks the rack at a control address. KvError NO_RACK, RACK_REFUSED. */
export async function showStatus(url: string, isJson: boolean, stdout: TextStream): Promise<ExitCode> {
  const status = await request<RackStatus>(url, 'GET', '/api/status');
  stdout.write(isJson ? `${JSON.stringify(status, null, 2)}\n` : `${statusLines(status).join('\n')}\n`);
  return isWell(status) ? ExitCode.Ok : ExitCode.Failed;
}

/** For people. */
export function statusLines(status: RackStatus): string[] {
  const { servers, controller, folder, durability, epoch } = status;
  const journal = controller.logBytes === null ? '' : `, journal ${formatCount(controller.logBytes)} bytes`;
  const place = folder === null ? 'nothing is kept (no --data)' : `kept in ${folder}`;
  const failures = [controller, status.switch, ...servers].flatMap(({ node, failure }) =>
    failure === null ? [] : [`${node} is down: ${failure}`],
  );
  return [
    `epoch ${epoch}, durability ${durability}, ${place}`,
    `switch ${nodeText(status.switch)}, incarnation ${status.switch.incarnation ?? '?'}; ` +
      `controller ${nodeText(controller)}${journal}`,
    `${status.expelled} times a server was declared dead, ${status.admitted} times one was taken in`,
    '',
    formatTable(servers.map(serverRow)),
    '',
    ...hotKeyLines(status),
    ...underWay(status),
    ...unavailable(status),
    ...failures,
  ];
}

/** Every node is there, and every key can be reached. */
function isWell({ isWhole, keysUnavailable, ringShareUnavailable }: RackStatus): boolean {
  return isWhole && keysUnavailable.length === 0 && ringShareUnavailable === 0;
}

function nodeText({ state, starts }: NodeStatus): string {
  return starts === 1 ? state : `${state} (started ${starts} times)`;
}

function serverRow({
  node,
  state,
  member,
  isLeaving,
  starts,
  incarnation,
  items,
  ...rest
}: ServerStatus): TableRow {
  const { ringShare, logBytes, pendingBytes, syncs } = rest;
  return {
    server: node,
    process: state,
    member: isLeaving && member === 'live' ? 'leaving' : (member ?? '?'),
    starts,
    incarnation,
    'keys at home': ringShare === null ? null : formatShare(ringShare),
    items: countOf(items),
    'log bytes': countOf(logBytes),
    pending: countOf(pendingBytes),
    syncs: countOf(syncs),
  };
}

function countOf(count: number | null): string | null {
  return count === null ? null : formatCount(count);
}

function hotKeyLines({ hotKeys, transitions }: RackStatus): string[] {
  const moving = transitions === 0 ? '' : `, ${transitions} on their way in or out`;
  const shown = hotKeys.slice(0, HOT_KEYS_SHOWN).map(({ key, readsPerSecond, writesPerSecond, replicas }) => {
    const rates = `${formatRate(readsPerSecond)} reads/s, ${formatRate(writesPerSecond)} writes/s`;
    return `  ${JSON.stringify(key)}  ${rates}, at servers ${formatIds(replicas)}`;
  });
  return [`hot keys: ${hotKeys.length}${moving}`, ...shown];
}

function underWay({ move, isRebalancing }: RackStatus): string[] {
  if (move !== null) {
    const { from, to, ringShare } = move;
    return [`moving ${(ringShare * 100).toFixed(1)} % of the keys from ${from} to ${to}`];
  }
  return isRebalancing ? ['keys are about to move'] : [];
}

function unavailable({ keysUnavailable, ringShareUnavailable }: RackStatus): string[] {
  const lines: string[] = [];
  if (ringShareUnavailable === null) lines.push('the controller is down: nobody knows who is live');
  else if (ringShareUnavailable > 0)
    lines.push(`unavailable: ${formatShare(ringShareUnavailable)} of the keys, their servers are not live`);
  if (keysUnavailable.length > 0)
    lines.push(
      `unavailable hot keys, only a dead server may have the newest value: ${keysUnavailable.join(', ')}`,
    );
  return lines;
}
