import type { Core, Frame, Nanos, PortNumber, Sink } from '@ballast/base';
import type { DirectoryCommand, DirectoryCounters, PegasusController } from '@ballast/pegasus';

/** A command on its way to the switch, over the management plane. */
export interface ControlRequest {
  readonly id: number;
  readonly command: DirectoryCommand;
}
export interface ControlReply {
  readonly id: number;
  readonly counters: DirectoryCounters | null;
}

/** A controller whose commands leave on a channel whenever its frames leave. */
export class ControllerCore implements Core {
  readonly controller: PegasusController;
  readonly #send: (request: ControlRequest) => void;

  constructor(controller: PegasusController, send: (request: ControlRequest) => void) {
    this.controller = controller;
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
    this.controller.drain(sink);
    this.controller.drainCommands((id, command) => this.#send({ id, command }));
  }
}
