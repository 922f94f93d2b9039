/**
 * Where each variable is declared in generated code: in the innermost block that holds all its uses, right
 * before the first of them. A part has no loops, so a variable declared there starts at zero as the IR says.
 */
import { present } from '@ballast/base';
import type { Expr, Program, Statement } from '../ir.ts';
import { assignedVariables, blocksOf, visitOperands } from '../lower/walk.ts';

export class VariableScopes {
  /** By block, then by position of the statement before which they are declared; -1: at the block's start. */
  readonly #declarations = new Map<readonly Statement[], Map<number, string[]>>();
  readonly #assignments = new Map<string, number>();
  readonly #reads = new Set<string>();

  constructor(program: Program, part: readonly Statement[]) {
    const uses = new Map<string, Position[]>();
    const use = (name: string, position: Position): void => {
      uses.set(name, [...(uses.get(name) ?? []), position]);
    };
    const assignment = (name: string, position: Position): void => {
      this.#assignments.set(name, (this.#assignments.get(name) ?? 0) + 1);
      use(name, position);
    };
    const visit = (block: readonly Statement[], outer: Position | null): void => {
      for (const [index, statement] of block.entries()) {
        const here: Position = { block, index, outer };
        const read = (e: Expr): void => {
          if (e.kind !== 'variable') return;
          this.#reads.add(e.name);
          use(e.name, here);
        };
        visitOperands(statement, { expr: read });
        for (const name of assignedVariables(statement)) assignment(name, here);
        for (const { name, branch } of parametersOf(program, statement)) {
          assignment(name, { block: branch, index: -1, outer: here });
        }
        for (const inner of blocksOf(statement)) visit(inner, here);
      }
    };
    visit(part, null);
    for (const [name, positions] of uses) if (this.#reads.has(name)) this.#declare(name, positions);
  }

  #declare(name: string, positions: readonly Position[]): void {
    const { block, index } = positions.reduce(innermostCommon);
    const inBlock = this.#declarations.get(block) ?? new Map<number, string[]>();
    inBlock.set(index, [...(inBlock.get(index) ?? []), name]);
    this.#declarations.set(block, inBlock);
  }

  /** The variables to declare before the statement at `index` of a block, or at its start (-1). */
  declaredAt(block: readonly Statement[], index: number): readonly string[] {
    return this.#declarations.get(block)?.get(index) ?? [];
  }

  isRead(name: string): boolean {
    return this.#reads.has(name);
  }

  isAssignedOnce(name: string): boolean {
    return this.#assignments.get(name) === 1;
  }
}

/** A statement's place, and that of the statement around its block. */
interface Position {
  readonly block: readonly Statement[];
  readonly index: number;
  readonly outer: Position | null;
}

/** The variables that an apply assigns at the start of its branches. */
function parametersOf(program: Program, s: Statement): { name: string; branch: readonly Statement[] }[] {
  if (s.kind !== 'apply') return [];
  const table = present(
    program.tables.find((t) => t.name === s.table),
    'applied tables are declared',
  );
  return table.actions.flatMap((action) => {
    const branch = present(s.branches[action.name], 'each action has a branch');
    return action.parameters.map(({ variable }) => ({ name: variable, branch }));
  });
}

/** The last place that comes before both and sees both, in the innermost block that holds them. */
function innermostCommon(a: Position, b: Position): Position {
  const chain = new Map<readonly Statement[], Position>();
  for (let p: Position | null = a; p !== null; p = p.outer) chain.set(p.block, p);
  for (let p: Position | null = b; p !== null; p = p.outer) {
    const other = chain.get(p.block);
    if (other !== undefined) return p.index < other.index ? p : other;
  }
  return present<Position>(null, 'all blocks lie in the part');
}
