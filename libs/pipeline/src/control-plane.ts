/** The control plane of every target: checks a call against the program, then asks the target's state. */
import {
  type CacheEntry,
  type ControlCode,
  ControlError,
  type ControlPlane,
  type CounterEntry,
  type Entity,
  type MatchValue,
  type ReadRequest,
  type RegisterEntry,
  type SlotEntry,
  type TableEntry,
  type Update,
} from './control.ts';
import type { Cell, MatchKey, Program, TableDeclaration } from './ir.ts';
import type { StateStore, StoredRecord, StoredTableEntry } from './state-store.ts';

/** Largest value of a counter: what numbers hold exactly. */
const COUNTER_BITS = 53;

type Refuse = (code: ControlCode, reason: string) => ControlError;

export class ProgramControl implements ControlPlane {
  readonly #program: Program;
  readonly #store: StateStore;

  constructor(program: Program, store: StateStore) {
    this.#program = program;
    this.#store = store;
  }

  write(updates: readonly Update[]): void {
    for (const [position, update] of updates.entries()) {
      const what = `${update.type} ${nameOf(update.entity)}`;
      const refuse: Refuse = (code, reason) => new ControlError({ code, update: position, what, reason });
      this.#apply(update, refuse);
    }
  }

  read(request: ReadRequest): Entity[] {
    const what = `read ${request.entity} ${request.name}`;
    const refuse: Refuse = (code, reason) => new ControlError({ code, update: 0, what, reason });
    const { name, index } = request;
    const store = this.#store;
    switch (request.entity) {
      case 'table': {
        const table = this.#find(this.#program.tables, name, refuse);
        const entries = store.tableEntries(name).sort((a, b) => compareEntries(a, b));
        return entries.map((entry) => ({ entity: 'table', table: table.name, ...copyOfEntry(entry) }));
      }
      case 'register': {
        const { size } = this.#find(this.#program.registers, name, refuse);
        return indexes(index, size, refuse).map((i) => ({
          entity: 'register',
          register: name,
          index: i,
          record: store.registerRead(name, i),
        }));
      }
      case 'counter': {
        const { size } = this.#find(this.#program.counters, name, refuse);
        return indexes(index, size, refuse).map((i) => ({
          entity: 'counter',
          counter: name,
          index: i,
          ...store.counterRead(name, i),
        }));
      }
      case 'slot':
        this.#find(this.#program.slots, name, refuse);
        return sortedRecords(store.slotEntries(name)).map((entry) => ({
          entity: 'slot',
          slots: name,
          ...entry,
        }));
      case 'cache':
        this.#find(this.#program.caches, name, refuse);
        return sortedRecords(store.cacheEntries(name)).map((entry) => ({
          entity: 'cache',
          cache: name,
          ...entry,
        }));
    }
  }

