/**
 * A planted bug: what a back end would do if its author had erred. No back end has a flag for it. The
 * program is rewritten before the target loads it, the generated source before it is compiled, or the
 * target is wrapped.
 */
import type { Bool, Expr, Program, Statement, UpdateStatement, VariableExpr } from '../../ir.ts';
import type { Instance, LoadOptions, Target } from '../../target.ts';
import { onesOf } from '../random-values.ts';
import { mapProgram, type TreeMap } from '../tree-map.ts';

export interface Mutant {
  readonly name: string;
  /** What the back end does wrong. */
  readonly bug: string;
  /** The target with the bug in it; null when the program has nothing for the bug to bite. */
  plant(target: Target, program: Program): Target | null;
}

/** A bug that is a rewrite of the program; null leaves it alone. */
export function programMutant(
  name: string,
  bug: string,
  rewrite: (program: Program) => Program | null,
): Mutant {
  return {
    name,
    bug,
    plant(target, program) {
      const rewritten = rewrite(program);
      if (rewritten === null) return null;
      return { name: target.name, load: (_, options) => target.load(rewritten, options) };
    },
  };
}

/** Rewrites of single nodes: null leaves a node, and a program without any rewritten node is left alone. */
export interface NodeRewrites {
  readonly expr?: (e: Expr) => Expr | null;
  readonly bool?: (b: Bool) => Bool | null;
  readonly statement?: (s: Statement, context: RewriteContext) => readonly Statement[] | null;
  readonly update?: (s: UpdateStatement) => readonly UpdateStatement[] | null;
}

export interface RewriteContext {
  readonly program: Program;
  /** A variable that nothing else uses. */
  readonly scratch: (width: number) => VariableExpr;
}

export function nodeMutant(name: string, bug: string, rewrites: NodeRewrites): Mutant {
  return programMutant(name, bug, (program) => {
    let applied = 0;
    const counted = <T>(replacement: T | null, original: T): T => {
      if (replacement === null) return original;
      applied++;
      return replacement;
    };
    const variables = [...program.variables];
    const scratch = (width: number): VariableExpr => {
      const name = `scratch_${variables.length}`;
      variables.push({ name, width, maximum: onesOf(width) });
      return { kind: 'variable', width, name };
    };
    const { expr, bool, statement, update } = rewrites;
    const map: TreeMap = {
      ...(expr && { expr: (e) => counted(expr(e), e) }),
      ...(bool && { bool: (b) => counted(bool(b), b) }),
      ...(statement && { statement: (s) => counted(statement(s, { program, scratch }), [s]) }),
      ...(update && { update: (s) => counted(update(s), [s]) }),
    };
    const rewritten = mapProgram(program, map);
    return applied === 0 ? null : { ...rewritten, variables };
  });
}

/** A bug around a loaded program, where the program has something for it to bite. */
export function instanceMutant(
  name: string,
  bug: string,
  bites: (program: Program) => boolean,
  wrap: (instance: Instance, program: Program) => Instance,
): Mutant {
  return {
    name,
    bug,
    plant(target, program) {
      if (!bites(program)) return null;
      const load = (loaded: Program, options?: LoadOptions): Instance =>
        wrap(target.load(loaded, options), loaded);
      return { name: target.name, load };
    },
  };
}

/** An instance that hands everything on to another; what differs is overridden. */
export class WrappedInstance implements Instance {
  protected readonly inner: Instance;

  constructor(inner: Instance) {
    this.inner = inner;
  }

  get program(): Program {
    return this.inner.program;
  }
  get destination(): number {
    return this.inner.destination;
  }
  get reason(): number {
    return this.inner.reason;
  }
  get drops(): readonly number[] {
    return this.inner.drops;
  }
  get control(): Instance['control'] {
    return this.inner.control;
  }
  process(...args: Parameters<Instance['process']>): ReturnType<Instance['process']> {
    return this.inner.process(...args);
  }
  processEgress(...args: Parameters<Instance['processEgress']>): boolean {
    return this.inner.processEgress(...args);
  }
  dump(): ReturnType<Instance['dump']> {
    return this.inner.dump();
  }
}
