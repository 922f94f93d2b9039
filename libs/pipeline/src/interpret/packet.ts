/** A packet taken apart: its headers as fields, and the bytes behind them. Parser, deparser, checksums. */
import { present } from '@ballast/base';
import { readField, writeField } from '@ballast/wire';
import { type ChecksumUse, PSEUDO_FIELDS, PSEUDO_LENGTH_FIELD } from '../checksum-rules.ts';
import type { HeaderInstance, Program } from '../ir.ts';
import { fieldPath, type ParserState, type SelectValue } from '../parser-graph.ts';

type Fields = Map<string, bigint>;

export class Packet {
  readonly #program: Program;
  /** Of the valid headers. */
  readonly #headers = new Map<string, Fields>();
  /** As the parser found them. */
  readonly #original = new Map<string, Fields>();
  /** 'header.field' of every field that was assigned. */
  readonly #assigned = new Set<string>();
  readonly #payload: Uint8Array;

  constructor(program: Program, contents: Uint8Array) {
    this.#program = program;
    let at = 0;
    let state: ParserState | null = this.#state(program.parser.start);
    while (state !== null) {
      const { type } = this.#instance(state.header);
      if (at + type.bytes > contents.length) break;
      const fields: Fields = new Map(type.layout.map((f) => [f.name, readField(contents, at, f)]));
      this.#headers.set(state.header, fields);
      this.#original.set(state.header, new Map(fields));
      at += type.bytes;
      state = this.#next(state);
    }
    this.#payload = contents.slice(at);
  }

  isValid(header: string): boolean {
    return this.#headers.has(header);
  }

