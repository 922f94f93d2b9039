/** The user pressed Ctrl-C. */
export class Interruption extends Error {
  override name = 'Interruption';
  override message = 'interrupted';
}

/**
 * Runs work that Ctrl-C ends, by aborting its signal with an Interruption. A second Ctrl-C ends the process.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort(new Interruption());
  process.once('SIGINT', interrupt);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', interrupt);
  }
}
