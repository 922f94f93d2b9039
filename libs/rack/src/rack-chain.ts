/**
 * Two racks in a chain (docs/pegasus-chain.md): clients write to the head, which passes every write on to the
 * tail; the tail answers writes and reads. When one rack is lost the other one has all that was acknowledged.
 */
import { type Nanos, us } from '@ballast/base';
import type { HistoryRecorder } from '@ballast/checkers';
import type { ChainRack, IncarnationCounter } from '@ballast/pegasus';
import { Kernel, type SimNode } from '@ballast/sim';
import { uplinkPort } from './addressing.ts';
import type { LoadClient } from './load-client.ts';
import { RackMeter, type RackReading } from './rack-meter.ts';
import { DEFAULTS, type RackOptions, type RackParts } from './rack-options.ts';
import { Rack } from './rack.ts';

export interface RackChainOptions extends Omit<RackOptions, 'place' | 'parts'> {
  /** One way between the two switches; of a client's cable when absent. */
  readonly uplinkLatencyNs?: Nanos;
  /** What tests replace in one rack or the other. */
  readonly headParts?: Partial<RackParts>;
  readonly tailParts?: Partial<RackParts>;
}

export interface DropOptions {
  /**
   * Default: true. False: the rack is only taken for lost and goes on. A tail that does so shows old values
   * to clients that were not told; a head can do no harm.
   */
  readonly isStopped?: boolean;
  /** When each of those who must know is told: the controller of the rack that is left, and each client. */
  readonly delayNs?: () => Nanos;
}

/** Name of the cable between the two switches. */
export const UPLINK = 'uplink';
/** A controller that is down is told later. */
const TELL_RETRY_NS = us(100);

export class RackChain {
  readonly kernel: Kernel;
  readonly head: Rack;
  readonly tail: Rack;
  /** Those of the head, then those of the tail. */
  readonly servers: Rack['servers'];
  readonly #meter: RackMeter;
  /** The rack that is left, and whose controller is to know it. */
  #left: ChainRack | null = null;
  /** Who has not been told yet. */
  #untold = 0;

  constructor({ uplinkLatencyNs, headParts, tailParts, ...options }: RackChainOptions) {
    const { seed, mtuBytes = DEFAULTS.mtuBytes, isStrict = false, servers, clients } = options;
    this.kernel = options.kernel ?? new Kernel({ seed, mtuBytes, isStrict });
    const incarnations: IncarnationCounter = { last: 0 };
    const common = { ...options, kernel: this.kernel };
    this.head = new Rack({ ...common, place: { kind: 'head', incarnations }, parts: headParts ?? {} });
    const tailPlace = { kind: 'tail', incarnations } as const;
    this.tail = new Rack({ ...common, history: false, place: tailPlace, parts: tailParts ?? {} });
    this.clients.forEach((node, index) => this.tail.connectClient(node, index));
    const { bitsPerSecond, linkLatencyNs, sparePorts } = this.head.options;
    const port = uplinkPort({ servers, clients, sparePorts });
    this.kernel.connect(this.head.switchNode.port(port), this.tail.switchNode.port(port), {
      name: UPLINK,
      latencyNs: uplinkLatencyNs ?? linkLatencyNs,
      bitsPerSecond,
      queueBytesMax: 1 << 20,
    });
    this.servers = [...this.head.servers, ...this.tail.servers];
    this.#meter = new RackMeter({
      kernel: this.kernel,
      clients: this.clients,
      servers: this.servers,
      serverCores: this.head.options.serverCores,
    });
  }

  get clients(): readonly SimNode<LoadClient>[] {
    return this.head.clients;
  }

  /** What both racks are like. */
  get options(): Rack['options'] {
    return this.head.options;
  }

  get history(): HistoryRecorder | null {
    return this.head.history;
  }

  /** Writes that the head's servers have passed on, those that have crashed left out. */
  get forwarded(): number {
    const up = this.head.servers.filter((node) => node.isUp);
    return up.reduce((sum, node) => sum + node.core.server.counters.forwarded, 0);
  }

  /** The racks that are in use. */
  get racks(): readonly Rack[] {
    if (this.#left === null) return [this.head, this.tail];
    return [this.#left === 'head' ? this.head : this.tail];
  }

  /** Whether everybody knows which racks are in use. */
  get isTold(): boolean {
    return this.#untold === 0;
  }

  /** Changes the total rate of an open loop. */
  setRate(ratePerSecond: number): void {
    this.head.setRate(ratePerSecond);
  }

  stopLoad(): void {
    this.head.stopLoad();
  }

  /** See RackMeter. */
  measureFrom(): void {
    this.#meter.measureFrom();
  }
  reading(): RackReading {
    return this.#meter.reading();
  }

  /** The head is lost: the tail takes writes itself, under versions above all of the head's. Once. */
  dropHead(options?: DropOptions): void {
    this.#drop(this.head, 'tail', options);
  }

  /** The tail is lost: the head answers writes and reads itself. Once. */
  dropTail(options?: DropOptions): void {
    this.#drop(this.tail, 'head', options);
  }

  #drop(lost: Rack, left: ChainRack, { isStopped = true, delayNs = () => 0 }: DropOptions = {}): void {
    if (this.#left !== null) return;
    this.#left = left;
    // Before anybody is told: a rack that is silent may only be cut off.
    if (isStopped) {
      for (const node of [lost.switchNode, lost.controller, ...lost.servers]) node.scrap();
    }
    const { controller } = left === 'head' ? this.head : this.tail;
    this.#tell(delayNs(), () => controller.command((core) => core.controller.standAlone?.()));
    for (const client of this.clients) {
      this.#tell(delayNs(), () => client.command((core, now) => core.client.useOnly(now, left)));
    }
  }

  /** Tells somebody after a while, again and again until it is up and hears it. */
  #tell(delayNs: Nanos, tell: () => boolean): void {
    this.#untold++;
    const attempt = (): void => {
      if (tell()) this.#untold--;
      else this.kernel.at(this.kernel.now + TELL_RETRY_NS, attempt);
    };
    this.kernel.at(this.kernel.now + delayNs, attempt);
  }
}
