import { DetailedError } from '@ballast/base';
import { describeLinks } from './link-names.ts';

export type FabricErrorDetail =
  | { code: 'PORT_IN_USE'; host: string; port: number }
  | { code: 'BAD_ADDRESS'; host: string; port: number; reason: string }
  | { code: 'NO_RACK_NOW' }
  | { code: 'NO_SPARE_PORT'; ports: number; leaseSeconds: number }
  | { code: 'RECORDING' }
  | { code: 'NO_HOST'; clientId: number }
  | { code: 'NO_NODE'; node: string; nodes: readonly string[] }
  | { code: 'NODE_DOWN'; node: string }
  | { code: 'NODE_PAUSED'; node: string }
  | { code: 'NO_SERVER_CHANGES'; system: string }
  | { code: 'NO_CONTROLLER' }
  | { code: 'LAST_SERVER'; node: string }
  | { code: 'NO_LINK'; link: string; links: readonly string[] };

/** What an embedded rack refuses. */
export class FabricError extends DetailedError<FabricErrorDetail> {
  protected override explain(d: FabricErrorDetail): string {
    switch (d.code) {
      case 'PORT_IN_USE':
        return `port ${d.port} of ${d.host} is in use, perhaps by another rack; choose another with --port, or 0 for any`;
      case 'BAD_ADDRESS':
        return `cannot listen on ${d.host}, port ${d.port} (${d.reason}); choose another with --host and --port`;
      case 'NO_RACK_NOW':
        return 'the rack is being set up; try again in a second';
      case 'NO_SPARE_PORT':
        return (
          `all ${d.ports} spare ports of the switch are taken; detach a host (DELETE /api/hosts/ID), or wait: ` +
          `the port of a host that is silent for ${d.leaseSeconds} s is freed`
        );
      case 'RECORDING':
        return 'the rack records a history, and what a further host does would be missing in it; run it without';
      case 'NO_HOST':
        return `no host ${d.clientId} is attached; it may have been silent for too long`;
      case 'NO_NODE':
        return `there is no node ${JSON.stringify(d.node)}; the nodes are ${d.nodes.join(', ')}`;
      case 'NODE_DOWN':
        return `${d.node} is down; it cannot pause before it has started again`;
      case 'NODE_PAUSED':
        return `${d.node} is paused already; wait until it goes on`;
      case 'NO_SERVER_CHANGES':
        return `servers of a ${d.system} rack neither join nor leave; run it with --system hashing or pegasus`;
      case 'NO_CONTROLLER':
        return 'the controller is down, and members are its to change; try again when it is back';
      case 'LAST_SERVER':
        return `${d.node} is the last server that stays; it cannot leave`;
      case 'NO_LINK':
        return `there is no link ${JSON.stringify(d.link)}; the links are ${describeLinks(d.links)}`;
    }
  }
}
