/** Declares the stores that are found by key, slots and caches, and gives their operations. */
import type { Bits } from '../expression.ts';
import { type CacheDeclaration, SLOT_STATUS_BITS, type SlotsDeclaration } from '../ir.ts';
import { type Recorder, variableName } from './recorder.ts';
import type { CacheRef, SlotsRef, Specs, ValuesOf } from './references.ts';

/** The store has `hashes` x `depth` x `buckets` cells; a key may be in `hashes` x `depth` of them. */
export interface SlotsSpec<K extends Specs, S extends Specs> {
  readonly key: K;
  readonly record: S;
  readonly buckets: number;
  readonly hashes?: number;
  readonly depth?: number;
}

export interface CacheSpec<K extends Specs, S extends Specs> {
  readonly key: K;
  readonly record: S;
  readonly size: number;
}

export function declareSlots<const K extends Specs, const S extends Specs>(
  recorder: Recorder,
  name: string,
  spec: SlotsSpec<K, S>,
): { declared: SlotsDeclaration; ref: SlotsRef<K, S> } {
  const construct = `slots ${name}`;
  recorder.declare(name, 'slots');
  const key = recorder.cells(construct, spec.key);
  const { hashes = 2, depth = 4, buckets, record: specs } = spec;
  const declared = { name, key, cells: recorder.cells(construct, specs), hashes, depth, buckets };
  const status = (): Bits => recorder.result(`${name}_status`, SLOT_STATUS_BITS);
  const ref: SlotsRef<K, S> = {
    name,
    lookup: (values) => {
      const { refs, into } = recorder.intoVariables(name, specs);
      const result = status();
      const keyNodes = recorder.keyNodes(construct, key, values);
      recorder.emit({ kind: 'slotLookup', slots: name, key: keyNodes, into, status: variableName(result) });
      return { status: result, record: refs as ValuesOf<S> };
    },
    insert: (values, record) => {
      const result = status();
      const from = recorder.recordFrom(construct, specs, record);
      const keyNodes = recorder.keyNodes(construct, key, values);
      const answer = variableName(result);
      recorder.emit({ kind: 'slotInsert', slots: name, key: keyNodes, record: from, status: answer });
      return result;
    },
    update: (values, body) => {
      const result = status();
      const statements = recorder.updateBody(name, specs, body);
      const keyNodes = recorder.keyNodes(construct, key, values);
      const answer = variableName(result);
      recorder.emit({ kind: 'slotUpdate', slots: name, key: keyNodes, body: statements, status: answer });
      return result;
    },
    remove: (values, condition) => {
      const result = status();
      const test = condition?.(recorder.cellRefs(name, specs)).node ?? null;
      const keyNodes = recorder.keyNodes(construct, key, values);
      const answer = variableName(result);
      recorder.emit({ kind: 'slotRemove', slots: name, key: keyNodes, condition: test, status: answer });
      return result;
    },
  };
  return { declared, ref };
}

export function declareCache<const K extends Specs, const S extends Specs>(
  recorder: Recorder,
  name: string,
  spec: CacheSpec<K, S>,
): { declared: CacheDeclaration; ref: CacheRef<K, S> } {
  const construct = `cache ${name}`;
  recorder.declare(name, 'cache');
  const key = recorder.cells(construct, spec.key);
  const { record: specs, size } = spec;
  const declared = { name, key, cells: recorder.cells(construct, specs), size };
  const ref: CacheRef<K, S> = {
    name,
    get: (values) => {
      const { refs, into } = recorder.intoVariables(name, specs);
      const hit = recorder.result(`${name}_hit`, 1);
      const keyNodes = recorder.keyNodes(construct, key, values);
      recorder.emit({ kind: 'cacheGet', cache: name, key: keyNodes, into, hit: variableName(hit) });
      return { hit: hit.eq(1), record: refs as ValuesOf<S> };
    },
    put: (values, record) => {
      const from = recorder.recordFrom(construct, specs, record);
      const keyNodes = recorder.keyNodes(construct, key, values);
      recorder.emit({ kind: 'cachePut', cache: name, key: keyNodes, record: from });
    },
    remove: (values) => {
      recorder.emit({ kind: 'cacheRemove', cache: name, key: recorder.keyNodes(construct, key, values) });
    },
  };
  return { declared, ref };
}
