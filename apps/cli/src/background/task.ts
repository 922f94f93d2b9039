/**
 * Work of seconds or minutes in pure code, in a thread of its own: the main thread stays free to draw
 * progress and to end the work at once on Ctrl-C. This is the thread's side; background.ts is the other.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { DetailedError, present } from '@ballast/base';

/** What the thread says. */
export type TaskMessage<Progress, Result> =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'result'; readonly result: Result }
  /** The world said no: what an error of ours or of the operating system has to tell. */
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export interface Refusal {
  /** Class of the error: 'ParameterError'. */
  readonly errorName: string;
  readonly code: string;
  readonly message: string;
  /** Of an error of the operating system. */
  readonly syscall?: string;
  readonly path?: string;
}

type Task = (input: never, onProgress: (progress: unknown) => void) => unknown;

/**
 * Called by the module that a thread is started with.
 *
 * @param task takes what the thread is given; what it reports and returns must be fit to be cloned
 */
export function runTask(task: Task): void {
  answer(threadPort(), task, workerData);
}

/** The same for a thread of a pool, which gets one task after the other. */
export function serveTasks(task: Task): void {
  const port = threadPort();
  port.on('message', (input) => answer(port, task, input));
}

function threadPort(): MessagePort {
  return present(parentPort, 'a task runs in a thread of its own');
}

function answer(port: MessagePort, task: Task, input: unknown): void {
  const send = (message: TaskMessage<unknown, unknown>): void => port.postMessage(message);
  try {
    const result = task(input as never, (progress) => send({ kind: 'progress', progress }));
    send({ kind: 'result', result });
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === null) throw error; // A bug: the main thread gets it as the thread's 'error'.
    send({ kind: 'refused', refusal });
  }
}

/** What fits through to the other thread, which gets no classes; null for a bug. */
function refusalOf(error: unknown): Refusal | null {
  if (error instanceof DetailedError) {
    return { errorName: error.name, code: String(error.code), message: error.message };
  }
  if (!(error instanceof Error) || !('syscall' in error)) return null;
  const { name: errorName, code = '', message, syscall = '', path } = error as NodeJS.ErrnoException;
  return { errorName, code, message, syscall, ...(path === undefined ? {} : { path }) };
}
