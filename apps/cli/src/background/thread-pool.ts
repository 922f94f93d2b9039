/** Several threads that share a list of tasks: each takes the next one when it is done with its last. */
import { Worker } from 'node:worker_threads';
import { TaskRefused } from './background.ts';
import type { TaskMessage } from './task.ts';

export interface ThreadPoolOptions {
  /** A module that ends in `serveTasks`. */
  readonly script: URL;
  readonly threads: number;
  /** Ends all threads wherever they are; what runs is then rejected with the signal's reason. */
  readonly signal: AbortSignal;
}

interface Batch {
  readonly inputs: readonly unknown[];
  /** Index of the next task that nobody has taken. */
  next: number;
  left: number;
  readonly onProgress: (index: number, share: number) => void;
  readonly onResult: (index: number, result: unknown) => void;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Threads stay for all batches: what they have loaded and compiled serves the next one too. */
export class ThreadPool {
  readonly #workers: readonly Worker[];
  readonly #signal: AbortSignal;
  readonly #taken = new Map<Worker, number>();
  #batch: Batch | null = null;

  constructor({ script, threads, signal }: ThreadPoolOptions) {
    signal.throwIfAborted();
    this.#signal = signal;
    signal.addEventListener('abort', this.#stop);
    this.#workers = Array.from({ length: threads }, () => this.#start(script));
  }

  /**
   * Runs tasks, each on the thread that is free first; results come in the order of the inputs.
   *
   * @param onProgress gets the index of a task, and the share of it that is done
   * @throws TaskRefused, the reason of the signal, or what a thread threw; the pool is of no use then
   */
  async run<Result>(
    inputs: readonly unknown[],
    onProgress: (index: number, share: number) => void,
  ): Promise<Result[]> {
    this.#signal.throwIfAborted();
    const results = new Array<Result>(inputs.length);
    if (inputs.length === 0) return results;
    await new Promise<void>((resolve, reject) => {
      this.#batch = {
        inputs,
        next: 0,
        left: inputs.length,
        onProgress,
        onResult: (index, result) => (results[index] = result as Result),
        resolve,
        reject,
      };
      for (const worker of this.#workers) this.#giveNext(worker);
    });
    return results;
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#stop);
    this.#batch = null;
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  readonly #stop = (): void => {
    this.#batch?.reject(this.#signal.reason);
  };

  #start(script: URL): Worker {
    const worker = new Worker(script);
    worker.on('message', (message: TaskMessage<number, unknown>) => this.#take(worker, message));
    worker.on('error', (error) => this.#batch?.reject(error));
    worker.on('exit', (code) =>
      this.#batch?.reject(new Error(`a thread of ${script.pathname} ended with code ${code}`)),
    );
    return worker;
  }

  #take(worker: Worker, message: TaskMessage<number, unknown>): void {
    const batch = this.#batch;
    const index = this.#taken.get(worker);
    if (batch === null || index === undefined) return;
    switch (message.kind) {
      case 'progress':
        return batch.onProgress(index, message.progress);
      case 'refused':
        return batch.reject(new TaskRefused(message.refusal));
      case 'result':
        this.#taken.delete(worker);
        batch.onResult(index, message.result);
        if (--batch.left === 0) return batch.resolve();
        this.#giveNext(worker);
    }
  }

  #giveNext(worker: Worker): void {
    const batch = this.#batch;
    if (batch === null || batch.next === batch.inputs.length) return;
    const index = batch.next++;
    this.#taken.set(worker, index);
    worker.postMessage(batch.inputs[index]);
  }
}