  #apply({ type, entity }: Update, refuse: Refuse): void {
    switch (entity.entity) {
      case 'table':
        return this.#table(type, entity, refuse);
      case 'register':
        return this.#register(type, entity, refuse);
      case 'counter':
        return this.#counter(type, entity, refuse);
      case 'slot':
        return this.#slot(type, entity, refuse);
      case 'cache':
        return this.#cache(type, entity, refuse);
    }
  }

  #table(type: Update['type'], entity: TableEntry, refuse: Refuse): void {
    const table = this.#find(this.#program.tables, entity.table, refuse);
    const { match, action, parameters, priority = 0 } = entity;
    requireMatch(table, match, priority, refuse);
    if (type === 'delete') {
      if (this.#store.tableDelete(table.name, match, priority) === 'absent') throw absent(refuse);
      return;
    }
    const declared = table.actions.find((a) => a.name === action);
    if (declared === undefined) {
      throw refuse(
        'INVALID_ARGUMENT',
        `no action ${action}; there is ${table.actions.map((a) => a.name).join(', ')}`,
      );
    }
    requireRecord(declared.parameters, parameters, 'parameter', refuse);
    const stored = copyOfEntry({ match, action, parameters, priority });
    const answer =
      type === 'insert'
        ? this.#store.tableInsert(table.name, stored)
        : this.#store.tableModify(table.name, stored);
    requireDone(answer, table.size, refuse);
  }

  #register(type: Update['type'], { register, index, record }: RegisterEntry, refuse: Refuse): void {
    const { cells, size } = this.#find(this.#program.registers, register, refuse);
    requireModify(type, refuse);
    requireIndex(index, size, refuse);
    requireRecord(cells, record, 'cell', refuse);
    this.#store.registerWrite(register, index, record);
  }

  #counter(type: Update['type'], { counter, index, packets, bytes }: CounterEntry, refuse: Refuse): void {
    const { size } = this.#find(this.#program.counters, counter, refuse);
    requireModify(type, refuse);
    requireIndex(index, size, refuse);
    const cells = ['packets', 'bytes'].map((name) => ({ name, width: COUNTER_BITS }));
    requireRecord(cells, [packets, bytes], 'value', refuse);
    this.#store.counterWrite(counter, index, packets, bytes);
  }

  #slot(type: Update['type'], { slots, key, record }: SlotEntry, refuse: Refuse): void {
    const declared = this.#find(this.#program.slots, slots, refuse);
    requireRecord(declared.key, key, 'key', refuse);
    if (type === 'delete') {
      if (this.#store.slotDelete(slots, key) === 'absent') throw absent(refuse);
      return;
    }
    requireRecord(declared.cells, record, 'cell', refuse);
    const store = this.#store;
    const answer =
      type === 'insert' ? store.slotInsert(slots, key, record) : store.slotModify(slots, key, record);
    requireDone(answer, declared.hashes * declared.depth, refuse);
  }

  #cache(type: Update['type'], { cache, key, record }: CacheEntry, refuse: Refuse): void {
    const declared = this.#find(this.#program.caches, cache, refuse);
    requireRecord(declared.key, key, 'key', refuse);
    if (type === 'delete') {
      if (this.#store.cacheDelete(cache, key) === 'absent') throw absent(refuse);
      return;
    }
    requireRecord(declared.cells, record, 'cell', refuse);
    if (type === 'modify' && !this.#store.cacheHas(cache, key)) throw absent(refuse);
    this.#store.cachePut(cache, key, record);
  }

  #find<T extends { readonly name: string }>(declared: readonly T[], name: string, refuse: Refuse): T {
    const found = declared.find((d) => d.name === name);
    if (found !== undefined) return found;
    const names = declared.map((d) => d.name).join(', ') || 'none of that kind';
    throw refuse('INVALID_ARGUMENT', `program ${this.#program.name} has no ${name}; it has ${names}`);
  }
}

function nameOf(entity: Entity): string {
  switch (entity.entity) {
    case 'table':
      return `entry of table ${entity.table}`;
    case 'register':
      return `register ${entity.register}[${entity.index}]`;
    case 'counter':
      return `counter ${entity.counter}[${entity.index}]`;
    case 'slot':
      return `entry of slots ${entity.slots}`;
    case 'cache':
      return `entry of cache ${entity.cache}`;
  }
}

function requireMatch(
  table: TableDeclaration,
  match: readonly MatchValue[],
  priority: number,
  refuse: Refuse,
): void {
  if (match.length !== table.keys.length) {
    throw refuse('INVALID_ARGUMENT', `${match.length} match values; the table has ${table.keys.length} keys`);
  }
  match.forEach((value, i) => requireMatchValue(table.keys[i]!, value, refuse));
  const isTernary = table.keys.some((key) => key.kind === 'ternary');
  if (!Number.isInteger(priority) || priority < 0 || priority > 0x7fff_ffff) {
    throw refuse('INVALID_ARGUMENT', `priority ${priority}; expected an integer from 0 to 2^31 - 1`);
  }
  if (!isTernary && priority !== 0)
    throw refuse('INVALID_ARGUMENT', 'priorities are for tables with ternary keys');
}

