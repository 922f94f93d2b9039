/** Static replication: puts the copies of a fixed hot set in place before a rack starts. */
import type { PegasusServer, StaticSet } from '@ballast/pegasus';
import type { ControlPlane } from '@ballast/pipeline';
import { installReplicated } from './directory-driver.ts';

/** A key, and where it belongs. */
export interface PlacedKey {
  readonly bytes: Uint8Array;
  readonly hashHi: number;
  readonly hashLo: number;
  readonly home: number;
}

/** What every key of the hot set is at first; the incarnation is 0. */
export interface FirstVersion {
  readonly value: Uint8Array;
  readonly counter: number;
}

export function replicateKeys(
  keys: readonly PlacedKey[],
  { value, counter }: FirstVersion,
  rack: {
    readonly set: StaticSet;
    readonly servers: readonly PegasusServer[];
    readonly control: ControlPlane;
  },
): void {
  for (const [entry, key] of keys.entries()) {
    const { hashHi, hashLo, bytes, home } = key;
    const generation = entry + 1;
    const replicas = rack.set.serversOf(home);
    for (const id of replicas) {
      const server = rack.servers[id]!;
      server.preload(hashHi, hashLo, bytes, value, counter);
      server.preloadHot(key, generation, replicas);
    }
    rack.set.add(hashHi, hashLo, home);
    installReplicated(rack.control, { hashHi, hashLo, entry, generation }, { version: counter, replicas });
  }
}
