/** Bugs with tables, registers, slots, caches and hashes. */
import {
  type ActionDeclaration,
  type Expr,
  SLOT_STATUS_BITS,
  SlotStatus,
  type Statement,
  type UpdateStatement,
  type VariableExpr,
} from '../../ir.ts';
import { onesOf } from '../random-values.ts';
import { mapStatements } from '../tree-map.ts';
import { type Mutant, nodeMutant, programMutant, type RewriteContext } from './mutant.ts';
import {
  binary,
  byteSwapped,
  concat,
  constant,
  isEqual,
  registerOf,
  slice,
  variableOf,
  when,
} from './nodes.ts';

/** Longest range that the planted argmin spells out. */
const UNROLLED_MAX = 16;

const statusIs = (name: string, value: SlotStatus): ReturnType<typeof isEqual> =>
  isEqual({ kind: 'variable', width: SLOT_STATUS_BITS, name }, BigInt(value));

function setVariable(target: VariableExpr, value: Expr): Extract<Statement, { kind: 'set' }> {
  return { kind: 'set', target, value };
}

function zeroed(context: RewriteContext, names: readonly string[]): Statement[] {
  return names.map((name) => {
    const target = variableOf(context.program, name);
    return setVariable(target, constant(0n, target.width));
  });
}

const registers: readonly Mutant[] = [
  nodeMutant('register-index', 'a register is written at the neighbouring index', {
    statement: (s, { program }) => {
      if ((s.kind !== 'update' && s.kind !== 'add') || registerOf(program, s.register).size % 2 !== 0)
        return null;
      return [{ ...s, index: binary('xor', s.index, constant(1n, s.index.width)) }];
    },
  }),
  nodeMutant('add-gives-old', 'adding to a register gives the value before', {
    statement: (s, { program, scratch }) => {
      if (s.kind !== 'add' || s.into === null) return null;
      const into = variableOf(program, s.into);
      const amount = scratch(into.width);
      return [
        setVariable(amount, s.amount),
        { ...s, amount },
        setVariable(into, binary('sub', into, amount)),
      ];
    },
  }),
  nodeMutant('update-reads-old', 'an update reads its cells as they were before it', {
    statement: (s, context) => (s.kind === 'update' && s.body.length > 1 ? [readingOld(s, context)] : null),
  }),
  nodeMutant('argmin-among-ignored', 'argmin looks at all records, candidates or not', {
    statement: (s) => (s.kind === 'argmin' && s.among !== null ? [{ ...s, among: null }] : null),
  }),
  nodeMutant('argmin-one-short', 'argmin leaves out the last record', {
    statement: (s) => (s.kind === 'argmin' && s.count > 1 ? [{ ...s, count: s.count - 1 }] : null),
  }),
  nodeMutant('argmin-last-of-equals', 'of equally small records argmin takes the last', {
    statement: (s, context) =>
      s.kind === 'argmin' && s.count <= UNROLLED_MAX ? lastOfEquals(s, context) : null,
  }),
  nodeMutant('counter-twice', 'a counter counts every packet twice', {
    statement: (s) => (s.kind === 'count' ? [s, s] : null),
  }),
];

function readingOld(
  s: Extract<Statement, { kind: 'update' }>,
  { program, scratch }: RewriteContext,
): Statement {
  const { cells } = registerOf(program, s.register);
  const old = new Map(cells.map(({ name, width }) => [name, scratch(width)]));
  const [rewritten] = mapStatements([s], { expr: (e) => (e.kind === 'cell' ? old.get(e.cell)! : e) });
  const noted = cells.map(({ name, width }): UpdateStatement => {
    return setVariable(old.get(name)!, { kind: 'cell', width, cell: name }) as UpdateStatement;
  });
  return { ...s, body: [...noted, ...(rewritten as typeof s).body] };
}

function lastOfEquals(
  s: Extract<Statement, { kind: 'argmin' }>,
  { program, scratch }: RewriteContext,
): Statement[] {
  const width = registerOf(program, s.register).cells.find((c) => c.name === s.cell)!.width;
  const [least, seen] = [scratch(width), scratch(width)];
  const index = variableOf(program, s.index);
  const among = s.among === null ? null : scratch(s.among.width);
  const steps = Array.from({ length: s.count }, (_, i): Statement[] => {
    const at = constant(BigInt(i), index.width);
    const take: Statement[] = [setVariable(index, at), setVariable(least, seen)];
    const better = when({ kind: 'compare', op: 'le', left: seen, right: least }, ...take);
    const read: Statement = {
      kind: 'read',
      register: s.register,
      index: at,
      into: [{ cell: s.cell, variable: seen.name }],
    };
    return [read, among === null ? better : when(isEqual(slice(among, i, i), 1n), better)];
  });
  return [
    ...(among === null ? [] : [setVariable(among, s.among!)]),
    setVariable(index, constant(0n, index.width)),
    setVariable(least, constant(onesOf(width), width)),
    ...steps.flat(),
    ...(s.minimum === null ? [] : [setVariable(variableOf(program, s.minimum), least)]),
  ];
}

