/**
 * Turns checksums into ordinary statements, so that back ends know nothing of them. Rules: checksum-rules.ts.
 *
 * Each checksum that a part may change gets an accumulator, zero at first. An assignment to a covered field
 * adds 0x1fffe - m + m' for every 16-bit word that the field lies in, m and m' being its old and new bits at
 * their place in the word. 0x1fffe is twice 0xffff and thereby zero in one's complement; it keeps every
 * summand positive, so that an accumulator is zero exactly when nothing covered was assigned.
 *
 * What is owed is settled once per packet, by statements that run after a part's outcome when that lets the
 * packet go on: innermost checksum first, each being a covered field of those around it.
 */
import { present } from '@ballast/base';
import type { ChecksumUse } from '../checksum-rules.ts';
import type { Bool, Expr, FieldExpr, Program, Statement, VariableDeclaration, VariableExpr } from '../ir.ts';
import { faultsOf, type ProgramFault } from '../program-error.ts';
import { type Contribution, type Coverage, coverageOf, type Piece, piecesAt, WORD_BITS } from './coverage.ts';
import { mapBlocks, visitBlock } from './walk.ts';

/** A program whose checksums are spelled out. */
export interface LoweredProgram extends Program {
  /** Runs at the end of the ingress part, unless the packet was dropped, and before the deparser. */
  readonly settleIngress: readonly Statement[];
  /** The same for the egress part. */
  readonly settleEgress: readonly Statement[];
}

/** Bits of an accumulator and of the sums made from it. */
const SUM_BITS = 32;
/** Zero in one's complement arithmetic of 16 bits, and above what any word takes away. */
const ZERO = 0x1fffe;
const SUMMAND_MAX = ZERO + 0xffff;
/** With the checksum itself this many cannot leave 32 bits. */
const SUMMANDS_MAX = 21_000;

/** @throws ProgramError CAPABILITY when paths differ in whether a field is covered at odd or even offsets */
export function lowerChecksums(program: Program): LoweredProgram {
  const fault = faultsOf(program.name);
  const { uses, coverage } = coverageOf(program, fault);
  const variables = new FreshVariables(program);
  const lower = (part: readonly Statement[]): { body: Statement[]; settle: Statement[] } => {
    const lowering = new PartLowering(program, coverage, variables, part);
    const body = lowering.block(part);
    const settle = lowering.settle(uses, headersOf('push', part));
    lowering.boundAccumulators();
    return { body, settle };
  };
  const ingress = lower(program.ingress);
  const egress = program.egress === null ? null : lower(program.egress);
  return {
    ...program,
    variables: [...program.variables, ...variables.declared],
    ingress: ingress.body,
    settleIngress: ingress.settle,
    egress: egress === null ? null : egress.body,
    settleEgress: egress === null ? [] : egress.settle,
  };
}

class PartLowering {
  readonly #program: Program;
  readonly #coverage: Coverage;
  readonly #variables: FreshVariables;
  readonly #fault: ProgramFault;
  /** By header with the checksum; those of which a covered field is assigned. */
  readonly #accumulators = new Map<string, VariableExpr>();
  readonly #pseudoAccumulators = new Map<string, VariableExpr>();
  readonly #popped: ReadonlySet<string>;
  #summands = 0;

  constructor(program: Program, coverage: Coverage, variables: FreshVariables, part: readonly Statement[]) {
    this.#program = program;
    this.#popped = headersOf('pop', part);
    this.#coverage = coverage;
    this.#variables = variables;
    this.#fault = faultsOf(program.name);
  }

  block(statements: readonly Statement[]): Statement[] {
    return statements.flatMap((s) =>
      s.kind === 'set' && s.target.kind === 'field'
        ? this.#assign(s.target, s.value)
        : [mapBlocks(s, (inner) => this.block(inner))],
    );
  }

  /** `field := value`, and what that owes to the checksums around it. */
  #assign(field: FieldExpr, value: Expr): Statement[] {
    const assignment = (to: Expr): Statement => ({ kind: 'set', target: field, value: to });
    const contributions = this.#coverage.get(`${field.header}.${field.field}`) ?? [];
    if (contributions.length === 0) return [assignment(value)];
    const out: Statement[] = [];
    const after = this.#named(`${field.header}_${field.field}_new`, value, out);
    const bySplit = new Map<string, { pieces: readonly Piece[]; to: Contribution[] }>();
    for (const contribution of contributions) {
      const { use, pieces } = contribution;
      if (pieces === null) {
        const reason = `the checksum of ${use.header} covers it at odd or even offsets, by the path`;
        throw this.#fault('CAPABILITY', `set ${field.header}.${field.field}`, reason);
      }
      const split = JSON.stringify(pieces);
      const same = bySplit.get(split) ?? { pieces, to: [] };
      same.to.push(contribution);
      bySplit.set(split, same);
    }
    for (const { pieces, to } of bySplit.values()) {
      const difference = differenceOf(field, after, pieces);
      const stem = `${field.header}_${field.field}_delta`;
      const maximum = BigInt(pieces.length * SUMMAND_MAX);
      const shared = to.length === 1 ? difference : this.#named(stem, difference, out, maximum);
      for (const contribution of to) out.push(this.#owe(contribution, shared, pieces.length, field));
    }
    return [...out, assignment(after)];
  }

