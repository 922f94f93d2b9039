/**
 * Commands to the switch over the management plane, which answers them in order. A switch that has
 * restarted answers none of those from before.
 */
import type { Nanos } from '@ballast/base';
import type { CommandResult, DirectoryCommand } from './controller-config.ts';

type Next = (now: Nanos, result: CommandResult) => void;

/** Answers to an earlier controller are not taken for answers to this one. */
const COMMANDS_PER_START = 2 ** 32;

export class CommandQueue {
  readonly #commands: { readonly id: number; readonly command: DirectoryCommand }[] = [];
  readonly #waiting = new Map<number, Next>();
  #nextId: number;

  /** @param start how many controllers there were before */
  constructor(start: number) {
    this.#nextId = start * COMMANDS_PER_START + 1;
  }

  send(command: DirectoryCommand, next: Next = () => undefined): void {
    const id = this.#nextId++;
    this.#waiting.set(id, next);
    this.#commands.push({ id, command });
  }

  /** Hands over every command since the last call, in order. */
  drain(take: (id: number, command: DirectoryCommand) => void): void {
    for (const { id, command } of this.#commands.splice(0)) take(id, command);
  }

  /** The switch has done a command. */
  done(now: Nanos, id: number, result: CommandResult): void {
    const next = this.#waiting.get(id);
    if (next === undefined) return;
    this.#waiting.delete(id);
    next(now, result);
  }

  /** Nothing that was asked until now will be answered. */
  abandon(): void {
    this.#waiting.clear();
    this.#commands.length = 0;
  }
}
