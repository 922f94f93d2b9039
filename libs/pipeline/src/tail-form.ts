/**
 * Brings a part into the form that back ends expect: outcomes only as the last statement of a path.
 *
 * The DSL lets a branch end early (`when(invalid, drop)`) and the text go on after it. What follows is
 * moved into the one branch that goes on; were there two such branches it would have to be copied, and
 * that is refused.
 */
import type { Statement } from './ir.ts';
import { faultsOf } from './program-error.ts';

/** @throws ProgramError OUTCOME when a path has no outcome, or something stands behind one */
export function inTailForm(program: string, part: string, statements: readonly Statement[]): Statement[] {
  const fault = faultsOf(program);
  const normal = normalise(statements, (construct, reason) =>
    fault('OUTCOME', `${part}, ${construct}`, reason),
  );
  if (endsOf(normal) !== 'always') {
    throw fault('OUTCOME', part, 'a path ends without an outcome (forward, multicast, drop, ...)');
  }
  return normal;
}

/** Whether a block's paths end in an outcome. */
type Ends = 'always' | 'sometimes' | 'never';

type Refusal = (construct: string, reason: string) => Error;

function normalise(statements: readonly Statement[], refuse: Refusal): Statement[] {
  const out: Statement[] = [];
  for (const [position, statement] of statements.entries()) {
    const rest = statements.slice(position + 1);
    const branches = branchesOf(statement);
    if (branches === null) {
      out.push(statement);
      if (isOutcome(statement) && rest.length > 0)
        throw refuse(statement.kind, 'something stands behind an outcome');
      continue;
    }
    const inner = branches.map((branch) => normalise(branch, refuse));
    if (inner.every((branch) => endsOf(branch) === 'never')) {
      out.push(withBranches(statement, inner));
      continue;
    }
    const goOn = inner.filter((branch) => endsOf(branch) !== 'always').length;
    if (goOn === 0 && rest.length > 0) throw refuse(statement.kind, 'something stands behind an outcome');
    if (goOn > 1 && rest.length > 0) {
      throw refuse(
        statement.kind,
        'several branches go on and another ends; end the others too, or use a mode variable',
      );
    }
    const extended = inner.map((branch) =>
      endsOf(branch) === 'always' ? branch : normalise([...branch, ...rest], refuse),
    );
    out.push(withBranches(statement, extended));
    return out;
  }
  return out;
}

function endsOf(block: readonly Statement[]): Ends {
  const last = block.at(-1);
  if (last === undefined) return 'never';
  if (isOutcome(last)) return 'always';
  const branches = branchesOf(last);
  if (branches === null) return 'never';
  const ends = branches.map(endsOf);
  if (ends.every((e) => e === 'always')) return 'always';
  return ends.every((e) => e === 'never') ? 'never' : 'sometimes';
}

function branchesOf(statement: Statement): (readonly Statement[])[] | null {
  if (statement.kind === 'if') return [statement.then, statement.otherwise];
  if (statement.kind === 'apply') return [...Object.values(statement.branches), statement.miss];
  return null;
}

function withBranches(statement: Statement, branches: readonly Statement[][]): Statement {
  if (statement.kind === 'if') return { ...statement, then: branches[0]!, otherwise: branches[1]! };
  if (statement.kind === 'apply') {
    const actions = Object.keys(statement.branches);
    return {
      ...statement,
      branches: Object.fromEntries(actions.map((action, i) => [action, branches[i]!])),
      miss: branches.at(-1)!,
    };
  }
  return statement;
}

/** Outcomes end a path. */
export function isOutcome(statement: Statement): boolean {
  switch (statement.kind) {
    case 'forward':
    case 'multicast':
    case 'drop':
    case 'controller':
    case 'recirculate':
    case 'pass':
    case 'emit':
      return true;
    default:
      return false;
  }
}
