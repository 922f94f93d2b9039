/** A program as text for people: declarations, parser, and both parts with their statements. */
import type {
  Cell,
  CellFrom,
  CellInto,
  Expr,
  OutcomeStatement,
  Program,
  Statement,
  UpdateStatement,
} from '../ir.ts';
import type { ParserState, SelectValue } from '../parser-graph.ts';
import { printBool, printExpr } from './print-expression.ts';

const INDENT = '  ';

/** The whole program, one construct a line, ending in a line break. */
export function printProgram(program: Program): string {
  const lines = [
    `program ${program.name}`,
    ...section('headers', headerLines(program)),
    ...section('parser', program.parser.states.flatMap(parserLines)),
    ...section('state', stateLines(program)),
    ...section('variables', program.variables.map(variableLine)),
    ...section(
      `ingress, at most ${program.recirculationsMax} recirculations`,
      blockLines(program, program.ingress),
    ),
    ...(program.egress === null ? [] : section('egress', blockLines(program, program.egress))),
  ];
  return `${lines.join('\n')}\n`;
}

/** The first line of a statement: what it does, without its branches. */
export function printStatement(program: Program, s: Statement): string {
  return statementLines(program, s)[0]!;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...indented(lines)];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => INDENT + line);
}

function headerLines({ headers }: Program): string[] {
  return headers.map(({ name, type, added }) => {
    const fields = type.layout.map((f) => `${f.name} ${f.width}`).join(', ');
    return `${name}: ${type.name}, ${type.bytes} bytes${added ? ', added' : ''} { ${fields} }`;
  });
}

function parserLines({ header, on, cases, otherwise }: ParserState): string[] {
  const last = otherwise === null ? 'accept' : otherwise;
  if (cases.length === 0) return [`${header} -> ${last}`];
  const taken = cases.map(({ match, next }) => `(${match.map(selectText).join(', ')}) -> ${next}`);
  return [`${header}, by ${on.join(', ')}`, ...indented([...taken, `otherwise -> ${last}`])];
}

function selectText(value: SelectValue): string {
  const hex = (part: number | bigint): string => `0x${part.toString(16)}`;
  if (typeof value !== 'object') return hex(value);
  return BigInt(value.mask) === 0n ? '_' : `${hex(value.value)} &&& ${hex(value.mask)}`;
}

function stateLines(program: Program): string[] {
  return [
    ...program.tables.flatMap((table) => {
      const keys = table.keys.map((k) => `${k.name} ${k.kind} ${k.width}`).join(', ');
      const actions = table.actions.map(({ name, parameters }) => {
        return `${name}(${parameters.map((p) => `${p.name} ${p.width} into ${p.variable}`).join(', ')})`;
      });
      return [`table ${table.name}, ${table.size} entries, key { ${keys} }`, ...indented(actions)];
    }),
    ...program.registers.map((r) => `register ${r.name}[${r.size}] ${cellsText(r.cells)}`),
    ...program.slots.map((s) => {
      const size = `${s.hashes} hashes x ${s.buckets} buckets x ${s.depth} cells`;
      return `slots ${s.name}, ${size}, key ${cellsText(s.key)}, record ${cellsText(s.cells)}`;
    }),
    ...program.caches.map(
      (c) => `cache ${c.name}[${c.size}], key ${cellsText(c.key)}, record ${cellsText(c.cells)}`,
    ),
    ...program.counters.map((c) => `counter ${c.name}[${c.size}]`),
  ];
}

function cellsText(cells: readonly Cell[]): string {
  return `{ ${cells.map((c) => `${c.name} ${c.width}`).join(', ')} }`;
}

function variableLine({ name, width, maximum }: Program['variables'][number]): string {
  const isFull = maximum === (1n << BigInt(width)) - 1n;
  return `${name} ${width}${isFull ? '' : `, at most ${maximum}`}`;
}

function blockLines(program: Program, block: readonly Statement[]): string[] {
  return block.flatMap((s) => statementLines(program, s));
}

