/** Declares registers and gives their operations. */
import { present } from '@ballast/base';
import type { FieldSpec } from '@ballast/wire';
import type { Operand } from '../expression.ts';
import { PORT_BITS, type RegisterDeclaration } from '../ir.ts';
import { type Recorder, variableName } from './recorder.ts';
import type { RegisterAt, RegisterRef, Specs, ValuesOf } from './references.ts';

export function declareRegister<const S extends Specs>(
  recorder: Recorder,
  name: string,
  specs: S,
  size: number,
): { declared: RegisterDeclaration; ref: RegisterRef<S> } {
  const construct = `register ${name}`;
  recorder.declare(name, 'register');
  const declared = { name, cells: recorder.cells(construct, specs), size };
  const at = (index: Operand): RegisterAt<S> => recordAt(recorder, declared, specs, index);
  const argmin: RegisterRef<S>['argmin'] = (cell, { count, among }) => {
    if (!Number.isInteger(count) || count < 1 || count > size) {
      throw recorder.fault('INDEX_BOUND', `argmin ${name}`, `range of ${count} in ${size} records`);
    }
    const index = recorder.result(`${name}_least`, PORT_BITS, BigInt(count - 1));
    const minimum = recorder.result(`${name}_minimum`, widthOf(specs, cell));
    recorder.emit({
      kind: 'argmin',
      register: name,
      cell,
      count,
      among: among?.node ?? null,
      index: variableName(index),
      minimum: variableName(minimum),
    });
    return { index, minimum };
  };
  return { declared, ref: { name, at, argmin } };
}

function recordAt<S extends Specs>(
  recorder: Recorder,
  { name, size }: RegisterDeclaration,
  specs: S,
  index: Operand,
): RegisterAt<S> {
  const indexNode = recorder.index(index, size, `register ${name}`);
  return {
    read: () => {
      const { refs, into } = recorder.intoVariables(name, specs);
      recorder.emit({ kind: 'read', register: name, index: indexNode, into });
      return refs as ValuesOf<S>;
    },
    add: (cell, amount) => {
      const width = widthOf(specs, cell);
      const result = recorder.result(`${name}_${cell}`, width);
      recorder.emit({
        kind: 'add',
        register: name,
        cell,
        index: indexNode,
        amount: recorder.operand(`register ${name}, cell ${cell}`, amount, width),
        into: variableName(result),
      });
      return result;
    },
    update: (body) => {
      const statements = recorder.updateBody(name, specs, body);
      recorder.emit({ kind: 'update', register: name, index: indexNode, body: statements });
    },
  };
}

function widthOf(specs: Specs, cell: string): number {
  return present<FieldSpec>(specs[cell], 'the type allows declared cells only').width;
}