function requireMatchValue(key: MatchKey, match: MatchValue, refuse: Refuse): void {
  if (match.kind !== key.kind)
    throw refuse('INVALID_ARGUMENT', `key ${key.name} is ${key.kind}, not ${match.kind}`);
  requireWidth(`key ${key.name}`, match.value, key.width, refuse);
  const canonical = (mask: bigint): void => {
    if ((match.value & ~mask) !== 0n)
      throw refuse('INVALID_ARGUMENT', `key ${key.name} has bits outside of its mask; clear them`);
  };
  if (match.kind === 'ternary') {
    requireWidth(`mask of key ${key.name}`, match.mask, key.width, refuse);
    canonical(match.mask);
  }
  if (match.kind === 'longestPrefix') {
    const { prefixBits } = match;
    if (!Number.isInteger(prefixBits) || prefixBits < 0 || prefixBits > key.width) {
      throw refuse('INVALID_ARGUMENT', `prefix of ${prefixBits} bits; key ${key.name} has ${key.width}`);
    }
    canonical(prefixMask(prefixBits, key.width));
  }
}

/** The mask of a prefix: its leading bits set. */
export function prefixMask(prefixBits: number, width: number): bigint {
  return ((1n << BigInt(prefixBits)) - 1n) << BigInt(width - prefixBits);
}

function requireRecord(
  cells: readonly Cell[],
  record: readonly bigint[],
  what: string,
  refuse: Refuse,
): void {
  if (record.length !== cells.length) {
    throw refuse(
      'INVALID_ARGUMENT',
      `${record.length} values; expected ${cells.map((c) => c.name).join(', ') || 'none'}`,
    );
  }
  cells.forEach(({ name, width }, i) => requireWidth(`${what} ${name}`, record[i]!, width, refuse));
}

function requireWidth(what: string, value: bigint, width: number, refuse: Refuse): void {
  if (value < 0n || value >> BigInt(width) !== 0n)
    throw refuse('INVALID_ARGUMENT', `${what}: ${value} does not fit ${width} bits`);
}

function requireIndex(index: number, size: number, refuse: Refuse): void {
  if (!Number.isInteger(index) || index < 0 || index >= size) {
    throw refuse('INVALID_ARGUMENT', `index ${index}; expected an integer from 0 to ${size - 1}`);
  }
}

function requireModify(type: Update['type'], refuse: Refuse): void {
  if (type !== 'modify')
    throw refuse('INVALID_ARGUMENT', `cannot ${type}; its entries are always there, modify them`);
}

function requireDone(answer: 'done' | 'exists' | 'full' | 'absent', size: number, refuse: Refuse): void {
  switch (answer) {
    case 'done':
      return;
    case 'exists':
      throw refuse('ALREADY_EXISTS', 'the entry is there; modify it, or delete it first');
    case 'full':
      throw refuse(
        'RESOURCE_EXHAUSTED',
        `all ${size} places for it are taken; delete entries, or raise the size in the program`,
      );
    case 'absent':
      throw absent(refuse);
  }
}

function absent(refuse: Refuse): ControlError {
  return refuse('NOT_FOUND', 'there is no such entry; insert it first');
}

function indexes(index: number | undefined, size: number, refuse: Refuse): number[] {
  if (index === undefined) return Array.from({ length: size }, (_, i) => i);
  requireIndex(index, size, refuse);
  return [index];
}

function compareValues(a: readonly bigint[], b: readonly bigint[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
  return 0;
}

/** What a store holds is nobody else's to change, and what was read is the reader's. */
function copyOfEntry({ match, action, parameters, priority }: StoredTableEntry): StoredTableEntry {
  return { match: match.map((value) => ({ ...value })), action, parameters: [...parameters], priority };
}

function sortedRecords(records: StoredRecord[]): StoredRecord[] {
  return records
    .sort((a, b) => compareValues(a.key, b.key))
    .map(({ key, record }) => ({ key: [...key], record: [...record] }));
}

function compareEntries(a: StoredTableEntry, b: StoredTableEntry): number {
  const flat = (match: readonly MatchValue[]): bigint[] =>
    match.flatMap((m) => [
      m.value,
      m.kind === 'ternary' ? m.mask : m.kind === 'longestPrefix' ? BigInt(m.prefixBits) : 0n,
    ]);
  return compareValues(flat(a.match), flat(b.match)) || b.priority - a.priority;
}
