/** What an operator does to a rack that runs: lets nodes crash, stand still, leave and join. */
import { seconds } from '@ballast/base';
import type { Rack } from '@ballast/rack';
import type { SimNode } from '@ballast/sim';
import type { DataFolder } from './data-folder.ts';
import { FabricError } from './fabric-error.ts';
import { LogError } from './log-error.ts';

export class RackOperator {
  readonly #rack: Rack;
  readonly #data: DataFolder | null;
  readonly #wake: () => void;
  /** By node: why it does not run. */
  readonly #failures = new Map<string, string>();
  #isClosed = false;

  /** @param wake something happened in the rack that no event announced */
  constructor(rack: Rack, data: DataFolder | null, wake: () => void) {
    this.#rack = rack;
    this.#data = data;
    this.#wake = wake;
    data?.connect({
      durable: (node) => {
        this.#drain(node);
      },
      // Not now: it may be in the midst of a write.
      failed: (node, error) => setImmediate(() => this.#fail(node, error)),
    });
  }

  /** Why a node is down that nobody wanted down; null: it is not. */
  failureOf(node: string): string | null {
    return this.#failures.get(node) ?? null;
  }

  /** No node starts any more. */
  close(): void {
    this.#isClosed = true;
  }

  /**
   * The node loses its memory, and starts again after so many seconds of the rack's time with what its log or
   * journal holds. One that is down starts then, too. FabricError NO_NODE.
   */
  crash(name: string, forSeconds: number): void {
    const { kernel } = this.#rack;
    const node = this.#node(name);
    node.crash();
    kernel.at(kernel.now + seconds(forSeconds), () => void this.#start(node));
    this.#wake();
  }

  /** The node stands still for so many seconds. FabricError NO_NODE, NODE_DOWN, NODE_PAUSED. */
  pause(name: string, forSeconds: number): void {
    const { kernel } = this.#rack;
    const node = this.#node(name);
    if (!node.isUp) throw new FabricError({ code: 'NODE_DOWN', node: name });
    if (node.isPaused) throw new FabricError({ code: 'NODE_PAUSED', node: name });
    const { incarnation } = node;
    node.pause();
    kernel.at(kernel.now + seconds(forSeconds), () => {
      if (node.incarnation !== incarnation) return;
      node.resume();
      // What became durable meanwhile.
      this.#drain(name);
    });
  }

  /** A server gives up its part of the ring and leaves. FabricError NO_NODE, LAST_SERVER, and as `join`. */
  leave(name: string): void {
    const { servers, status } = this.#members();
    const server = servers.findIndex((node) => node.name === name);
    if (server < 0)
      throw new FabricError({ code: 'NO_NODE', node: name, nodes: servers.map((node) => node.name) });
    const stays = status.members.filter(({ id, status: state, isLeaving }) => {
      return id !== server && state === 'live' && !isLeaving;
    });
    if (stays.length === 0) throw new FabricError({ code: 'LAST_SERVER', node: name });
    this.#rack.changeServers({ kind: 'leave', server });
  }

  /** Live servers get equal shares of the ring. FabricError NO_SERVER_CHANGES, NO_CONTROLLER. */
  join(): void {
    this.#members();
    this.#rack.changeServers({ kind: 'rebalance' });
  }

  #members(): { readonly servers: Rack['servers']; readonly status: NonNullable<Rack['status']> } {
    const { controller, servers, status, options } = this.#rack;
    if (!controller.isRunning) throw new FabricError({ code: 'NO_CONTROLLER' });
    if (status === null) throw new FabricError({ code: 'NO_SERVER_CHANGES', system: options.system });
    return { servers, status };
  }

  #node(name: string): SimNode {
    const { servers, switchNode, controller } = this.#rack;
    const nodes: readonly SimNode[] = [...servers, switchNode, controller];
    const node = nodes.find((one) => one.name === name);
    if (node === undefined)
      throw new FabricError({ code: 'NO_NODE', node: name, nodes: nodes.map((one) => one.name) });
    return node;
  }

  /** Starts a node that is down, as soon as the log of its life before is closed. */
  async #start(node: SimNode): Promise<void> {
    const server = this.#rack.servers.findIndex((one) => one.name === node.name);
    if (server >= 0) await this.#data?.log(server).closed();
    if (this.#isClosed || node.isUp) return;
    try {
      if (node.name === 'controller' && this.#data?.journal.failure) throw this.#data.journal.failure;
      node.restart();
      this.#failures.delete(node.name);
      this.#wake();
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      this.#failures.set(node.name, error.message);
    }
  }

  /** The node can keep nothing any more: it stops rather than promise what it cannot hold. */
  #fail(name: string, error: LogError): void {
    this.#failures.set(name, error.message);
    this.#node(name).crash();
    this.#wake();
  }

  /** What the node holds back may leave. */
  #drain(name: string): void {
    this.#node(name).command(() => undefined);
    this.#wake();
  }
}
