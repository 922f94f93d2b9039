/**
 * The headers of a packet in generated code. Extracted ones are read and rewritten in place, at a distance
 * from `start` that is a literal where it is the same on every path; added ones live in local variables
 * until the deparser writes them.
 */
import { present } from '@ballast/base';
import type { FieldLayout } from '@ballast/wire';
import type { Bool, FieldExpr, HeaderInstance, Program, Statement } from '../ir.ts';
import { visitBlock } from '../lower/walk.ts';
import { assign, declareZero, type Holder, holderNamed, valueIn } from './assignment.ts';
import { type Place, readBits, writeBits } from './bit-field.ts';
import type { CodeWriter } from './code-writer.ts';
import type { Names } from './names.ts';
import { constantValue, exactValue, isStableValue, single, type Value } from './value.ts';
import { WORD_BITS } from './word.ts';

type Key = `${string}.${string}`;

function keyOf(field: FieldExpr): Key {
  return `${field.header}.${field.field}`;
}

/** What of a field is still in a local of the block being printed, or of one around it. */
interface Scope {
  readonly known: Map<Key, Value>;
  /** Assigned in this scope or one inside: the scopes around know nothing of them any more. */
  readonly assigned: Set<Key>;
  /** Headers that are surely in the packet. */
  readonly valid: Set<string>;
  readonly popped: Set<string>;
}

export class HeaderFields {
  readonly #writer: CodeWriter;
  readonly #names: Names;
  readonly #headers: ReadonlyMap<string, HeaderInstance>;
  readonly #places = new Map<string, Place>();
  readonly #added = new Map<Key, Holder>();
  /** Reads that are still to be printed: a field without any need not be kept. */
  readonly #readsLeft = new Map<Key, number>();
  readonly #implied: Readonly<Record<string, ReadonlySet<string>>>;
  #scope: Scope = { known: new Map(), assigned: new Set(), valid: new Set(), popped: new Set() };

