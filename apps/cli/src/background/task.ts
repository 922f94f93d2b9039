/**
 * Work of seconds or minutes in pure code, in a thread of its own: the main thread stays free to draw progress
 * and to end the work at once on Ctrl-C. This is the thread's side; background.ts is the other.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { DetailedError, present } from '@ballast/base';

/** What the thread says. */
export type TaskMessage<Progress, Result> =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'result'; readonly result: Result }
  /** The world said no: what a DetailedError, or an error of the operating system, has to tell. */
  | { readonly kind: 'refused'; readonly name: string; readonly code: string; readonly message: string };

/** Called at the end of a module that a thread is started with. */
export function runTask<Input, Progress, Result>(
  task: (input: Input, onProgress: (progress: Progress) => void) => Result | Promise<Result>,
): void {
  const port = present(parentPort, 'a task runs in a thread of its own');
  const send = (message: TaskMessage<Progress, Result>): void => port.postMessage(message);
  const onProgress = (progress: Progress): void => send({ kind: 'progress', progress });
  void (async (): Promise<void> => {
    try {
      send({ kind: 'result', result: await task(workerData as Input, onProgress) });
    } catch (error) {
      if (!isRefusal(error)) throw error; // A bug: the main thread gets it as the thread's 'error'.
      send({ kind: 'refused', name: error.name, code: error.code, message: error.message });
    }
  })();
}

function isRefusal(error: unknown): error is Error & { readonly code: string } {
  return error instanceof DetailedError || (error instanceof Error && 'syscall' in error && 'code' in error);
}
