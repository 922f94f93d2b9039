import { type Operation, type OperationKind, PRELOAD_PROCESS } from '../src/history.ts';

const LINE = /^(load|\d+) +(get|put|delete)(?: +(\w+))? +\[(\d+), (\d+|open)\](?: +(failed))?$/;

/**
 * A history of the key "k" as a person writes it, one operation a line: process, what it did, when.
 *
 *     load  put a       [0, 0]
 *     1     delete      [1, 4]
 *     2     get absent  [5, 6]
 *     1     put b       [5, open]
 *     1     put c       [5, 9]  failed
 *
 * An open operation has the outcome 'unknown'. An open or a failed get has no value.
 */
export function history(text: string): Operation[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(parseLine);
}

function parseLine(line: string): Operation {
  const match = LINE.exec(line);
  if (match === null) throw new Error(`not in the notation: ${line}`);
  const [, process, operation, value, invoke, returned, failed] = match;
  return {
    process: process === 'load' ? PRELOAD_PROCESS : Number(process),
    invoke: Number(invoke),
    return: returned === 'open' ? null : Number(returned),
    operation: operation as OperationKind,
    key: 'k',
    value: value === undefined || value === 'absent' ? null : value,
    outcome: returned === 'open' ? 'unknown' : failed === undefined ? 'ok' : 'fail',
  };
}