  read(header: string, field: string): bigint {
    return present(this.#headers.get(header)?.get(field), `header ${header} is valid where it is read`);
  }

  assign(header: string, field: string, value: bigint): void {
    present(this.#headers.get(header), `header ${header} is valid where it is set`).set(field, value);
    this.#assigned.add(`${header}.${field}`);
  }

  push(header: string): void {
    this.#headers.set(header, new Map(this.#instance(header).type.layout.map((f) => [f.name, 0n])));
  }

  pop(header: string): void {
    this.#headers.delete(header);
  }

  /** The packet put together again. */
  deparse(): Uint8Array {
    const valid = this.#program.headers.filter((h) => this.isValid(h.name));
    const headerBytes = valid.reduce((sum, h) => sum + h.type.bytes, 0);
    const bytes = new Uint8Array(headerBytes + this.#payload.length);
    let at = 0;
    for (const { name, type } of valid) {
      for (const field of type.layout) writeField(bytes, at, field, this.read(name, field.name));
      at += type.bytes;
    }
    bytes.set(this.#payload, at);
    return bytes;
  }

  /** Brings the checksums up to date, innermost first; see checksum-rules.ts. */
  settleChecksums(uses: readonly ChecksumUse[]): void {
    for (const use of uses) {
      if (!this.isValid(use.header)) continue;
      if (use.added) this.#setFullSum(use);
      else this.#adjust(use);
    }
  }

  #setFullSum({ header, field }: ChecksumUse): void {
    this.assign(header, field, 0n);
    this.assign(header, field, complement(fold(this.#sumOf(this.#headers, header, null))));
  }

  #adjust(use: ChecksumUse): void {
    const pseudo = use.pseudo.find((name) => this.isValid(name));
    const inner = use.inner.filter((name) => this.isValid(name));
    const covered = [use.header, ...inner].flatMap((name) =>
      this.#instance(name)
        .type.layout.filter((f) => !(name === use.header && f.name === use.field))
        .map((f) => `${name}.${f.name}`),
    );
    if (pseudo !== undefined) covered.push(...pseudoFieldsOf(use, this.#instance(pseudo)));
    if (!covered.some((path) => this.#assigned.has(path))) return;
    const old = present(
      this.#original.get(use.header)?.get(use.field),
      'extracted headers have their fields',
    );
    if (use.zeroMeansNone && old === 0n) return;
    const before = this.#coveredSum(this.#original, use, inner, pseudo);
    const after = this.#coveredSum(this.#headers, use, inner, pseudo);
    // ~HC + sum of ~m + m' (RFC 1624 eq. 3), as a number congruent to it modulo 0xffff and above zero.
    const words = 0xffffn * 0x1_0000n;
    const sum = fold(0xffffn - old + words - before + after);
    const checksum = complement(sum);
    this.assign(use.header, use.field, use.zeroMeansNone && checksum === 0n ? 0xffffn : checksum);
  }

  #coveredSum(
    from: ReadonlyMap<string, Fields>,
    use: ChecksumUse,
    inner: readonly string[],
    pseudo: string | undefined,
  ): bigint {
    let sum = this.#sumOf(from, use.header, use.field);
    // In the order of the packet, since a header of odd length shifts those behind it by a byte.
    let offset = this.#instance(use.header).type.bytes;
    for (const { name, type } of this.#program.headers.filter((h) => inner.includes(h.name))) {
      sum += this.#sumOf(from, name, null, offset % 2);
      offset += type.bytes;
    }
    if (pseudo === undefined) return sum;
    const ip = this.#instance(pseudo);
    const fields = present(from.get(pseudo), 'the IP header is there');
    const value = (name: string): bigint => present(fields.get(name), `${ip.type.name} has ${name}`);
    for (const name of PSEUDO_FIELDS[ip.type.name]!) sum += wordsOf(value(name));
    if (!use.zeroMeansNone) return sum + value(PSEUDO_LENGTH_FIELD[ip.type.name]!);
    return sum + present(from.get(use.header)?.get('length'), 'UDP has a length');
  }

  /** Sum of the 16-bit words of a header that starts at an even or odd offset, one field counted as zero. */
  #sumOf(from: ReadonlyMap<string, Fields>, name: string, without: string | null, oddStart = 0): bigint {
    const { type } = this.#instance(name);
    const bytes = new Uint8Array(type.bytes + oddStart);
    const fields = present(from.get(name), `header ${name} is there`);
    for (const field of type.layout) {
      const value = field.name === without ? 0n : present(fields.get(field.name), 'every field has a value');
      writeField(bytes, oddStart, field, value);
    }
    let sum = 0n;
    for (let i = 0; i < bytes.length; i++) sum += BigInt(bytes[i]!) << (i % 2 === 0 ? 8n : 0n);
    return sum;
  }

  #next(state: ParserState): ParserState | null {
    const values = state.on.map((path) => {
      const { header, field } = fieldPath(path);
      return this.read(header, field);
    });
    const taken = state.cases.find((c) => c.match.every((m, i) => matches(m, values[i]!)));
    const next = taken?.next ?? state.otherwise;
    return next === null ? null : this.#state(next);
  }

  #state(header: string): ParserState {
    return present(
      this.#program.parser.states.find((s) => s.header === header),
      `state ${header} exists`,
    );
  }

  #instance(name: string): HeaderInstance {
    return present(
      this.#program.headers.find((h) => h.name === name),
      `header ${name} exists`,
    );
  }
}

function pseudoFieldsOf(use: ChecksumUse, ip: HeaderInstance): string[] {
  const fields = [...PSEUDO_FIELDS[ip.type.name]!];
  if (!use.zeroMeansNone) fields.push(PSEUDO_LENGTH_FIELD[ip.type.name]!);
  return fields.map((field) => `${ip.name}.${field}`);
}

function matches(match: SelectValue, value: bigint): boolean {
  if (typeof match !== 'object') return BigInt(match) === value;
  const mask = BigInt(match.mask);
  return (BigInt(match.value) & mask) === (value & mask);
}

function wordsOf(value: bigint): bigint {
  let sum = 0n;
  for (let rest = value; rest > 0n; rest >>= 16n) sum += rest & 0xffffn;
  return sum;
}

function fold(sum: bigint): bigint {
  let folded = sum;
  while (folded > 0xffffn) folded = (folded & 0xffffn) + (folded >> 16n);
  return folded;
}

function complement(sum: bigint): bigint {
  return 0xffffn - sum;
}
