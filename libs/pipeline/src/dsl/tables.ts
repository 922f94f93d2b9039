/** Declares tables and gives their apply site. */
import { present } from '@ballast/base';
import type { ActionDeclaration, Statement, TableDeclaration } from '../ir.ts';
import type { Recorder } from './recorder.ts';
import type { KeySpec, Specs, TableRef } from './references.ts';

export interface TableSpec<A extends Readonly<Record<string, Specs>>> {
  readonly match: KeySpec;
  readonly actions: A;
  readonly size: number;
}

export function declareTable<const A extends Readonly<Record<string, Specs>>>(
  recorder: Recorder,
  name: string,
  spec: TableSpec<A>,
): { declared: TableDeclaration; ref: TableRef<A> } {
  const construct = `table ${name}`;
  recorder.declare(name, 'table');
  const keys = Object.entries(spec.match).map(([key, { kind, value }]) => {
    recorder.requireName(key, `${construct}, key`);
    return { name: key, kind, width: value.width };
  });
  const actions = Object.entries(spec.actions).map(([action, parameters]) =>
    declareAction(recorder, name, action, parameters),
  );
  const keyNodes = Object.values(spec.match).map(({ value }) => value.node);
  const apply: TableRef<A>['apply'] = (branches) => {
    const recorded: Record<string, Statement[]> = {};
    for (const { name: action, parameters } of actions) {
      const values = Object.fromEntries(
        parameters.map((q) => [q.name, recorder.variableRef(q.variable, q.width)]),
      );
      const body = present(branches[action], 'the type asks for a body per action') as (of: unknown) => void;
      recorded[action] = recorder.record(() => body(values));
    }
    const miss = recorder.record(branches.miss);
    recorder.emit({ kind: 'apply', table: name, keys: keyNodes, branches: recorded, miss });
  };
  return { declared: { name, keys, actions, size: spec.size }, ref: { name, apply } };
}

/** An action, and a variable for each of its parameters. */
function declareAction(recorder: Recorder, table: string, action: string, specs: Specs): ActionDeclaration {
  const construct = `table ${table}`;
  if (action === 'miss') throw recorder.fault('NAME', construct, 'an action cannot be called miss');
  recorder.requireName(action, `${construct}, action`);
  const parameters = Object.entries(specs).map(([parameter, { width }]) => {
    recorder.requireName(parameter, `${construct}, parameter`);
    const variable = `${table}_${action}_${parameter}`;
    recorder.declareVariable(variable, width);
    return { name: parameter, width, variable };
  });
  return { name: action, parameters };
}
