/** What a program declares and does while its function runs: names, variables, and blocks of statements. */
import { assert, present } from '@ballast/base';
import { FIELD_BITS_MAX } from '@ballast/wire';
import { Bits, describe, type Operand, type Site } from '../expression.ts';
import type {
  Cell,
  CellFrom,
  CellInto,
  Expr,
  Statement,
  UpdateStatement,
  VariableDeclaration,
} from '../ir.ts';
import { requirePlainName } from '../plain-name.ts';
import { faultsOf, type ProgramFault } from '../program-error.ts';
import { isOutcome } from '../tail-form.ts';
import { Assignable, type Body, type CellsOf, type Specs } from './references.ts';

export class Recorder {
  readonly program: string;
  readonly fault: ProgramFault;
  readonly variables: VariableDeclaration[] = [];
  readonly #names = new Set<string>();
  /** The block that statements are recorded into, and what may stand in it. */
  #block: (Statement | UpdateStatement)[] | null = null;
  #part: 'none' | 'ingress' | 'egress' = 'none';
  #inUpdate = false;
  #results = 0;

  constructor(program: string) {
    this.program = program;
    this.fault = faultsOf(program);
    this.declare(program, 'program');
  }

  /** Where errors of a construct's expressions are. */
  site(construct: string): Site {
    return { program: this.program, construct };
  }

