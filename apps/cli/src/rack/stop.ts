import type { LiveRack } from '@ballast/fabric';
import { ExitCode } from '../terminal/exit-codes.ts';

const EXIT_CODES = { SIGINT: ExitCode.Interrupted, SIGTERM: ExitCode.Terminated } as const;
type StopSignal = keyof typeof EXIT_CODES;

/** Somebody ended the command before it was done. */
export class Stopped extends Error {
  override name = 'Stopped';
  readonly exitCode: ExitCode;

  constructor(signal: StopSignal) {
    super(`stopped by ${signal}`);
    this.exitCode = EXIT_CODES[signal];
  }
}

/**
 * Runs a rack for so long, or until SIGINT or SIGTERM.
 *
 * Signals are taken only meanwhile: before and after, and the second time, they end the process as they do by
 * default, whatever it is busy with.
 *
 * @throws Stopped
 */
export async function runStoppable(live: LiveRack, seconds?: number): Promise<void> {
  const received: StopSignal[] = [];
  const stop = (signal: StopSignal): void => {
    received.push(signal);
    live.stop();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    await live.run(seconds);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
  const [signal] = received;
  if (signal !== undefined) throw new Stopped(signal);
}
