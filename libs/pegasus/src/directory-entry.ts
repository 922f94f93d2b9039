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
export class DirectoryEntry {
  readonly number: number;
  readonly hashHi: number;
  readonly hashLo: number;
  readonly generation: number;
  readonly home: number;
  stage: Stage = 'holding';
  exchange: Exchange | null = null;
  key: Uint8Array = new Uint8Array(0);
  /** Requests per epoch, decayed. */
  reads = 0;
  writes = 0;
  readsBefore = 0;
  writesBefore = 0;
  copies = 0;
  /** Epochs since it became hot: its counts mean something from the second on. */
  age = 0;

  constructor(number: number, hashHi: number, hashLo: number, generation: number, home: number) {
    this.number = number;
    this.hashHi = hashHi;
    this.hashLo = hashLo;
    this.generation = generation;
    this.home = home;
  }
}
