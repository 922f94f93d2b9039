/**
 * A file system for write logs in memory that can crash. It keeps apart what is written and what is synced,
 * of files and of names, as a real one does, and makes no more of it durable than it must.
 */
import type { Prng } from '@ballast/base';
import { type LogDisk, LogLocked } from '../src/log-disk.ts';

interface Inode {
  bytes: Uint8Array;
  durableBytes: number;
}

type NameChange = (names: Map<string, Inode>) => void;

/** Turns of the event loop that a sync takes at most. */
const SYNC_TURNS_MAX = 4;

export class MemoryDisk implements LogDisk {
  readonly #prng: Prng;
  readonly #names = new Map<string, Inode>();
  readonly #durableNames = new Map<string, Inode>();
  /** Since the folder was synced, in order. */
  readonly #nameChanges: NameChange[] = [];
  readonly #open = new Map<number, Inode>();
  readonly #locked = new Set<string>();
  #nextFile = 1;
  /** Called before each call takes effect; what it throws is what the call throws. */
  onCall: (call: string, file?: number) => void = () => undefined;
  readonly calls = new Map<string, number>();

  /** @param prng how long syncs take, and how much of a write the system takes at once */
  constructor(prng: Prng) {
    this.#prng = prng;
  }

  /** The disk as a restart finds it. This one goes on as if nothing had happened. */
  afterCrash(kind: 'process' | 'power', prng: Prng): MemoryDisk {
    const crashed = new MemoryDisk(prng);
    const copies = new Map<Inode, Inode>();
    const copy = (inode: Inode): Inode => {
      const known = copies.get(inode);
      if (known !== undefined) return known;
      const made = kind === 'process' ? { ...inode } : halfWritten(inode, prng);
      copies.set(inode, made);
      return made;
    };
    if (kind === 'process') {
      for (const [path, inode] of this.#names) crashed.#names.set(path, copy(inode));
      for (const [path, inode] of this.#durableNames) crashed.#durableNames.set(path, copy(inode));
      crashed.#nameChanges.push((names) => {
        names.clear();
        for (const [path, inode] of this.#names) names.set(path, copy(inode));
      });
      return crashed;
    }
    const names = new Map(this.#durableNames);
    const changes = this.#nameChanges;
    for (const change of changes.slice(0, prng.below(changes.length + 1))) change(names);
    for (const [path, inode] of names) {
      crashed.#names.set(path, copy(inode));
      crashed.#durableNames.set(path, copy(inode));
    }
    return crashed;
  }

  /** The bytes of a file, for looking at and for damaging. */
  contents(path: string): Uint8Array | undefined {
    return this.#names.get(path)?.bytes;
  }

  paths(): string[] {
    return [...this.#names.keys()];
  }

  lock(path: string): () => void {
    if (this.#locked.has(path)) throw new LogLocked(process.pid);
    this.#locked.add(path);
    return () => this.#locked.delete(path);
  }

  open(path: string, isFresh: boolean): number {
    this.#note(`open ${path}`);
    let inode = this.#names.get(path);
    if (inode === undefined) {
      const made = { bytes: new Uint8Array(0), durableBytes: 0 };
      inode = made;
      this.#changeNames((names) => names.set(path, made));
    } else if (isFresh) {
      inode.bytes = new Uint8Array(0);
      inode.durableBytes = 0;
    }
    this.#open.set(this.#nextFile, inode);
    return this.#nextFile++;
  }

  size(file: number): number {
    return this.#inode(file).bytes.length;
  }

  read(file: number, target: Uint8Array, position: number): number {
    const some = this.#inode(file).bytes.subarray(position, position + Math.ceil(target.length / 2));
    target.set(some);
    return some.length;
  }

  write(file: number, bytes: Uint8Array, start: number, end: number, position: number): number {
    this.#note('write', file);
    const inode = this.#inode(file);
    if (position !== inode.bytes.length) throw new Error('a log is written at its end');
    const count = this.#prng.chance(0.5) ? end - start : 1 + this.#prng.below(end - start);
    const longer = new Uint8Array(position + count);
    longer.set(inode.bytes);
    longer.set(bytes.subarray(start, start + count), position);
    inode.bytes = longer;
    return count;
  }

  truncate(file: number, bytes: number): void {
    this.#note('truncate', file);
    const inode = this.#inode(file);
    inode.bytes = inode.bytes.slice(0, bytes);
    inode.durableBytes = Math.min(inode.durableBytes, bytes);
  }

  syncNow(file: number): void {
    this.#note('syncNow', file);
    const inode = this.#inode(file);
    inode.durableBytes = inode.bytes.length;
  }

  async sync(file: number): Promise<void> {
    this.#note('sync', file);
    const inode = this.#inode(file);
    const { length } = inode.bytes;
    await this.#wait();
    this.#inode(file); // Closed meanwhile: a mistake of the log.
    inode.durableBytes = Math.max(inode.durableBytes, length);
    this.#note('synced', file);
  }

  close(file: number): void {
    this.#note('close', file);
    this.#inode(file);
    this.#open.delete(file);
  }

  rename(from: string, to: string): void {
    this.#note('rename');
    this.#changeNames((names) => {
      const inode = names.get(from);
      names.delete(from);
      if (inode !== undefined) names.set(to, inode);
    });
    this.#note('renamed');
  }

  remove(path: string): boolean {
    this.#note('remove');
    if (!this.#names.has(path)) return false;
    this.#changeNames((names) => names.delete(path));
    return true;
  }

  syncFolderNow(): void {
    this.#note('syncFolderNow');
    this.#keepNames(this.#nameChanges.length);
  }

  async syncFolder(): Promise<void> {
    this.#note('syncFolder');
    const { length } = this.#nameChanges;
    await this.#wait();
    this.#keepNames(length);
    this.#note('syncedFolder');
  }

  #changeNames(change: NameChange): void {
    change(this.#names);
    this.#nameChanges.push(change);
  }

  #keepNames(count: number): void {
    for (const change of this.#nameChanges.splice(0, count)) change(this.#durableNames);
  }

  #inode(file: number): Inode {
    const inode = this.#open.get(file);
    if (inode === undefined) throw new Error(`file ${file} is not open`);
    return inode;
  }

  #note(call: string, file?: number): void {
    this.calls.set(call, (this.calls.get(call) ?? 0) + 1);
    this.onCall(call, file);
  }

  async #wait(): Promise<void> {
    for (let turns = this.#prng.below(SYNC_TURNS_MAX + 1); turns > 0; turns--) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function halfWritten({ bytes, durableBytes }: Inode, prng: Prng): Inode {
  const kept = durableBytes + prng.below(bytes.length - durableBytes + 1);
  return { bytes: bytes.slice(0, kept), durableBytes: kept };
}