function statementLines(program: Program, s: Statement): string[] {
  const nested = (body: readonly Statement[]): string[] => indented(blockLines(program, body));
  switch (s.kind) {
    case 'if':
      return conditional(`if ${printBool(s.condition)}`, nested(s.then), nested(s.otherwise));
    case 'apply': {
      const parameters = new Map(
        program.tables.find((t) => t.name === s.table)?.actions.map((a) => [a.name, a.parameters]),
      );
      const branches = Object.entries(s.branches).flatMap(([action, body]) => {
        const variables = (parameters.get(action) ?? []).map((p) => p.variable).join(', ');
        return [`${action}(${variables}) {`, ...nested(body), '}'];
      });
      return [
        `apply ${s.table}(${list(s.keys)}) {`,
        ...indented([...branches, 'miss {', ...nested(s.miss), '}']),
        '}',
      ];
    }
    case 'update':
      return [`update ${s.register}[${printExpr(s.index)}] {`, ...indented(s.body.flatMap(updateLines)), '}'];
    case 'slotUpdate':
      return [
        `${s.status} = update ${s.slots}(${list(s.key)}) {`,
        ...indented(s.body.flatMap(updateLines)),
        '}',
      ];
    default:
      return [simpleText(s)];
  }
}

function conditional(head: string, then: readonly string[], otherwise: readonly string[]): string[] {
  return otherwise.length === 0
    ? [`${head} {`, ...then, '}']
    : [`${head} {`, ...then, '} else {', ...otherwise, '}'];
}

function updateLines(s: UpdateStatement): string[] {
  switch (s.kind) {
    case 'setCell':
      return [`cell.${s.cell} = ${printExpr(s.value)}`];
    case 'set':
      return [`${s.target.name} = ${printExpr(s.value)}`];
    case 'if': {
      const head = `if ${printBool(s.condition)}`;
      return conditional(
        head,
        indented(s.then.flatMap(updateLines)),
        indented(s.otherwise.flatMap(updateLines)),
      );
    }
  }
}

type Simple = Exclude<Statement, { kind: 'if' | 'apply' | 'update' | 'slotUpdate' }>;

function simpleText(s: Simple): string {
  switch (s.kind) {
    case 'set':
      return `${printExpr(s.target)} = ${printExpr(s.value)}`;
    case 'read':
      return `read ${s.register}[${printExpr(s.index)}] ${intoText(s.into)}`;
    case 'add': {
      const into = s.into === null ? '' : `, new value into ${s.into}`;
      return `${s.register}[${printExpr(s.index)}].${s.cell} += ${printExpr(s.amount)}${into}`;
    }
    case 'argmin': {
      const among = s.among === null ? '' : ` among ${printExpr(s.among)}`;
      const minimum = s.minimum === null ? '' : `, ${s.minimum}`;
      return `${s.index}${minimum} = argmin ${s.register}[0..${s.count - 1}].${s.cell}${among}`;
    }
    case 'slotLookup':
      return `${s.status} = lookup ${s.slots}(${list(s.key)}) ${intoText(s.into)}`;
    case 'slotInsert':
      return `${s.status} = insert ${s.slots}(${list(s.key)}) ${fromText(s.record)}`;
    case 'slotRemove': {
      const condition = s.condition === null ? '' : ` if ${printBool(s.condition)}`;
      return `${s.status} = remove ${s.slots}(${list(s.key)})${condition}`;
    }
    case 'cacheGet':
      return `${s.hit} = get ${s.cache}(${list(s.key)}) ${intoText(s.into)}`;
    case 'cachePut':
      return `put ${s.cache}(${list(s.key)}) ${fromText(s.record)}`;
    case 'cacheRemove':
      return `remove ${s.cache}(${list(s.key)})`;
    case 'hash': {
      const key = s.key === null ? '' : `[0x${s.key.toString(16).padStart(16, '0')}]`;
      const modulus = s.modulus === null ? '' : ` mod ${s.modulus}`;
      return `${s.into} = ${s.algorithm}${key}(${list(s.args)})${modulus}`;
    }
    case 'random':
      return `${s.into} = random()`;
    case 'count':
      return `count ${s.counter}[${printExpr(s.index)}]`;
    default:
      return outcomeText(s);
  }
}

function outcomeText(s: OutcomeStatement | Extract<Statement, { kind: 'push' | 'pop' }>): string {
  switch (s.kind) {
    case 'push':
    case 'pop':
      return `${s.kind} ${s.header}`;
    case 'forward':
      return `forward ${printExpr(s.port)}`;
    case 'multicast':
      return `multicast ${printExpr(s.group)}`;
    case 'drop':
    case 'controller':
      return `${s.kind} ${s.reason}`;
    default:
      return s.kind;
  }
}

function list(exprs: readonly Expr[]): string {
  return exprs.map(printExpr).join(', ');
}

function intoText(into: readonly CellInto[]): string {
  return into.length === 0 ? '{}' : `{ ${into.map((i) => `${i.variable} = ${i.cell}`).join(', ')} }`;
}

function fromText(record: readonly CellFrom[]): string {
  return `{ ${record.map((r) => `${r.cell} = ${printExpr(r.value)}`).join(', ')} }`;
}
