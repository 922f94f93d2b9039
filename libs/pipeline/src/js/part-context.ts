/** What the printers of one part share: its variables, its headers, its expressions. */
import { present } from '@ballast/base';
import type { HeaderInstance, Intrinsic, Statement } from '../ir.ts';
import type { LoweredProgram } from '../lower/checksum.ts';
import { visitOperands } from '../lower/walk.ts';
import type { CacheMode } from '../target.ts';
import { assign, type Declaration, declareZero, type Holder, holderNamed, valueIn } from './assignment.ts';
import type { CodeWriter } from './code-writer.ts';
import { ExpressionPrinter, type Leaves } from './expression-printer.ts';
import { HeaderFields } from './header-fields.ts';
import { Names } from './names.ts';
import { factsOf, type PartFacts } from './part-facts.ts';
import type { StateLayout } from './state-layout.ts';
import { exactValue, isStableValue, single, type Value } from './value.ts';
import { VariableScopes } from './variable-scopes.ts';
import { FALSE, flag, primary, TRUE, type Word } from './word.ts';

/** What all parts of a program share. */
export interface ProgramContext {
  readonly program: LoweredProgram;
  readonly layout: StateLayout;
  readonly writer: CodeWriter;
  readonly names: Names;
  readonly cacheMode: CacheMode;
  /** Declares a constant in front of the functions and gives its name. */
  readonly constant: (name: string, text: string) => string;
}

export type PartKind = 'ingress' | 'egress';

export class PartContext implements Leaves {
  readonly kind: PartKind;
  readonly program: LoweredProgram;
  readonly layout: StateLayout;
  readonly writer: CodeWriter;
  readonly names: Names;
  readonly shared: ProgramContext;
  /** The part's statements, then those that settle its checksums. */
  readonly body: readonly Statement[];
  readonly settle: readonly Statement[];
  readonly facts: PartFacts;
  readonly fields: HeaderFields;
  readonly expressions: ExpressionPrinter;
  /** By header: the flag that says it is there. Headers that are always or never there have none. */
  readonly flags = new Map<string, string>();
  readonly #scopes: VariableScopes;
  readonly #block: readonly Statement[];
  readonly #holders = new Map<string, Holder>();
  readonly #maxima: ReadonlyMap<string, bigint>;
  readonly #widths: ReadonlyMap<string, number>;
  /** Variables that were declared by `const`. */
  readonly #constants = new Set<string>();
  /** Variables that are but another name of something that keeps its value. */
  readonly #aliases = new Map<string, Value>();
  /** Variables that the statement being printed declares by its assignment. */
  #declaredByAssignment = new Set<string>();
  /** The record at hand in an update, by cell. */
  #cells: ReadonlyMap<string, Value> | null = null;

