/** A rack that is up in a moment and costs little, for tests. */
import { us } from '@ballast/base';
import type { OperationSource, RackOptions } from '@ballast/rack';
import { constant } from '@ballast/sim';
import { EmbeddedRack, type EmbeddedRackOptions, type LiveRack, type RackDescription } from '../src/index.ts';

const KEYS = 100;

/** Reads one key after the other. */
function everyKey(): OperationSource {
  let next = 0;
  return {
    next(_prng, out) {
      out.kind = 'get';
      out.key = next++ % KEYS;
      out.valueBytes = 0;
    },
    settle() {
      // Nothing is inserted.
    },
  };
}

export function smallRack(changes: Partial<RackOptions> = {}): RackOptions {
  return {
    seed: 1,
    system: 'pegasus',
    servers: 3,
    clients: 2,
    sparePorts: 2,
    keys: KEYS,
    valueBytes: 16,
    workload: everyKey(),
    load: { kind: 'open', ratePerSecond: 500 },
    service: constant(us(50)),
    ...changes,
  };
}

export const DESCRIPTION: RackDescription = {
  phase: 'test',
  workload: 'every key',
  offeredPerSecond: 500,
  boundPerSecond: null,
};

export interface RunningRack extends AsyncDisposable {
  readonly embedded: EmbeddedRack;
  readonly live: LiveRack;
  readonly url: string;
  /** Of `live.run`. */
  readonly run: Promise<void>;
}

/** A small rack that runs, on a free port, until it is disposed of. */
export async function startRack(
  changes: Partial<RackOptions> = {},
  options: EmbeddedRackOptions = {},
): Promise<RunningRack> {
  const embedded = await EmbeddedRack.open({ port: 0, ...options });
  const live = embedded.install({ rack: smallRack(changes), description: DESCRIPTION });
  const run = live.run();
  return { embedded, live, run, url: embedded.url, [Symbol.asyncDispose]: () => embedded.close() };
}
