/**
 * Prints the parser of a part. A state that is entered from one place stands there; one that several lead
 * to stands behind the last of them, inside the state that all its paths go through (its immediate
 * dominator), and is entered by a flag.
 */
import { present } from '@ballast/base';
import type { Program } from '../ir.ts';
import { type ParserState, successors } from '../parser-graph.ts';
import { placeText } from './bit-field.ts';
import type { CodeWriter } from './code-writer.ts';
import type { HeaderFields } from './header-fields.ts';
import type { Names } from './names.ts';
import { type Window, windowsOf } from './select-windows.ts';
import {
  and,
  compare,
  conjunction,
  constant,
  disjunction,
  exact,
  flag,
  onesOf,
  primary,
  TRUE,
  type Word,
  WORD_BITS,
} from './word.ts';

/** What the rest of the part wants to know of the parser. */
export interface ParserUse {
  /** The flag that says that a header is there, for those that are asked for. */
  readonly flags: ReadonlyMap<string, string>;
  /** Headers of which the part wants to know where the last one ends; `rest`, which it declares, takes it. */
  readonly measured: ReadonlySet<string>;
}

/** Consecutive cases with one successor; `null` cases stand for "otherwise". */
interface Arm {
  readonly cases: readonly number[] | null;
  readonly next: string;
}

export class ParserPrinter {
  readonly #program: Program;
  readonly #writer: CodeWriter;
  readonly #names: Names;
  readonly #fields: HeaderFields;
  readonly #use: ParserUse;
  readonly #states: ReadonlyMap<string, ParserState>;
  /** States whose extraction, or that of one behind them, matters to the part. */
  readonly #needed = new Set<string>();
  /** States that several arms lead to: the flag that enters them, and the state that they stand in. */
  readonly #joins = new Map<string, { readonly flag: string; readonly within: string }>();