const slots: readonly Mutant[] = [
  nodeMutant('slot-exists-overwritten', 'inserting a key that exists overwrites its record', {
    statement: (s, { scratch }) => {
      if (s.kind !== 'slotInsert') return null;
      const body = s.record.map(({ cell, value }): UpdateStatement => ({ kind: 'setCell', cell, value }));
      const status = scratch(SLOT_STATUS_BITS).name;
      const overwrite: Statement = { kind: 'slotUpdate', slots: s.slots, key: s.key, body, status };
      return [s, when(statusIs(s.status, SlotStatus.Exists), overwrite)];
    },
  }),
  nodeMutant('slot-full-unsaid', 'inserting into full slots answers done', {
    statement: (s) => {
      if (s.kind !== 'slotInsert') return null;
      const status: VariableExpr = { kind: 'variable', width: SLOT_STATUS_BITS, name: s.status };
      const done = constant(BigInt(SlotStatus.Done), SLOT_STATUS_BITS);
      return [s, when(statusIs(s.status, SlotStatus.Full), setVariable(status, done))];
    },
  }),
  nodeMutant('slot-remove-unconditional', 'slots are removed whatever the condition says', {
    statement: (s) => (s.kind === 'slotRemove' && s.condition !== null ? [{ ...s, condition: null }] : null),
  }),
  nodeMutant('slot-absent-clears', 'looking up a key that is absent clears the variables', {
    statement: (s, context) => {
      if (s.kind !== 'slotLookup' || s.into.length === 0) return null;
      const cleared = zeroed(
        context,
        s.into.map((i) => i.variable),
      );
      return [s, when(statusIs(s.status, SlotStatus.Absent), ...cleared)];
    },
  }),
  programMutant('slot-one-way', 'slots use their first way only', (program) => {
    return program.slots.every((s) => s.hashes === 1)
      ? null
      : { ...program, slots: program.slots.map((s) => ({ ...s, hashes: 1 })) };
  }),
];

const caches: readonly Mutant[] = [
  nodeMutant('cache-miss-clears', 'a cache miss clears the variables', {
    statement: (s, context) => {
      if (s.kind !== 'cacheGet' || s.into.length === 0) return null;
      const cleared = zeroed(
        context,
        s.into.map((i) => i.variable),
      );
      return [s, when(isEqual({ kind: 'variable', width: 1, name: s.hit }, 0n), ...cleared)];
    },
  }),
  nodeMutant('cache-remove-forgotten', 'removing from a cache does nothing', {
    statement: (s) => (s.kind === 'cacheRemove' ? [] : null),
  }),
  nodeMutant('cache-keeps-first', 'a cache keeps the value that a key came with', {
    statement: (s, { scratch }) => {
      if (s.kind !== 'cachePut') return null;
      const hit = scratch(1);
      return [
        { kind: 'cacheGet', cache: s.cache, key: s.key, into: [], hit: hit.name },
        when(isEqual(hit, 0n), s),
      ];
    },
  }),
  programMutant('cache-one-smaller', 'the places of a cache are one too few', (program) => {
    if (program.caches.every((c) => c.size === 1)) return null;
    return { ...program, caches: program.caches.map((c) => ({ ...c, size: Math.max(1, c.size - 1) })) };
  }),
];

const hashes: readonly Mutant[] = [
  nodeMutant('hash-final-xor', 'CRC-32 leaves out the final complement', {
    statement: (s, { program }) => {
      if (s.kind !== 'hash' || s.algorithm !== 'crc32' || s.modulus !== null) return null;
      const into = variableOf(program, s.into);
      return [s, setVariable(into, binary('xor', into, constant(0xffff_ffffn, into.width)))];
    },
  }),
  nodeMutant('hash-little-endian', 'hashes take the bytes of an argument last one first', {
    statement: (s) => (s.kind === 'hash' ? [{ ...s, args: s.args.map(byteSwapped) }] : null),
  }),
  nodeMutant('hash-modulus', 'a hash is taken modulo one less', {
    statement: (s) =>
      s.kind === 'hash' && (s.modulus ?? 1) > 1 ? [{ ...s, modulus: s.modulus! - 1 }] : null,
  }),
  nodeMutant('hash-key-halves', 'the halves of a hash key are swapped', {
    statement: (s) => {
      if (s.kind !== 'hash' || s.key === null) return null;
      return [{ ...s, key: ((s.key & 0xffff_ffffn) << 32n) | (s.key >> 32n) }];
    },
  }),
  nodeMutant('hash-result-halves', 'the words of a 64-bit hash are swapped', {
    statement: (s, { program }) => {
      if (s.kind !== 'hash' || s.algorithm !== 'halfSipHash') return null;
      const into = variableOf(program, s.into);
      return [s, setVariable(into, concat(slice(into, 31, 0), slice(into, 63, 32)))];
    },
  }),
];

const tables: readonly Mutant[] = [
  nodeMutant('table-last-key-ignored', 'the last key of a table is always zero', {
    statement: (s) => {
      const last = s.kind === 'apply' ? s.keys.at(-1) : undefined;
      if (s.kind !== 'apply' || last === undefined) return null;
      return [{ ...s, keys: [...s.keys.slice(0, -1), constant(0n, last.width)] }];
    },
  }),
  programMutant(
    'parameters-swapped',
    "two parameters of an action go to each other's variables",
    (program) => {
      const isSwapped = program.tables.some((t) => t.actions.some((a) => swapped(a) !== a));
      const tables = program.tables.map((t) => ({ ...t, actions: t.actions.map(swapped) }));
      return isSwapped ? { ...program, tables } : null;
    },
  ),
];

/** The action itself when its first two parameters do not fit each other. */
function swapped(action: ActionDeclaration): ActionDeclaration {
  const [first, second, ...others] = action.parameters;
  if (first === undefined || second === undefined || first.width !== second.width) return action;
  const exchanged = [
    { ...first, variable: second.variable },
    { ...second, variable: first.variable },
  ];
  return { ...action, parameters: [...exchanged, ...others] };
}

export const STATE_MUTANTS: readonly Mutant[] = [...registers, ...slots, ...caches, ...hashes, ...tables];
