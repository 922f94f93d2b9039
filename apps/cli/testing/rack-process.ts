/** `ballast rack up` in a process that a test may kill, and clients that write down what they saw. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Nanos, Prng } from '@ballast/base';
import { HistoryRecorder } from '@ballast/checkers';
import { KvClient, KvError, monotonicNs } from '@ballast/fabric';

const MAIN = join(import.meta.dirname, '../src/main.ts');
const POLL_MS = 10;

export class RackProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  #output = '';

  /** @param flags of `rack up`, without the port */
  constructor(flags: readonly string[]) {
    const args = [MAIN, 'rack', 'up', '--port', '0', ...flags];
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Waits until it has printed that, and gives its control address. */
  async until(printed: RegExp): Promise<string> {
    while (!printed.test(this.#output)) {
      assert.equal(
        this.#child.exitCode,
        null,
        `it ended before it printed ${String(printed)}: ${this.#output}`,
      );
      await sleep(POLL_MS);
    }
    return /http:\/\/127\.0\.0\.1:\d+/.exec(this.#output)?.[0] ?? '';
  }

  /** kill -9, or another signal; resolves when it is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.kill(signal);
    await closed;
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

/** Clients of running racks, one after the other, and the history of all of them together. */
export class RecordedClients {
  readonly history = new HistoryRecorder();
  readonly #prng: Prng;
  readonly #keys: readonly string[];
  readonly #originNs: Nanos = monotonicNs();
  #values = 0;
  #process = 0;
  #isStopping = false;
  /** Writes that were acknowledged. */
  acknowledged = 0;

  constructor(keys: readonly string[], seed: number) {
    this.#keys = keys;
    this.#prng = new Prng(seed);
  }

  /** Reads and writes without a pause, so many at a time, until `stop` or until the rack is gone. */
  async run(url: string, concurrency: number): Promise<void> {
    this.#isStopping = false;
    const loops = (client: KvClient): Promise<void>[] =>
      Array.from({ length: concurrency }, () => this.#loop(client, this.#process++));
    await withClient(url, (client) => Promise.all(loops(client)));
  }

  stop(): void {
    this.#isStopping = true;
  }

  /** Reads every key once. */
  async readAll(url: string): Promise<(string | null)[]> {
    const process = this.#process++;
    return withClient(url, (client) => Promise.all(this.#keys.map((key) => this.#get(client, process, key))));
  }

  async #loop(client: KvClient, process: number): Promise<void> {
    while (!this.#isStopping) {
      const key = this.#prng.pick(this.#keys);
      try {
        if (this.#prng.chance(0.5)) await this.#get(client, process, key);
        else await this.#put(client, process, key);
      } catch (error) {
        if (!(error instanceof KvError)) throw error;
        if (error.detail.code !== 'NO_ANSWER' || error.detail.reason === 'rackGone') return;
        // The set of servers has changed, or a server is away: others may answer.
        await sleep(POLL_MS);
      }
    }
  }

  async #get(client: KvClient, process: number, key: string): Promise<string | null> {
    const token = this.history.invoke(process, 'get', key, null, this.#now());
    const bytes = await client.get(key);
    const value = bytes === null ? null : new TextDecoder().decode(bytes);
    this.history.complete(token, this.#now(), 'ok', value);
    return value;
  }

  async #put(client: KvClient, process: number, key: string): Promise<void> {
    const value = String(++this.#values);
    const token = this.history.invoke(process, 'put', key, value, this.#now());
    try {
      await client.put(key, new TextEncoder().encode(value));
      this.history.complete(token, this.#now(), 'ok');
      this.acknowledged++;
    } catch (error) {
      if (error instanceof KvError && error.definite) this.history.complete(token, this.#now(), 'fail');
      throw error;
    }
  }

  #now(): Nanos {
    return monotonicNs() - this.#originNs;
  }
}

async function withClient<T>(url: string, use: (client: KvClient) => Promise<T>): Promise<T> {
  const client = await KvClient.connect(url);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