  /** The value under a name, so that it is computed once; constants and variables need none. */
  #named(stem: string, value: Expr, out: Statement[], maximum?: bigint): Expr {
    if (value.kind === 'const' || value.kind === 'variable') return value;
    const target = this.#variables.fresh(stem, value.width);
    if (maximum !== undefined) this.#variables.bound(target.name, maximum);
    out.push({ kind: 'set', target, value });
    return target;
  }

  #owe({ use, isPseudo }: Contribution, difference: Expr, words: number, field: FieldExpr): Statement {
    this.#summands += words;
    if (this.#summands > SUMMANDS_MAX) {
      const construct = `set ${field.header}.${field.field}`;
      throw this.#fault(
        'CAPABILITY',
        construct,
        `more than ${SUMMANDS_MAX} words under checksums are assigned in one part`,
      );
    }
    const sum =
      isPseudo && use.pseudo.some((ip) => this.#popped.has(ip)) ? this.#pseudoSum(use) : this.#sum(use);
    return { kind: 'set', target: sum, value: add(sum, difference) };
  }

  #sum({ header }: ChecksumUse): VariableExpr {
    const sum = this.#accumulators.get(header) ?? this.#variables.fresh(`${header}_checksum_delta`, SUM_BITS);
    this.#accumulators.set(header, sum);
    return sum;
  }

  /** What is owed only if the IP header in front is still there when the packet leaves. */
  #pseudoSum({ header }: ChecksumUse): VariableExpr {
    const sum =
      this.#pseudoAccumulators.get(header) ?? this.#variables.fresh(`${header}_pseudo_delta`, SUM_BITS);
    this.#pseudoAccumulators.set(header, sum);
    return sum;
  }

  settle(uses: readonly ChecksumUse[], pushed: ReadonlySet<string>): Statement[] {
    const out: Statement[] = [];
    for (const use of uses) {
      const pseudo = this.#pseudoAccumulators.get(use.header);
      if (pseudo !== undefined) {
        const sum = this.#sum(use);
        const isThere: Bool = { kind: 'any', of: use.pseudo.map((header) => ({ kind: 'valid', header })) };
        const owe: Statement = { kind: 'set', target: sum, value: add(sum, pseudo) };
        out.push({ kind: 'if', condition: isThere, then: [owe], otherwise: [] });
      }
      const owed = this.#accumulators.get(use.header);
      if (owed !== undefined) out.push(this.#settleOwed(use, owed));
      if (use.added && pushed.has(use.header)) out.push(this.#settleAdded(use));
    }
    return out;
  }

  /** No path assigns more than all that the part's text does. */
  boundAccumulators(): void {
    for (const { name } of [...this.#accumulators.values(), ...this.#pseudoAccumulators.values()]) {
      this.#variables.bound(name, BigInt(this.#summands * SUMMAND_MAX));
    }
  }

  /** RFC 1624 eq. 3: HC' = ~(~HC + what is owed). */
  #settleOwed(use: ChecksumUse, owed: VariableExpr): Statement {
    const field = checksumOf(use);
    const stem = `${use.header}_checksum`;
    const sum = this.#variables.fresh(`${stem}_sum`, SUM_BITS);
    const first = add(extended({ kind: 'not', width: WORD_BITS, value: field }), owed);
    const body = folded(sum, first);
    let after = complementOf(sum);
    if (use.zeroMeansNone) {
      const computed = this.#named(`${stem}_computed`, after, body);
      const ones: Expr = { kind: 'const', width: WORD_BITS, value: 0xffffn };
      after = {
        kind: 'mux',
        width: WORD_BITS,
        condition: isEqual(computed, 0),
        then: ones,
        otherwise: computed,
      };
    }
    body.push(...this.#assign(field, after));
    const guards: Bool[] = [isNot(owed, 0), { kind: 'valid', header: use.header }];
    // No checksum stays no checksum (RFC 768).
    if (use.zeroMeansNone) guards.push(isNot(field, 0));
    return { kind: 'if', condition: { kind: 'all', of: guards }, then: body, otherwise: [] };
  }

  /** The sum over a whole IPv4 header that the program pushed. */
  #settleAdded(use: ChecksumUse): Statement {
    const { layout } = present(
      this.#program.headers.find((h) => h.name === use.header),
      'checksums are of declared headers',
    ).type;
    const summands = layout
      .filter((field) => field.name !== use.field)
      .flatMap(({ name, width, bitOffset }) => {
        const value: Expr = { kind: 'field', width, header: use.header, field: name };
        return piecesAt(bitOffset, width).map((piece) => inPlace(value, piece));
      });
    const sum = this.#variables.fresh(`${use.header}_checksum_sum`, SUM_BITS);
    const body = [...folded(sum, summands.reduce(add)), ...this.#assign(checksumOf(use), complementOf(sum))];
    return { kind: 'if', condition: { kind: 'valid', header: use.header }, then: body, otherwise: [] };
  }
}

/** Declares variables whose names no program of the DSL has taken. */
class FreshVariables {
  readonly declared: VariableDeclaration[] = [];
  readonly #taken: Set<string>;

  constructor(program: Program) {
    this.#taken = new Set(program.variables.map((v) => v.name));
  }

  /** Tells what a variable cannot exceed, once that is known. */
  bound(name: string, maximum: bigint): void {
    const position = this.declared.findIndex((v) => v.name === name);
    const declared = present(this.declared[position], `${name} was declared here`);
    this.declared[position] = { ...declared, maximum };
  }

  fresh(stem: string, width: number): VariableExpr {
    let name = stem;
    for (let i = 2; this.#taken.has(name); i++) name = `${stem}_${i}`;
    this.#taken.add(name);
    this.declared.push({ name, width, maximum: (1n << BigInt(width)) - 1n });
    return { kind: 'variable', width, name };
  }
}

/** The headers that a part pushes or pops. */
function headersOf(kind: 'push' | 'pop', part: readonly Statement[]): Set<string> {
  const headers = new Set<string>();
  visitBlock(part, { statement: (s) => s.kind === kind && headers.add(s.header) });
  return headers;
}

/** Sum over the words of 0x1fffe - m + m'. Never negative in any prefix, and above zero. */
function differenceOf(before: Expr, after: Expr, pieces: readonly Piece[]): Expr {
  const value = after.kind === 'const' ? after.value : null;
  const known = value === null ? 0n : pieces.reduce((sum, piece) => sum + constantInPlace(value, piece), 0n);
  const start: Expr = { kind: 'const', width: SUM_BITS, value: BigInt(pieces.length * ZERO) + known };
  const less = pieces.reduce<Expr>((left, piece) => binary('sub', left, inPlace(before, piece)), start);
  return value === null ? pieces.reduce((left, piece) => add(left, inPlace(after, piece)), less) : less;
}

/** Bits of a value at their place in a 16-bit word, as a summand. */
function inPlace(value: Expr, { high, low, shift }: Piece): Expr {
  const width = high - low + 1;
  const bits: Expr = width === value.width ? value : { kind: 'slice', width, value, high, low };
  const wider: Expr = { kind: 'extend', width: SUM_BITS, value: bits };
  return shift === 0 ? wider : { kind: 'shift', width: SUM_BITS, op: 'shl', value: wider, amount: shift };
}

function constantInPlace(value: bigint, { high, low, shift }: Piece): bigint {
  return ((value >> BigInt(low)) & ((1n << BigInt(high - low + 1)) - 1n)) << BigInt(shift);
}

/** Folds a sum of at most 32 bits to 16: zero only when it was zero. */
function folded(sum: VariableExpr, value: Expr): Statement[] {
  const low: Expr = { kind: 'slice', width: WORD_BITS, value: sum, high: 15, low: 0 };
  const high: Expr = { kind: 'slice', width: WORD_BITS, value: sum, high: 31, low: 16 };
  const fold: Statement = { kind: 'set', target: sum, value: add(extended(high), extended(low)) };
  return [{ kind: 'set', target: sum, value }, fold, fold];
}

function complementOf(sum: Expr): Expr {
  return {
    kind: 'not',
    width: WORD_BITS,
    value: { kind: 'slice', width: WORD_BITS, value: sum, high: 15, low: 0 },
  };
}

function checksumOf(use: ChecksumUse): FieldExpr {
  return { kind: 'field', width: WORD_BITS, header: use.header, field: use.field };
}

function extended(value: Expr): Expr {
  return { kind: 'extend', width: SUM_BITS, value };
}

function add(left: Expr, right: Expr): Expr {
  return binary('add', left, right);
}

function binary(op: 'add' | 'sub', left: Expr, right: Expr): Expr {
  return { kind: 'binary', width: SUM_BITS, op, left, right };
}

function isEqual(value: Expr, constant: number): Bool {
  return {
    kind: 'compare',
    op: 'eq',
    left: value,
    right: { kind: 'const', width: value.width, value: BigInt(constant) },
  };
}

function isNot(value: Expr, constant: number): Bool {
  return {
    kind: 'compare',
    op: 'ne',
    left: value,
    right: { kind: 'const', width: value.width, value: BigInt(constant) },
  };
}
