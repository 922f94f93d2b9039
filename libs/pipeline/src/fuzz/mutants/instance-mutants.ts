/** Bugs around a loaded program: copies, the egress part, and how the control plane's entries are ranked. */
import type { ControlPlane, Entity, TableEntry, Update } from '../../control.ts';
import type { Program } from '../../ir.ts';
import { visitBlock } from '../../lower/walk.ts';
import type { Instance } from '../../target.ts';
import { instanceMutant, type Mutant, WrappedInstance } from './mutant.ts';

/** Turns priorities around; far above those that tests use. */
const PRIORITY_MAX = 0x7fff_0000;

function hasEgress(program: Program): boolean {
  return program.egress !== null;
}

function multicasts(program: Program): boolean {
  let found = false;
  visitBlock(program.ingress, { statement: (s) => (found ||= s.kind === 'multicast') });
  return found;
}

class SharedCopies extends WrappedInstance {
  #last: Uint8Array | null = null;

  override process(...args: Parameters<Instance['process']>): ReturnType<Instance['process']> {
    this.#last = null;
    return super.process(...args);
  }

  override processEgress(...args: Parameters<Instance['processEgress']>): boolean {
    const [frame] = args;
    if (this.#last !== null) frame.fill(this.#last);
    const leaves = super.processEgress(...args);
    this.#last = frame.contents().slice();
    return leaves;
  }
}

class EgressSkipped extends WrappedInstance {
  override processEgress(): boolean {
    return true;
  }
}

/** The first copy is seen to, the others leave as they are. */
class EgressOnce extends WrappedInstance {
  #copies = 0;

  override process(...args: Parameters<Instance['process']>): ReturnType<Instance['process']> {
    this.#copies = 0;
    return super.process(...args);
  }

  override processEgress(...args: Parameters<Instance['processEgress']>): boolean {
    return this.#copies++ > 0 || super.processEgress(...args);
  }
}

class ReplicaLost extends WrappedInstance {
  override processEgress(...[frame, port, , now]: Parameters<Instance['processEgress']>): boolean {
    return super.processEgress(frame, port, 0, now);
  }
}

/** Bytes before the packet are taken for its own when it ends inside the headers. */
class StaleBytes extends WrappedInstance {
  readonly #headerBytes: number;

  constructor(inner: Instance, headerBytes: number) {
    super(inner);
    this.#headerBytes = headerBytes;
  }

  override process(...args: Parameters<Instance['process']>): ReturnType<Instance['process']> {
    const [frame] = args;
    const missing = Math.max(0, this.#headerBytes - frame.length);
    const isCut = frame.length >= 14 && missing > 0;
    if (isCut) frame.length += missing;
    const outcome = super.process(...args);
    if (isCut) frame.length -= missing;
    return outcome;
  }
}

class PriorityReversed extends WrappedInstance {
  override get control(): ControlPlane {
    const control = this.inner.control;
    return {
      write: (updates) =>
        control.write(updates.map((u): Update => ({ ...u, entity: withPriorityReversed(u.entity) }))),
      read: (request) => control.read(request).map(withPriorityReversed),
    };
  }
}

function withPriorityReversed(entity: Entity): Entity {
  if (entity.entity !== 'table' || entity.priority === undefined || entity.priority === 0) return entity;
  const reversed: TableEntry = { ...entity, priority: PRIORITY_MAX - entity.priority };
  return reversed;
}

const hasCopies = (program: Program): boolean => hasEgress(program) && multicasts(program);

export const INSTANCE_MUTANTS: readonly Mutant[] = [
  instanceMutant(
    'copies-share-buffer',
    'the copies of a multicast share a buffer',
    hasCopies,
    (i) => new SharedCopies(i),
  ),
  instanceMutant('egress-skipped', 'the egress part does not run', hasEgress, (i) => new EgressSkipped(i)),
  instanceMutant(
    'egress-once',
    'the egress part runs for the first copy only',
    hasCopies,
    (i) => new EgressOnce(i),
  ),
  instanceMutant('replica-lost', 'every copy has replica id 0', hasCopies, (i) => new ReplicaLost(i)),
  instanceMutant(
    'stale-bytes',
    'a packet that ends inside its headers is read beyond its end',
    ({ parser }) => parser.states.length > 1,
    (instance, { parser: { states, types } }) => {
      const headerBytes = states.slice(0, 2).reduce((sum, s) => sum + types[s.header]!.bytes, 0);
      return new StaleBytes(instance, headerBytes);
    },
  ),
  instanceMutant(
    'priority-reversed',
    'the lowest priority of a ternary table wins',
    ({ tables }) => tables.some((t) => t.keys.some((k) => k.kind === 'ternary')),
    (i) => new PriorityReversed(i),
  ),
];