  constructor(program: Program, part: readonly Statement[], writer: CodeWriter, names: Names) {
    this.#writer = writer;
    this.#names = names;
    this.#headers = new Map(program.headers.map((h) => [h.name, h]));
    this.#implied = program.parser.implied;
    for (const { name, added } of program.headers) {
      if (added) continue;
      const offset = program.parser.offsets[name] ?? null;
      this.#places.set(
        name,
        offset === null ? { base: names.claim(`${name}_at`), offset: 0 } : { base: 'start', offset },
      );
    }
    this.isThere(program.parser.start);
    visitBlock(part, {
      expr: (e) =>
        e.kind === 'field' && this.#readsLeft.set(keyOf(e), (this.#readsLeft.get(keyOf(e)) ?? 0) + 1),
    });
  }

  /** Where an extracted header starts. */
  placeOf(header: string): Place {
    return present(this.#places.get(header), `${header} is extracted`);
  }

  /** Declares the fields of a header that the part pushes, all zero. */
  declareAdded(header: HeaderInstance): void {
    for (const { name, width } of header.type.layout) {
      const holder = holderNamed((n) => this.#names.claim(n), `${header.name}_${name}`, width);
      this.#added.set(`${header.name}.${name}`, holder);
      declareZero(this.#writer, holder);
    }
  }

  /** The value of a field of an added header, in its locals. */
  added(header: string, field: FieldLayout): Value {
    const holder = present(this.#added.get(`${header}.${field.name}`), `${header} is pushed`);
    return valueIn(holder, (1n << BigInt(field.width)) - 1n);
  }

  /** Prints a block: what it learns of fields is forgotten behind it. */
  block(body: () => void): void {
    const outer = this.#scope;
    const { known, valid, popped } = outer;
    const inner: Scope = {
      known: new Map(known),
      assigned: new Set(),
      valid: new Set(valid),
      popped: new Set(popped),
    };
    this.#scope = inner;
    body();
    this.#scope = outer;
    for (const key of inner.assigned) {
      outer.known.delete(key);
      outer.assigned.add(key);
    }
    for (const header of inner.popped) this.popped(header);
  }

  /** From here on in this block, a header is there, and with it those that it cannot be there without. */
  isThere(header: string): void {
    const { popped, valid } = this.#scope;
    valid.add(header);
    for (const other of this.#implied[header] ?? []) if (!popped.has(other)) valid.add(other);
  }

  /** The same for all that a condition tells, once it turned out to be `truth`. */
  assume(condition: Bool, truth: boolean): void {
    if (condition.kind === 'valid' && truth) this.isThere(condition.header);
    if (condition.kind === 'negation') this.assume(condition.of, !truth);
    if (condition.kind === (truth ? 'all' : 'any')) for (const part of condition.of) this.assume(part, truth);
  }

  popped(header: string): void {
    this.#scope.valid.delete(header);
    this.#scope.popped.add(header);
  }

  /** The field's value, exact. `conditionally`: it must be read where it is used. */
  read(field: FieldExpr, conditionally: boolean): Value {
    const key = keyOf(field);
    this.#readsLeft.set(key, (this.#readsLeft.get(key) ?? 0) - 1);
    const added = this.#added.get(key);
    if (added !== undefined) return valueIn(added, (1n << BigInt(field.width)) - 1n);
    if (this.#isNeverThere(field)) return constantValue(0n, field.width);
    const known = this.#scope.known.get(key);
    if (known !== undefined) return known;
    // A checked program reads a header without asking only where it is there.
    if (!conditionally) this.isThere(field.header);
    const place = this.placeOf(field.header);
    if (this.#scope.valid.has(field.header)) return this.#keep(field, this.#load(field, place));
    return this.#load(field, { ...place, note: key });
  }

  /** Assigns a field; `value` is right in the field's bits. */
  write(field: FieldExpr, value: Value): void {
    const key = keyOf(field);
    const added = this.#added.get(key);
    if (added !== undefined) {
      assign(this.#writer, added, exactValue(value, field.width));
      return;
    }
    if (this.#isNeverThere(field)) return;
    this.isThere(field.header);
    this.#scope.assigned.add(key);
    this.#scope.known.delete(key);
    const isReadLater = (this.#readsLeft.get(key) ?? 0) > 0;
    let statements = this.#store(field, value);
    // What takes several statements is computed before the first of them changes the packet.
    if (isReadLater || statements.length > 1) {
      statements = this.#store(field, this.#keep(field, exactValue(value, field.width)));
    }
    statements.forEach((statement, i) => {
      this.#writer.line(i === 0 ? `${statement} // ${key}` : statement);
    });
  }

  #store(field: FieldExpr, value: Value): string[] {
    const { bitOffset, width } = this.#layoutOf(field);
    const place = this.placeOf(field.header);
    const hiBits = Math.max(0, width - WORD_BITS);
    return [
      ...(value.hi === null ? [] : writeBits(place, { bitOffset, width: hiBits }, value.hi)),
      ...writeBits(place, { bitOffset: bitOffset + hiBits, width: width - hiBits }, value.lo),
    ];
  }

  #load(field: FieldExpr, place: Place): Value {
    const { type } = this.#headerOf(field);
    const { bitOffset, width } = this.#layoutOf(field);
    const hiBits = Math.max(0, width - WORD_BITS);
    const lo = readBits(place, { bitOffset: bitOffset + hiBits, width: width - hiBits }, type.bytes);
    return hiBits === 0 ? single(lo) : { hi: readBits(place, { bitOffset, width: hiBits }, type.bytes), lo };
  }

  /** Puts a value into constants named after the field, unless it is one already. */
  #keep(field: FieldExpr, value: Value): Value {
    let kept = value;
    if (!isStableValue(value)) {
      const holder = holderNamed((n) => this.#names.claim(n), `${field.header}_${field.field}`, field.width);
      this.#writer.unconditionally(() => {
        assign(this.#writer, holder, value, 'const ');
      });
      kept = valueIn(holder, (1n << BigInt(field.width)) - 1n, true);
    }
    this.#scope.known.set(keyOf(field), kept);
    return kept;
  }

  /** Of a header that the part never pushes: code over it stands behind a condition that never holds. */
  #isNeverThere(field: FieldExpr): boolean {
    return this.#headerOf(field).added;
  }

  #headerOf(field: FieldExpr): HeaderInstance {
    return present(this.#headers.get(field.header), `${field.header} is declared`);
  }

  #layoutOf(field: FieldExpr): FieldLayout {
    return present(this.#headerOf(field).type.fields[field.field], `${field.header} has ${field.field}`);
  }
}
