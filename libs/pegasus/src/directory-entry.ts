import type { EntryName, Version } from './controller-config.ts';
import type { Exchange } from './exchange.ts';

/** Stages of a key in the directory, in order. */
export type Stage =
  | 'holding'
  | 'opening'
  | 'installing'
  | 'hot'
  | 'closing'
  | 'fencing'
  | 'merging'
  | 'removing'
  | 'forgetting';

/** A key in the directory, or on its way in or out. */
export class DirectoryEntry implements EntryName {
  /** Its number in the switch. */
  readonly entry: number;
  readonly hashHi: number;
  readonly hashLo: number;
  readonly generation: number;
  readonly home: number;
  stage: Stage = 'holding';
  /** Of the present stage, while servers are to acknowledge something. */
  exchange: Exchange | null = null;
  /** Servers that came back while the key was hot, and are told of its generation. */
  catchUp: Exchange | null = null;
  key: Uint8Array = new Uint8Array(0);
  /** What home had when it began to hold writes. */
  heldVersion: Version = { incarnation: 0, counter: 0 };
  /** Servers that may hold the newest version and nobody else does; bit i is server i. */
  holders = 0;
  /** Requests per epoch, decayed. */
  reads = 0;
  writes = 0;
  readsBefore = 0;
  writesBefore = 0;
  copies = 0;
  /** Epochs since it became hot: its counts mean something from the second on. -1: nothing to count from. */
  age = 0;

  constructor(name: EntryName & { readonly home: number }) {
    this.entry = name.entry;
    this.hashHi = name.hashHi;
    this.hashLo = name.hashLo;
    this.generation = name.generation;
    this.home = name.home;
  }

  /** Takes in the counters of an epoch that has ended: totals since the switch started. */
  count(reads: number, writes: number, decay: number): void {
    // A switch that has restarted counts from 0 again.
    const readsNow = reads - (reads < this.readsBefore ? 0 : this.readsBefore);
    const writesNow = writes - (writes < this.writesBefore ? 0 : this.writesBefore);
    const keep = this.age === 0 ? 0 : decay;
    if (this.age++ >= 0) {
      this.reads = this.reads * keep + readsNow * (1 - keep);
      this.writes = this.writes * keep + writesNow * (1 - keep);
    }
    this.readsBefore = reads;
    this.writesBefore = writes;
  }

  /** Is nothing new anywhere but at home? In other stages a server that comes back may have it. */
  get isAllAtHome(): boolean {
    return this.stage === 'holding' || this.stage === 'removing' || this.stage === 'forgetting';
  }

  /** As commands name it. */
  get name(): EntryName {
    const { entry, hashHi, hashLo, generation } = this;
    return { entry, hashHi, hashLo, generation };
  }
}

/** What the switch has in its entries; see CommandResult. */
export interface EntryStates {
  readonly generations: readonly number[];
  readonly replicas: readonly number[];
}

/** The servers that hold the newest version of a key; null when the switch had another key in its place. */
export function holdersOf(entries: EntryStates, { entry, generation }: DirectoryEntry): number | null {
  return entries.generations[entry] === generation ? (entries.replicas[entry] ?? 0) : null;
}