  constructor(
    shared: ProgramContext,
    kind: PartKind,
    body: readonly Statement[],
    settle: readonly Statement[],
  ) {
    this.kind = kind;
    this.shared = shared;
    this.program = shared.program;
    this.layout = shared.layout;
    this.writer = shared.writer;
    this.names = new Names(shared.names);
    this.body = body;
    this.settle = settle;
    this.#block = [...body, ...settle];
    this.facts = factsOf(this.#block);
    this.fields = new HeaderFields(this.program, this.#block, this.writer, this.names);
    this.expressions = new ExpressionPrinter(this.writer, this.names, this);
    this.#scopes = new VariableScopes(this.program, this.#block);
    this.#maxima = new Map(this.program.variables.map((v) => [v.name, v.maximum]));
    this.#widths = new Map(this.program.variables.map((v) => [v.name, v.width]));
    for (const header of this.program.headers) {
      if (this.#hasFlag(header)) this.flags.set(header.name, this.names.claim(`${header.name}_valid`));
    }
  }

  /** The headers up to the last one that may come or go: those behind it stay where they are. */
  get movable(): readonly HeaderInstance[] {
    const { headers } = this.program;
    const last = headers.findLastIndex(
      ({ name }) => this.facts.pushed.has(name) || this.facts.popped.has(name),
    );
    return headers.slice(0, last + 1);
  }

  // Leaves of expressions.

  field(field: Parameters<Leaves['field']>[0], conditionally: boolean): Value {
    return this.fields.read(field, conditionally);
  }

  variable(name: string): Value {
    const alias = this.#aliases.get(name);
    return alias ?? valueIn(this.#holderOf(name), this.#maximumOf(name), this.#constants.has(name));
  }

  cell(name: string): Value {
    return present(this.#cells?.get(name), 'cells are read in an update only');
  }

  intrinsic(name: Intrinsic): Value {
    if (name === 'now') return { hi: primary('now_hi', 0xffff), lo: primary('now_lo', 0xffff_ffff) };
    return single(primary(name, name === 'recirculations' ? 0xff : 0xffff));
  }

  valid(header: string): Word {
    const name = this.flags.get(header);
    if (name !== undefined) return flag(name);
    return header === this.program.parser.start ? TRUE : FALSE;
  }

  // Variables.

  /** Prints the statements of a block, declaring variables before the first statement that needs them. */
  statements(part: 'body' | 'settle' | readonly Statement[], print: (statement: Statement) => void): void {
    // The two halves of a part are one block to its variables.
    const block = typeof part === 'string' ? this.#block : part;
    const first = part === 'settle' ? this.body.length : 0;
    const end = part === 'body' ? this.body.length : block.length;
    for (let i = first; i < end; i++) {
      const statement = present(block[i], 'positions lie in the block');
      const declared = this.#scopes.declaredAt(block, i);
      const byAssignment = declared.filter((name) => declaresByAssignment(statement, name));
      for (const name of declared) {
        if (!byAssignment.includes(name)) declareZero(this.writer, this.#holderOf(name));
      }
      this.#declaredByAssignment = new Set(byAssignment);
      print(statement);
    }
  }

  isRead(variable: string): boolean {
    return this.#scopes.isRead(variable);
  }

  /** Assigns a value that is right in the variable's bits; nothing when nobody reads the variable. */
  assignVariable(name: string, value: Value): void {
    if (!this.isRead(name)) return;
    const assigned = exactValue(value, this.widthOf(name));
    const declaration = this.#declarationOf(name);
    if (declaration === 'const ' && isStableValue(assigned)) {
      this.#aliases.set(name, assigned);
      return;
    }
    assign(this.writer, this.#holderOf(name), assigned, declaration);
    if (declaration === 'const ') this.#constants.add(name);
  }

  /** The same for a parameter, at the start of its action's branch. */
  assignParameter(name: string, branch: readonly Statement[], value: Value): void {
    if (this.#scopes.declaredAt(branch, -1).includes(name)) this.#declaredByAssignment.add(name);
    this.assignVariable(name, value);
  }

  widthOf(variable: string): number {
    return present(this.#widths.get(variable), `variable ${variable} is declared`);
  }

  /** Prints with the cells of a record at hand. */
  withCells(cells: ReadonlyMap<string, Value>, print: () => void): void {
    this.#cells = cells;
    print();
    this.#cells = null;
  }

  /** Prints a block of code; what it learns of header fields is forgotten behind it. */
  nested(head: string, body: () => void): void {
    this.writer.block(head, () => {
      this.fields.block(body);
    });
  }

  /** `isIf`: the block is but an `if`, and becomes `else if` unless its condition needs lines of its own. */
  nestedElse(isIf: boolean, body: () => void): void {
    const fragment = this.writer.aside(() => {
      this.fields.block(body);
    });
    if (isIf && fragment[0]?.text.startsWith('if (') === true) return this.writer.elseIf(fragment);
    this.writer.elseBlock(() => {
      this.writer.append(fragment);
    });
  }

  #declarationOf(name: string): Declaration {
    if (!this.#declaredByAssignment.delete(name)) return '';
    return this.#scopes.isAssignedOnce(name) ? 'const ' : 'let ';
  }

  #holderOf(name: string): Holder {
    let holder = this.#holders.get(name);
    if (holder === undefined) {
      holder = holderNamed((n) => this.names.claim(n), name, this.widthOf(name));
      this.#holders.set(name, holder);
    }
    return holder;
  }

  #maximumOf(name: string): bigint {
    return present(this.#maxima.get(name), `variable ${name} is declared`);
  }

  #hasFlag({ name, added }: HeaderInstance): boolean {
    const { asked, popped, pushed } = this.facts;
    if (added) return pushed.has(name);
    if (name === this.program.parser.start) return popped.has(name);
    // The deparser moves every header in front of one that came or went, and counts those that did.
    return asked.has(name) || popped.has(name) || this.movable.some((h) => h.name === name);
  }
}

/** Whether a statement assigns a variable first thing, in any case and without reading it. */
function declaresByAssignment(s: Statement, name: string): boolean {
  switch (s.kind) {
    case 'set':
      return s.target.kind === 'variable' && s.target.name === name && !reads(s, name);
    case 'read':
      return s.into.some((i) => i.variable === name) && !reads(s, name);
    case 'add':
    case 'hash':
    case 'random':
      return s.into === name && !reads(s, name);
    case 'slotLookup':
      return s.status === name && !reads(s, name);
    case 'cacheGet':
      return s.hit === name && !reads(s, name);
    default:
      return false;
  }
}

function reads(s: Statement, name: string): boolean {
  let found = false;
  visitOperands(s, { expr: (e) => (found ||= e.kind === 'variable' && e.name === name) });
  return found;
}
