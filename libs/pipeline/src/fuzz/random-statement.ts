/** Random parts of a program: blocks, branches, headers that come and go, and one outcome on every path. */
import {
  type ActionDeclaration,
  type Bool,
  GROUP_BITS,
  PORT_BITS,
  type Statement,
  type TableDeclaration,
} from '../ir.ts';
import { type ParserGraph, successors } from '../parser-graph.ts';
import { assignedVariables } from '../lower/walk.ts';
import { afterPop, afterPush, assuming, joined, type Knowledge } from './knowledge.ts';
import { assignableFields, setField, setVariable, shown } from './random-assignment.ts';
import { randomCondition, randomExpr, type Scope } from './random-expression.ts';
import type { Declarations } from './random-state.ts';
import { keysFor, randomHash, randomStateStatement, updateRegister } from './random-state-statement.ts';
import { between, pickWeighted } from './random-values.ts';

/** Statements to go into a block, and what is known behind them. */
interface Written {
  readonly statements: readonly Statement[];
  readonly known: Knowledge;
}

export interface PartOptions {
  readonly part: 'ingress' | 'egress';
  /** Bounds the part: blocks end when so many statements are written. */
  readonly statementsMax: number;
  readonly mayRecirculate: boolean;
}

/** Writes the statements of one part. */
export class PartWriter {
  readonly #declared: Declarations;
  readonly #options: PartOptions;
  #statementsLeft: number;
  /** Extracted headers by those that some way through the parser has beside them. */
  readonly #ways: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(declared: Declarations, options: PartOptions) {
    this.#declared = declared;
    this.#options = options;
    this.#statementsLeft = options.statementsMax;
    this.#ways = neighbours(declared.graph);
  }

  /** A block whose every path ends in an outcome. Branches nest at most `depth` deep. */
  ending(known: Knowledge, depth: number): Statement[] {
    const { rng } = this.#declared;
    const { statements, known: now } = this.#sequence(known, depth, between(rng, depth > 2 ? 2 : 0, 4));
    if (depth > 0 && this.#statementsLeft > 0 && rng.chance(0.6)) {
      const table = rng.chance(0.25) ? this.#newTable() : null;
      return [
        ...statements,
        table === null ? this.#endingIf(now, depth) : this.#endingApply(table, now, depth),
      ];
    }
    return [...statements, ...this.#lastWords(now), this.#outcome(now)];
  }

  #endingIf(known: Knowledge, depth: number): Statement {
    const { graph } = this.#declared;
    const condition = this.#branchCondition(known);
    const then = this.ending(assuming(graph, condition, true, known), depth - 1);
    const otherwise = this.ending(assuming(graph, condition, false, known), depth - 1);
    return { kind: 'if', condition, then, otherwise };
  }

  #endingApply(table: TableDeclaration, known: Knowledge, depth: number): Statement {
    const keys = keysFor(this.#scope(known), table.keys);
    const branches = Object.fromEntries(
      table.actions.map(({ name }) => [name, this.ending(known, depth - 1)]),
    );
    return { kind: 'apply', table: table.name, keys, branches, miss: this.ending(known, depth - 1) };
  }

  /** Several statements that go on. */
  #sequence(known: Knowledge, depth: number, count: number): Written {
    const statements: Statement[] = [];
    let now = known;
    for (let i = 0; i < count && this.#statementsLeft > 0; i++) {
      this.#statementsLeft--;
      const written = this.#statement(now, depth);
      statements.push(...written.statements);
      now = written.known;
    }
    return { statements, known: now };
  }

  #statement(known: Knowledge, depth: number): Written {
    const declared = this.#declared;
    const stateful = this.#options.part === 'ingress' ? 1 : 0;
    const nested = depth > 0 ? 1 : 0;
    const scope = this.#scope(known);
    const same = (...statements: Statement[]): Written => ({ statements, known });
    const make = pickWeighted<() => Written>(declared.rng, [
      [6, () => same(setField(declared, scope))],
      [3, () => same(setVariable(declared, scope))],
      [3 * nested, () => this.#branch(known, depth)],
      [1.5 * nested * stateful, () => this.#apply(known, depth)],
      [2, () => same(...this.#hash(scope))],
      [0.8, () => this.#push(known)],
      [0.5, () => this.#pop(known)],
      [13 * stateful, () => same(...randomStateStatement(declared, scope))],
    ]);
    return make();
  }

  #scope(known: Knowledge): Scope {
    const { rng, graph, headers, variables } = this.#declared;
    return { rng, graph, headers, variables, part: this.#options.part, known, cells: [] };
  }

  /** Often whether a header is there, as real programs ask, so that its fields are used behind it. */
  #branchCondition(known: Knowledge): Bool {
    const { rng, headers } = this.#declared;
    const open = headers.filter(
      (h) => !known.valid.has(h.name) && !known.gone.has(h.name) && this.#mayJoin(h.name, known),
    );
    if (open.length > 0 && rng.chance(0.55)) return { kind: 'valid', header: rng.pick(open).name };
    return randomCondition(this.#scope(known), 2);
  }

  #branch(known: Knowledge, depth: number): Written {
    const { rng, graph } = this.#declared;
    const condition = this.#branchCondition(known);
    const then = this.#sequence(assuming(graph, condition, true, known), depth - 1, between(rng, 1, 3));
    const otherwise = this.#sequence(assuming(graph, condition, false, known), depth - 1, rng.below(3));
    const statement: Statement = {
      kind: 'if',
      condition,
      then: then.statements,
      otherwise: otherwise.statements,
    };
    return { statements: [statement], known: joined([then.known, otherwise.known]) };
  }

  /** Whether some packet has the header beside those that are known to be there. */
  #mayJoin(header: string, known: Knowledge): boolean {
    const ways = this.#ways;
    return [...known.valid].every((other) => !ways.has(header) || ways.get(other)?.has(header) !== false);
  }

  #newTable(): TableDeclaration | null {
    return this.#options.part === 'ingress' ? this.#declared.table() : null;
  }

  #apply(known: Knowledge, depth: number): Written {
    const { rng } = this.#declared;
    const table = this.#newTable();
    if (table === null) return this.#branch(known, depth);
    const keys = keysFor(this.#scope(known), table.keys);
    const bodies = table.actions.map(() => this.#sequence(known, depth - 1, rng.below(3)));
    const miss = this.#sequence(known, depth - 1, rng.below(2));
    const branches = Object.fromEntries(
      table.actions.map((action, i) => [
        action.name,
        [...this.#parameters(action, known), ...bodies[i]!.statements],
      ]),
    );
    const statement: Statement = { kind: 'apply', table: table.name, keys, branches, miss: miss.statements };
    return { statements: [statement], known: joined([...bodies, miss].map((body) => body.known)) };
  }

  /** Shows a parameter of the entry that was hit. */
  #parameters({ parameters }: ActionDeclaration, known: Knowledge): Statement[] {
    const variables = parameters.map((p) => p.variable);
    return shown(this.#declared, this.#scope(known), variables);
  }

  #hash(scope: Scope): Statement[] {
    const hash = randomHash(this.#declared, scope);
    return [hash, ...shown(this.#declared, scope, assignedVariables(hash))];
  }

  /** Adds a header and fills some of its fields. */
  #push(known: Knowledge): Written {
    const { rng, headers } = this.#declared;
    const candidates = headers.filter(
      (h) => h.added && !known.pushed.has(h.name) && this.#coversOn(h.name, known) === null,
    );
    if (candidates.length === 0) return { statements: [setField(this.#declared, this.#scope(known))], known };
    const header = rng.pick(candidates);
    const after = afterPush(known, header.name);
    const fields = assignableFields(header).filter(() => rng.chance(0.5));
    const sets = fields.map(({ name, width }): Statement => {
      const target = { kind: 'field', width, header: header.name, field: name } as const;
      return { kind: 'set', target, value: randomExpr(this.#scope(after), width, 1) };
    });
    return { statements: [{ kind: 'push', header: header.name }, ...sets], known: after };
  }

  /** Pops a header, and before it those whose checksums cover it, as far as they are known to be there. */
  #pop(known: Knowledge): Written {
    const { rng, headers } = this.#declared;
    const statements: Statement[] = [];
    let now = known;
    const goal = rng.pick(headers).name;
    for (let next: string | null = goal; next !== null && now.valid.has(next);) {
      const cover: string | null = this.#coversOn(next, now);
      if (cover !== null) {
        next = cover;
        continue;
      }
      statements.push({ kind: 'pop', header: next });
      this.#declared.popped.add(next);
      now = afterPop(now, next);
      next = next === goal ? null : goal;
    }
    return statements.length > 0
      ? { statements, known: now }
      : { statements: [setField(this.#declared, this.#scope(known))], known };
  }

  /** A header that may still be there and whose checksum covers the given one; null: none is in the way. */
  #coversOn(name: string, known: Knowledge): string | null {
    const { covers, popped } = this.#declared;
    const isAway = (cover: string): boolean =>
      known.gone.has(cover) || (popped.has(cover) && !this.#mayJoin(cover, known));
    return covers.get(name)?.find((cover) => !isAway(cover)) ?? null;
  }

  /** Shows variables before the packet leaves: what no field and no cell depends on cannot diverge. */
  #lastWords(known: Knowledge): Statement[] {
    const { rng } = this.#declared;
    const out: Statement[] = [];
    while (rng.chance(0.5)) out.push(setField(this.#declared, this.#scope(known)));
    if (this.#options.part === 'ingress' && rng.chance(0.4))
      out.push(updateRegister(this.#declared, this.#scope(known)));
    return out;
  }

  #outcome(known: Knowledge): Statement {
    const declared = this.#declared;
    const { part, mayRecirculate } = this.#options;
    const ingress = part === 'ingress' ? 1 : 0;
    const make = pickWeighted<() => Statement>(declared.rng, [
      [6 * ingress, () => ({ kind: 'forward', port: randomExpr(this.#scope(known), PORT_BITS, 1) })],
      [2.5 * ingress, () => ({ kind: 'multicast', group: randomExpr(this.#scope(known), GROUP_BITS, 1) })],
      [1, () => this.#drop()],
      [ingress, () => this.#toController()],
      [0.8 * ingress, () => ({ kind: 'pass' })],
      [mayRecirculate ? 2 * ingress : 0, () => ({ kind: 'recirculate' })],
      [6 * (1 - ingress), () => ({ kind: 'emit' })],
    ]);
    return make();
  }

  #drop(): Statement {
    const reason = `dropped_${this.#declared.rng.below(3)}`;
    this.#declared.dropReasons.add(reason);
    return { kind: 'drop', reason };
  }

  #toController(): Statement {
    const reason = `asked_${this.#declared.rng.below(2)}`;
    this.#declared.controllerReasons.add(reason);
    return { kind: 'controller', reason };
  }
}

/** For each extracted header, those that a packet may hold beside it. */
function neighbours(graph: ParserGraph): Map<string, ReadonlySet<string>> {
  const behind = new Map<string, Set<string>>();
  for (const state of graph.states.toReversed()) {
    const next = successors(state);
    behind.set(state.header, new Set([...next, ...next.flatMap((name) => [...(behind.get(name) ?? [])])]));
  }
  const names = graph.states.map((s) => s.header);
  const beside = (a: string, b: string): boolean =>
    behind.get(a)?.has(b) === true || behind.get(b)?.has(a) === true;
  return new Map(names.map((a) => [a, new Set(names.filter((b) => a === b || beside(a, b)))]));
}
