/** A rack that is up in a moment and costs little, for tests. */
import { us } from '@ballast/base';
import type { OperationSource, RackOptions } from '@ballast/rack';
import { constant } from '@ballast/sim';
import {
  type DataFolder,
  EmbeddedRack,
  type EmbeddedRackOptions,
  type LiveRack,
  type RackDescription,
} from '../src/index.ts';

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

/** A small rack that runs, on a free port, until it is disposed of; with its folder, if it has one. */
export async function startRack(
  changes: Partial<RackOptions> = {},
  options: EmbeddedRackOptions = {},
  data?: DataFolder,
): Promise<RunningRack> {
  const embedded = await EmbeddedRack.open({ port: 0, ...options });
  const dispose = async (): Promise<void> => {
    await embedded.close();
    await data?.close();
  };
  const kept = data === undefined ? {} : { data };
  try {
    const live = embedded.install({ rack: smallRack(changes), description: DESCRIPTION, ...kept });
    return { embedded, live, run: live.run(), url: embedded.url, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