  /** Takes a name that is unique in the program. */
  declare(name: string, what: string): void {
    this.requireName(name, what);
    if (this.#names.has(name)) throw this.fault('NAME', `${what} ${name}`, 'the name is taken');
    this.#names.add(name);
  }

  requireName(name: string, what: string): void {
    requirePlainName(name, what, this.fault);
  }

  declareVariable(name: string, width: number, maximum = largest(width)): void {
    this.declare(name, 'variable');
    this.variables.push({ name, width, maximum });
  }

  variableRef(name: string, width: number): Bits {
    return new Bits({ kind: 'variable', width, name }, this.site(`variable ${name}`));
  }

  /** A fresh variable for the result of a statement; nobody else assigns it, so its maximum holds. */
  result(stem: string, width: number, maximum = largest(width)): Bits {
    const name = `${stem}_${this.#results++}`;
    this.declareVariable(name, width, maximum);
    return this.variableRef(name, width);
  }

  cells(construct: string, specs: Specs): Cell[] {
    const cells = Object.entries(specs).map(([name, { width }]) => ({ name, width }));
    if (cells.length === 0) throw this.fault('STATE_USE', construct, 'a record has at least one cell');
    for (const { name, width } of cells) {
      this.requireName(name, `${construct}, cell`);
      assert(width <= FIELD_BITS_MAX, 'specs come from bits()');
    }
    return cells;
  }

  /**
   * An index expression; a constant takes the smallest width that holds it. Other bounds are checked later.
   */
  index(index: Operand, size: number, construct: string): Expr {
    if (index instanceof Bits) return index.node;
    if (typeof index === 'number' && !Number.isInteger(index)) {
      throw this.fault('INDEX_BOUND', construct, `index ${index} is no integer`);
    }
    const value = BigInt(index);
    if (value < 0n || value >= BigInt(size)) {
      throw this.fault('INDEX_BOUND', construct, `index ${value} of ${size} records`);
    }
    return { kind: 'const', width: value.toString(2).length, value };
  }

  /** A variable per cell, to read a record into. */
  intoVariables(stem: string, specs: Specs): { refs: Record<string, Bits>; into: CellInto[] } {
    const refs: Record<string, Bits> = {};
    const into: CellInto[] = [];
    for (const [cell, { width }] of Object.entries(specs)) {
      const result = this.result(`${stem}_${cell}`, width);
      refs[cell] = result;
      into.push({ cell, variable: variableName(result) });
    }
    return { refs, into };
  }

  recordFrom(construct: string, specs: Specs, values: Readonly<Record<string, Operand>>): CellFrom[] {
    return Object.entries(specs).map(([cell, { width }]) => {
      const value = this.#given(construct, `cell ${cell}`, values[cell]);
      return { cell, value: this.operand(`${construct}, cell ${cell}`, value, width) };
    });
  }

  keyNodes(
    construct: string,
    key: readonly Cell[],
    values: Readonly<Record<string, Operand | undefined>>,
  ): Expr[] {
    return key.map(({ name, width }) =>
      this.operand(`${construct}, key ${name}`, this.#given(construct, `key ${name}`, values[name]), width),
    );
  }

  /** A value of exactly that width. */
  operand(construct: string, value: Operand, width: number): Expr {
    if (value instanceof Bits && value.width !== width) {
      throw this.fault(
        'WIDTH',
        construct,
        `${describe(value.node)} has ${value.width} bits; expected ${width}`,
      );
    }
    return new Bits({ kind: 'const', width, value: 0n }, this.site(construct)).coerce(value);
  }

  /** A record's cells: values anywhere that its store allows, assignable in an update. */
  cellRefs<S extends Specs>(owner: string, specs: S): CellsOf<S> {
    const refs = Object.entries(specs).map(([cell, { width }]): [string, Assignable] => [
      cell,
      new Assignable({ kind: 'cell', width, cell }, this.program, `${owner}.${cell}`, (value) => {
        if (!this.#inUpdate) {
          throw this.fault('PLACEMENT', `${owner}.${cell}`, 'cells are set in an update only');
        }
        present(this.#block, 'an update has a block').push({ kind: 'setCell', cell, value });
      }),
    ]);
    return Object.fromEntries(refs) as CellsOf<S>;
  }

  updateBody<S extends Specs>(owner: string, specs: S, body: (cell: CellsOf<S>) => void): UpdateStatement[] {
    if (this.#inUpdate) throw this.fault('PLACEMENT', `update of ${owner}`, 'updates do not nest');
    this.#inUpdate = true;
    try {
      // `emit` lets nothing but assignments and conditionals into the block while #inUpdate holds.
      return this.#collect(() => body(this.cellRefs(owner, specs))) as UpdateStatement[];
    } finally {
      this.#inUpdate = false;
    }
  }

  /** The statements that a body emits. Cells are set in updates only, where `updateBody` knows of them. */
  record(body: Body): Statement[] {
    return this.#collect(body) as Statement[];
  }

  recordPart(part: 'ingress' | 'egress', body: Body): Statement[] {
    if (this.#part !== 'none') throw this.fault('PLACEMENT', part, `stands in the ${this.#part} part`);
    this.#part = part;
    try {
      return this.record(body);
    } finally {
      this.#part = 'none';
    }
  }

  emit(statement: Statement): void {
    if (this.#block === null) {
      throw this.fault('PLACEMENT', statement.kind, 'statements stand in the ingress or the egress part');
    }
    if (this.#inUpdate && !isUpdateStatement(statement)) {
      const held = 'an update holds only assignments to cells and variables, and conditionals';
      throw this.fault('PLACEMENT', statement.kind, held);
    }
    const isOfPart = (statement.kind === 'emit') === (this.#part === 'egress');
    if (!isOfPart && isOutcome(statement) && statement.kind !== 'drop') {
      throw this.fault('OUTCOME', statement.kind, `is no outcome of the ${this.#part} part`);
    }
    this.#block.push(statement);
  }

  #collect(body: Body): (Statement | UpdateStatement)[] {
    const outer = this.#block;
    const block: (Statement | UpdateStatement)[] = [];
    this.#block = block;
    try {
      body();
    } finally {
      this.#block = outer;
    }
    return block;
  }

  #given(construct: string, what: string, value: Operand | undefined): Operand {
    if (value === undefined) throw this.fault('STATE_USE', construct, `no value for ${what}`);
    return value;
  }
}

function isUpdateStatement(statement: Statement): boolean {
  return statement.kind === 'if' || (statement.kind === 'set' && statement.target.kind === 'variable');
}

/** The largest value of a width. */
function largest(width: number): bigint {
  return (1n << BigInt(width)) - 1n;
}

export function variableName(result: Bits): string {
  assert(result.node.kind === 'variable', 'results are variables');
  return result.node.name;
}
