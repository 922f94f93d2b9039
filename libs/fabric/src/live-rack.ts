/** One rack on the wall clock, with hosts from outside on its spare ports and captures of its links. */
import { ms, type Nanos, NEVER, seconds } from '@ballast/base';
import { pingNsFor, Rack, type RackOptions } from '@ballast/rack';
import type { DataFolder } from './data-folder.ts';
import { FabricError } from './fabric-error.ts';
import { figuresOf, type RackDescription, type RackFigures } from './figures.ts';
import { HostPorts } from './host-ports.ts';
import { LinkCapture } from './link-capture.ts';
import { PacedKernel } from './paced-kernel.ts';
import { RackOperator } from './rack-operator.ts';
import { type RackStatus, statusOf } from './rack-status.ts';

export interface LiveRackOptions {
  readonly rack: RackOptions;
  readonly description: RackDescription;
  /** Where the rack's nodes keep what they know; absent: nowhere. Closed by its owner. */
  readonly data?: DataFolder;
  /** Called after each second of the rack's time. */
  readonly onFigures?: (figures: RackFigures) => void;
}

/** What the embedded rack adds: see HostPortsOptions. */
export interface LiveRackContext {
  readonly bindAddress: string;
  readonly leaseSeconds: number;
  readonly nextClientId: () => number;
}

const WINDOW_NS: Nanos = seconds(1);

/** Disks keep the controller and the servers waiting: that must look like neither loss nor death. */
const JOIN_RETRY_NS: Nanos = ms(100);
const PING_NS_MIN: Nanos = ms(250);

function withData(options: RackOptions, storage: DataFolder): RackOptions {
  const pingNs = Math.max(PING_NS_MIN, pingNsFor(options.service));
  return { joinRetryNs: JOIN_RETRY_NS, pingNs, ...options, storage };
}

export class LiveRack {
  readonly rack: Rack;
  readonly description: RackDescription;
  readonly hosts: HostPorts;
  readonly #paced: PacedKernel;
  readonly #onFigures: (figures: RackFigures) => void;
  readonly #captures = new Set<LinkCapture>();
  readonly data: DataFolder | null;
  readonly operator: RackOperator;
  #figures: RackFigures;

  constructor(options: LiveRackOptions, context: LiveRackContext) {
    this.description = options.description;
    const { data } = options;
    this.data = data ?? null;
    this.rack = new Rack(data === undefined ? options.rack : withData(options.rack, data));
    this.#onFigures = options.onFigures ?? ((): void => undefined);
    this.#paced = new PacedKernel(this.rack.kernel);
    this.hosts = new HostPorts(this.rack, { ...context, onFrame: () => this.#paced.wake() });
    this.operator = new RackOperator(this.rack, this.data, () => this.#paced.wake());
    this.#figures = this.#takeFigures();
    this.#scheduleWindow();
  }

  /** Of the last whole second; until the first one is over, of no time. */
  get figures(): RackFigures {
    return this.#figures;
  }

  /** As it is now. */
  get status(): RackStatus {
    return statusOf(this.rack, this.data, this.operator);
  }

  get linkNames(): readonly string[] {
    return this.rack.links;
  }

  /**
   * Runs on the wall clock for so many seconds of the rack's time, or until `stop`. Rejected on a bug or bad
   * input.
   */
  run(durationSeconds?: number): Promise<void> {
    return this.#paced.run(
      durationSeconds === undefined ? NEVER : this.rack.kernel.now + seconds(durationSeconds),
    );
  }

  /** Time stands still; `run` returns. The rack can still be read, and run on. */
  stop(): void {
    this.#paced.stop();
  }

  /** Stops for good: hosts are unplugged, captures end. */
  close(): void {
    this.stop();
    this.operator.close();
    this.hosts.close();
    for (const capture of this.#captures) capture.finish();
  }

  /** What passes a link from now on. FabricError NO_LINK. */
  capture(link: string, limits: { readonly packets?: number; readonly seconds?: number }): LinkCapture {
    const { kernel, links } = this.rack;
    if (!links.includes(link)) throw new FabricError({ code: 'NO_LINK', link, links });
    const capture = new LinkCapture(this.rack.link(link), { ...limits, nowNs: kernel.now });
    this.#captures.add(capture);
    capture.once('close', () => this.#captures.delete(capture));
    return capture;
  }

  #scheduleWindow(): void {
    this.rack.kernel.at(this.rack.kernel.now + WINDOW_NS, () => {
      this.#figures = this.#takeFigures();
      this.#scheduleWindow();
      this.#onFigures(this.#figures);
    });
  }

  #takeFigures(): RackFigures {
    const outside = { hosts: this.hosts.attached, lagMs: this.#paced.takeLagNs() / 1e6 };
    return figuresOf(this.rack, this.description, this.rack.takeWindow(), outside);
  }
}