  constructor(program: Program, writer: CodeWriter, names: Names, fields: HeaderFields, use: ParserUse) {
    this.#program = program;
    this.#writer = writer;
    this.#names = names;
    this.#fields = fields;
    this.#use = use;
    const { states } = program.parser;
    this.#states = new Map(states.map((s) => [s.header, s]));
    const arms = new Map<string, number>();
    for (const state of states.toReversed()) {
      const matters = use.measured.has(state.header) || use.flags.has(state.header);
      if (matters || successors(state).some((next) => this.#needed.has(next))) this.#needed.add(state.header);
      for (const { next } of armsOf(state)) arms.set(next, (arms.get(next) ?? 0) + 1);
    }
    for (const { header } of states) {
      if (this.#needed.has(header) && (arms.get(header) ?? 0) > 1) {
        this.#joins.set(header, { flag: names.claim(`to_${header}`), within: this.#dominatorOf(header) });
      }
    }
  }

  /** Precondition of the code: the frame holds the start header. */
  print(): void {
    for (const flag of this.#use.flags.values()) this.#writer.line(`let ${flag} = false;`);
    for (const { header } of this.#program.parser.states) {
      const { base } = this.#fields.placeOf(header);
      if (base !== 'start') this.#writer.line(`let ${base} = 0;`);
    }
    const start = present(this.#states.get(this.#program.parser.start), 'the start state exists');
    if (this.#needed.has(start.header)) this.#extract(start);
  }

  /** Whether any header has no fixed offset, so that the code needs `end`. */
  get isVariable(): boolean {
    return [...this.#needed].some((header) => this.#fields.placeOf(header).base !== 'start');
  }

  #extract(state: ParserState): void {
    const { header } = state;
    const valid = this.#use.flags.get(header);
    if (valid !== undefined) this.#writer.line(`${valid} = true;`);
    if (this.#use.measured.has(header)) this.#writer.line(`rest = ${this.#endOf(header)};`);
    const joins = [...this.#joins].filter(([, { within }]) => within === header);
    for (const [, join] of joins) this.#writer.line(`let ${join.flag} = false;`);
    this.#select(state);
    // Joins are in topological order: a later one may be entered from an earlier one.
    for (const [name, join] of joins) {
      const { base } = this.#fields.placeOf(name);
      const fits = this.#fits(name, base);
      this.#writer.comment(`Parser: ${name}`);
      this.#writer.block(`if (${conjunction([flag(join.flag), fits]).text})`, () => {
        this.#extract(this.#state(name));
      });
    }
  }

  #select(state: ParserState): void {
    const arms = armsOf(state);
    if (!arms.some(({ next }) => this.#needed.has(next))) return;
    const conditions = this.#conditions(state);
    const tests = arms.map(({ cases }) =>
      cases === null ? TRUE : disjunction(cases.map((c) => conditions[c]!)),
    );
    // Nothing is tried behind a case that always matches, nor at the end what leads nowhere.
    let count = tests.includes(TRUE) ? tests.indexOf(TRUE) + 1 : tests.length;
    while (count > 0 && !this.#needed.has(arms[count - 1]!.next)) count--;
    for (let i = 0; i < count; i++) {
      const { next } = arms[i]!;
      // Only the last arm may ask for the length at once: a short frame must not fall through to others.
      const isChecked = i === count - 1 && !this.#joins.has(next);
      const test = conjunction([tests[i]!, isChecked ? this.#fits(next, this.#endOf(state.header)) : TRUE]);
      const body = (): void => {
        this.#enter(state, next, isChecked);
      };
      if (i === 0 && test === TRUE) body();
      else if (i === 0) this.#writer.block(`if (${test.text})`, body);
      else if (test === TRUE) this.#writer.elseBlock(body);
      else {
        const chained = this.#writer.aside(() => {
          this.#writer.block(`if (${test.text})`, body);
        });
        this.#writer.elseIf(chained);
      }
    }
  }

  /** Goes on to a state. `isChecked`: the frame is known to hold its header. */
  #enter(from: ParserState, next: string, isChecked: boolean): void {
    if (!this.#needed.has(next)) {
      this.#writer.comment(`${next}: nothing of it is used`);
      return;
    }
    const { base } = this.#fields.placeOf(next);
    const place = (): void => {
      if (base !== 'start') this.#writer.line(`${base} = ${this.#endOf(from.header)};`);
    };
    const join = this.#joins.get(next);
    if (join !== undefined) {
      place();
      this.#writer.line(`${join.flag} = true;`);
      return;
    }
    const body = (): void => {
      this.#writer.comment(`Parser: ${next}`);
      place();
      this.#extract(this.#state(next));
    };
    if (isChecked) body();
    else this.#writer.block(`if (${this.#fits(next, this.#endOf(from.header)).text})`, body);
  }

  /** For each case of a select whether it matches; loads what decides it. */
  #conditions(state: ParserState): Word[] {
    const windows = windowsOf(state, this.#program.parser.types).map((window) => ({
      window,
      ...this.#load(state, window),
    }));
    return state.cases.map((_, c) =>
      conjunction(
        windows.map(({ window, word, mask }) => {
          const test = window.tests[c]!;
          if (test.mask === 0) return TRUE;
          const bits = test.mask === mask ? word : exact(and(word, constant(test.mask)), WORD_BITS);
          return compare('===', bits, constant(test.value));
        }),
      ),
    );
  }

  /** A constant with the loaded word; with its mask applied when all cases that look at it share one. */
  #load(state: ParserState, { header, byteOffset, bytes, tests }: Window): { word: Word; mask: number } {
    const all = onesOf(8 * bytes);
    const masks = new Set(tests.map((t) => t.mask).filter((mask) => mask !== 0));
    const mask = masks.size === 1 ? [...masks][0]! : all;
    const loaded = primary(
      `view.getUint${8 * bytes}(${placeText(this.#fields.placeOf(header), byteOffset)})`,
      all,
    );
    const bits = mask === all ? loaded : exact(and(loaded, constant(mask)), WORD_BITS);
    const [path] = state.on;
    const isField = state.on.length === 1 && path !== undefined;
    const name = this.#names.claim(isField ? path.replace('.', '_') : `${header}_select`);
    this.#writer.line(`const ${name} = ${bits.text};`);
    return { word: primary(name, bits.max), mask };
  }

  /** Whether the frame holds a header that starts at `at`. */
  #fits(header: string, at: string): Word {
    const { base, offset } = this.#fields.placeOf(header);
    const bytes = this.#bytesOf(header);
    if (base === 'start') return compare('>=', primary('length', LENGTH_MAX), constant(offset + bytes));
    return compare('<=', primary(`${at} + ${bytes}`, LENGTH_MAX), primary('end', LENGTH_MAX));
  }

  #endOf(header: string): string {
    return placeText(this.#fields.placeOf(header), this.#bytesOf(header));
  }

  #bytesOf(header: string): number {
    return present(this.#program.parser.types[header], 'states have types').bytes;
  }

  #state(header: string): ParserState {
    return present(this.#states.get(header), 'successors are states');
  }

  /** The last state that every path to a header goes through before it. */
  #dominatorOf(header: string): string {
    const { implied } = this.#program.parser;
    const others = [...present(implied[header], 'states have dominators')].filter(
      (other) => other !== header,
    );
    const depth = (other: string): number => present(implied[other], 'states have dominators').size;
    return others.reduce((deepest, other) => (depth(other) > depth(deepest) ? other : deepest));
  }
}

const LENGTH_MAX = 0xffff;

/** The ways out of a state, in the order in which they are tried. */
function armsOf(state: ParserState): Arm[] {
  const arms: { cases: number[] | null; next: string }[] = [];
  state.cases.forEach(({ next }, c) => {
    const last = arms.at(-1);
    if (last?.next === next) last.cases!.push(c);
    else arms.push({ cases: [c], next });
  });
  const { otherwise } = state;
  if (otherwise === null) return arms;
  const last = arms.at(-1);
  if (last?.next === otherwise) last.cases = null;
  else arms.push({ cases: null, next: otherwise });
  return arms;
}
