/**
 * Coverage without touching a target: a copy of a program whose nodes notice being looked at.
 *
 * The interpreter walks the tree, and to act on a node it must ask for the node's kind. In the copy that is
 * an accessor, which notes the node for the packet at hand. So the oracle runs the copy, unaware, and every
 * other target the program itself; nothing is slowed but the oracle, which is the slow one anyway. A node
 * counts once a packet, however often it is asked and however often the packet recirculates.
 */
import type { Program, Statement } from '../ir.ts';
import {
  conditionLabels,
  expressionLabels,
  type Label,
  statementLabels,
  TABLE_HIT,
  TABLE_MISS,
  updateLabels,
} from './labels.ts';
import { mapProgram } from './tree-map.ts';

class Watch {
  /** Counts from 1; 0 while nothing is noted. */
  packet = 0;
  effects = 0;
  freshNodes = 0;
}

/** Counts the packets that reached something. */
class Tally {
  readonly labels: readonly Label[];
  packets = 0;
  readonly #watch: Watch;
  /** A statement that does more than choose a way or drop. */
  readonly #isEffect: boolean;
  #lastPacket = 0;

  constructor(watch: Watch, labels: readonly Label[], isEffect: boolean) {
    this.#watch = watch;
    this.labels = labels;
    this.#isEffect = isEffect;
  }

  note(): void {
    const watch = this.#watch;
    if (watch.packet === 0 || this.#lastPacket === watch.packet) return;
    this.#lastPacket = watch.packet;
    if (this.packets === 0) watch.freshNodes++;
    this.packets++;
    if (this.#isEffect) watch.effects++;
  }
}

/** A node whose kind is an accessor. Its other properties are copied. */
class ObservedNode {
  readonly #tally: Tally;
  readonly #kind: string;

  constructor(tally: Tally, { kind, ...rest }: { readonly kind: string }) {
    this.#tally = tally;
    this.#kind = kind;
    Object.assign(this, rest);
  }

  get kind(): string {
    this.#tally.note();
    return this.#kind;
  }
}

function observedNode<T extends { readonly kind: string }>(tally: Tally, node: T): T {
  return new ObservedNode(tally, node) as unknown as T;
}

/** What one packet reached. */
export interface PacketActivity {
  /** Nodes that no packet of this program had reached before. */
  readonly freshNodes: number;
  /** Statements that do more than choose a way or drop. */
  readonly effects: number;
}

/** A program under observation. */
export class ObservedProgram {
  /** What the oracle runs. */
  readonly program: Program;
  readonly #watch = new Watch();
  readonly #tallies: Tally[] = [];
  readonly #statements: { readonly statement: Statement; readonly tally: Tally }[] = [];
  #packets = 0;

  constructor(program: Program) {
    this.program = mapProgram(program, {
      expr: (e) => this.#observed(e, expressionLabels(e)),
      bool: (b) => this.#observed(b, conditionLabels(b)),
      statement: (s) => [this.#statement(program, s)],
      update: (s) => [this.#observed(s, updateLabels(s))],
    });
  }

  /** From here to `end`, nodes are noted: what a target does when it loads a program does not count. */
  begin(): void {
    this.#watch.packet = ++this.#packets;
    this.#watch.freshNodes = 0;
    this.#watch.effects = 0;
  }

  end(): PacketActivity {
    this.#watch.packet = 0;
    const { freshNodes, effects } = this.#watch;
    return { freshNodes, effects };
  }

  /** How many packets reached each construct, summed over its nodes. */
  counts(): Map<Label, number> {
    const counts = new Map<Label, number>();
    for (const { labels, packets } of this.#tallies) {
      for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + packets);
    }
    return counts;
  }

  /** Every statement of the program, in an order of its own, and whether a packet reached it. */
  statements(): { readonly statement: Statement; readonly isReached: boolean }[] {
    return this.#statements.map(({ statement, tally }) => ({ statement, isReached: tally.packets > 0 }));
  }

  #tally(labels: readonly Label[], isEffect = false): Tally {
    const tally = new Tally(this.#watch, labels, isEffect);
    this.#tallies.push(tally);
    return tally;
  }

  #observed<T extends { readonly kind: string }>(node: T, labels: readonly Label[]): T {
    return observedNode(this.#tally(labels), node);
  }

  #statement(program: Program, s: Statement): Statement {
    const tally = this.#tally(statementLabels(program, s), s.kind !== 'if' && s.kind !== 'drop');
    this.#statements.push({ statement: s, tally });
    const observed = observedNode(tally, s);
    if (s.kind === 'apply') {
      // Of the two the interpreter takes the one that it needs.
      this.#watchProperty(observed, 'branches', s.branches, TABLE_HIT);
      this.#watchProperty(observed, 'miss', s.miss, TABLE_MISS);
    }
    return observed;
  }

  #watchProperty(node: Statement, property: 'branches' | 'miss', value: unknown, label: Label): void {
    const tally = this.#tally([label]);
    const get = (): unknown => {
      tally.note();
      return value;
    };
    Object.defineProperty(node, property, { get, enumerable: true });
  }
}
