import type { Core, Frame, Nanos, PortNumber, Sink } from '@ballast/base';
import type {
  CacheCommand,
  CommandResult,
  ControllerCounters,
  ControllerStatus,
  DirectoryCommand,
  HotKeyReport,
} from '@ballast/pegasus';
import type { ControllerJournal } from './rack-storage.ts';

/** What the controllers of all systems tell their switches. */
export type SwitchCommand = DirectoryCommand | CacheCommand;

/** What a rack wants of the controller of any system. */
export interface RackController extends Core {
  readonly counters: ControllerCounters;
  /** Is nothing under way? */
  readonly isSettled: boolean;
  /** Number of the live set, which requests carry. */
  readonly epoch: number;
  /** The keys with an entry in the switch, hottest first. */
  report(): HotKeyReport[];
  /** Members and moves. Absent: this system has neither. */
  status?(): ControllerStatus;
  /** Hands over every command since the last call, in order. */
  drainCommands(take: (id: number, command: SwitchCommand) => void): void;
  /** The switch has done a command. */
  commandDone(now: Nanos, id: number, result: CommandResult): void;
  /** Servers get equal shares of the ring. Absent: this system's ring stays as it is. */
  rebalance?(): void;
  /** A server gives up its part of the ring and leaves. */
  leave?(server: number): void;
  /** The other rack of the chain is no more. Absent: racks of this system are in no chain. */
  standAlone?(): void;
  /** The switch has started again, with nothing in it. Absent: this system does not recover from that. */
  switchStarted?(): void;
}

/** A command on its way to the switch, over the management plane. */
export interface ControlRequest {
  readonly id: number;
  readonly command: SwitchCommand;
}
export type ControlReply =
  | { readonly kind: 'done'; readonly id: number; readonly result: CommandResult }
  | { readonly kind: 'started' };

/** A controller whose frames and commands, on a channel, leave as soon as its journal is durable. */
export class ControllerCore implements Core {
  readonly controller: RackController;
  readonly #journal: Pick<ControllerJournal, 'isDurable'>;
  readonly #send: (request: ControlRequest) => void;

  constructor(
    controller: RackController,
    journal: Pick<ControllerJournal, 'isDurable'>,
    send: (request: ControlRequest) => void,
  ) {
    this.controller = controller;
    this.#journal = journal;
    this.#send = send;
  }

  get deadlineNs(): Nanos {
    return this.controller.deadlineNs;
  }

  handle(now: Nanos, port: PortNumber, frame: Frame): void {
    this.controller.handle(now, port, frame);
  }

  timeout(now: Nanos): void {
    this.controller.timeout(now);
  }

  drain(sink: Sink): void {
    if (!this.#journal.isDurable) return;
    this.controller.drain(sink);
    this.controller.drainCommands((id, command) => this.#send({ id, command }));
  }
}

/** Adds up what several controllers counted. */
export function sumCounters(all: readonly ControllerCounters[]): ControllerCounters {
  const sum = { ...all[0]! };
  for (const name of Object.keys(sum) as (keyof ControllerCounters)[])
    sum[name] = all.reduce((total, counters) => total + counters[name], 0);
  return sum;
}
