/** Prints the statements over slots and caches. */
import { present } from '@ballast/base';
import { type Cell, type CellFrom, type CellInto, type Expr, SlotStatus, type Statement } from '../ir.ts';
import { packedWords } from './find-printer.ts';
import type { PartContext } from './part-context.ts';
import type { StoreLayout } from './state-layout.ts';
import { cellAt, type StatePrinter } from './state-printer.ts';
import { argumentsFor, single, type Value } from './value.ts';
import { compare, constant, primary, select, type Word } from './word.ts';

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>;
type SlotStatement = Of<'slotLookup' | 'slotInsert' | 'slotUpdate' | 'slotRemove'>;
type CacheStatement = Of<'cacheGet' | 'cachePut' | 'cacheRemove'>;

export class StorePrinter {
  readonly #part: PartContext;
  readonly #state: StatePrinter;

  constructor(part: PartContext, state: StatePrinter) {
    this.#part = part;
    this.#state = state;
  }

  slot(s: SlotStatement): void {
    const { names, writer } = this.#part;
    const store = present(this.#part.layout.slots.get(s.slots), `slots ${s.slots} are declared`);
    writer.comment(`${s.kind} in ${s.slots}`);
    const key = this.#key(store.declaration.key, s.key);
    const hash = names.claim('hash');
    writer.line(`const ${hash} = ${store.hash}(${wordsOf(key)});`);
    const at = names.claim('at');
    writer.line(`const ${at} = ${store.find}(${hash}, ${wordsOf(key)});`);
    const status = (value: SlotStatus): void => {
      this.#part.assignVariable(s.status, single(constant(value)));
    };
    switch (s.kind) {
      case 'slotLookup': {
        const answer = select(isHit(at), constant(SlotStatus.Done), constant(SlotStatus.Absent));
        this.#part.assignVariable(s.status, single(answer));
        // The status is assigned last, should a cell go to the same variable.
        return this.#loadOnHit(
          store,
          at,
          s.into.filter(({ variable }) => variable !== s.status),
        );
      }
      case 'slotInsert':
        return this.#insert(s, store, { key, hash, at }, status);
      case 'slotUpdate':
        this.#part.nested(`if (${isHit(at).text})`, () => {
          this.#state.updateRecord(store.record, at, s);
          status(SlotStatus.Done);
        });
        return this.#part.nestedElse(false, () => {
          status(SlotStatus.Absent);
        });
      case 'slotRemove':
        return this.#remove(s, store, at, status);
    }
  }

  #insert(
    s: Of<'slotInsert'>,
    store: StoreLayout,
    { key, hash, at }: { key: readonly Value[]; hash: string; at: string },
    status: (value: SlotStatus) => void,
  ): void {
    const { names, writer } = this.#part;
    this.#part.nested(`if (${isHit(at).text})`, () => {
      status(SlotStatus.Exists);
    });
    this.#part.nestedElse(false, () => {
      const free = names.claim('free');
      writer.line(`const ${free} = ${store.free}(${hash});`);
      this.#part.nested(`if (${isHit(free).text})`, () => {
        this.#put(store, free, key, s.record);
        status(SlotStatus.Done);
      });
      this.#part.nestedElse(false, () => {
        status(SlotStatus.Full);
      });
    });
  }

  #remove(s: Of<'slotRemove'>, store: StoreLayout, at: string, status: (value: SlotStatus) => void): void {
    const { expressions, writer } = this.#part;
    const take = (): void => {
      writer.line(`${store.used}[${at}] = 0;`);
      status(SlotStatus.Done);
    };
    this.#part.nested(`if (${isHit(at).text})`, () => {
      if (s.condition === null) return take();
      const { condition } = s;
      const cells = new Map(
        [...store.record.cells.keys()].map((cell) => [cell, cellAt(store.record, cell, at).value]),
      );
      let test = '';
      this.#part.withCells(cells, () => {
        test = expressions.condition(condition).text;
      });
      this.#part.nested(`if (${test})`, take);
      this.#part.nestedElse(false, () => {
        status(SlotStatus.Exists);
      });
    });
    this.#part.nestedElse(false, () => {
      status(SlotStatus.Absent);
    });
  }

  cache(s: CacheStatement): void {
    const { names, writer } = this.#part;
    writer.comment(`${s.kind} in ${s.cache}`);
    if (this.#part.shared.cacheMode === 'alwaysMiss') {
      if (s.kind === 'cacheGet') this.#part.assignVariable(s.hit, single(constant(0)));
      return;
    }
    const store = present(this.#part.layout.caches.get(s.cache), `cache ${s.cache} is declared`);
    const key = this.#key(store.declaration.key, s.key);
    const at = names.claim('at');
    const hash = `${store.hash}(${wordsOf(key)})`;
    if (s.kind === 'cachePut') {
      // Whoever has the key's only place loses it.
      writer.line(`const ${at} = (${hash} >>> 0) % ${store.declaration.size};`);
      return this.#put(store, at, key, s.record);
    }
    writer.line(`const ${at} = ${store.find}(${hash}, ${wordsOf(key)});`);
    if (s.kind === 'cacheRemove') {
      writer.line(`if (${isHit(at).text}) ${store.used}[${at}] = 0;`);
      return;
    }
    this.#part.assignVariable(s.hit, single(select(isHit(at), constant(1), constant(0))));
    this.#loadOnHit(store, at, s.into);
  }

  #loadOnHit(store: StoreLayout, at: string, into: readonly CellInto[]): void {
    if (!into.some(({ variable }) => this.#part.isRead(variable))) return;
    this.#part.nested(`if (${isHit(at).text})`, () => {
      this.#state.load(store.record, at, into);
    });
  }

  #put(store: StoreLayout, at: string, key: readonly Value[], record: readonly CellFrom[]): void {
    const { expressions, writer } = this.#part;
    writer.line(`${store.used}[${at}] = 1;`);
    packedWords(store.packing, key).forEach((word, i) => {
      writer.line(`${store.keys[i]}[${at}] = ${word.text};`);
    });
    for (const { cell, value } of record) {
      const { holder, width } = cellAt(store.record, cell, at);
      this.#state.store(holder, width, expressions.value(value));
    }
  }

  /** The parts of a key, each exact and cheap to write often. */
  #key(cells: readonly Cell[], key: readonly Expr[]): Value[] {
    const { expressions } = this.#part;
    return key.map((part, i) =>
      expressions.atoms(expressions.exact(part), present(cells[i], 'a key has its parts').name),
    );
  }
}

function wordsOf(key: readonly Value[]): string {
  return key.flatMap(argumentsFor).join(', ');
}

function isHit(at: string): Word {
  return compare('>=', primary(at, 0x7fff_ffff, -1), constant(0));
}
