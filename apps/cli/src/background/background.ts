import { Worker } from 'node:worker_threads';
import type { Refusal, TaskMessage } from './task.ts';

/** The work was refused in its thread: bad input, a file that cannot be written. */
export class TaskRefused extends Error {
  override name = 'TaskRefused';
  /** Class of the error in the thread: 'ParameterError'. */
  readonly errorName: string;

  constructor({ message, ...rest }: Refusal) {
    super(message);
    this.errorName = rest.errorName;
    // Present only where the thread's error has them: that tells errors of the operating system.
    Object.assign(this, rest);
  }
}

export interface BackgroundOptions<Progress> {
  /** A module that ends in `runTask`. */
  readonly script: URL;
  /** Cloned into the thread. */
  readonly input: unknown;
  readonly onProgress: (progress: Progress) => void;
  /** Ends the thread wherever it is; the promise is then rejected with the signal's reason. */
  readonly signal: AbortSignal;
}

/**
 * Runs a task in a thread of its own.
 *
 * @throws TaskRefused, the reason of the signal, or what the thread threw
 */
export function runInBackground<Progress, Result>(options: BackgroundOptions<Progress>): Promise<Result> {
  const { script, input, onProgress, signal } = options;
  return new Promise<Result>((resolve, reject) => {
    signal.throwIfAborted();
    const worker = new Worker(script, { workerData: input });
    const stop = (): void => {
      reject(signal.reason as Error);
      void worker.terminate();
    };
    signal.addEventListener('abort', stop);
    worker.on('message', (message: TaskMessage<Progress, Result>) => {
      switch (message.kind) {
        case 'progress':
          return onProgress(message.progress);
        case 'result':
          return resolve(message.result);
        case 'refused':
          return reject(new TaskRefused(message.refusal));
      }
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      signal.removeEventListener('abort', stop);
      reject(new Error(`the thread of ${script.pathname} ended without a result, with code ${code}`));
    });
  });
}
