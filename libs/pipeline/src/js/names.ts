/** Identifiers of generated code: names of the DSL where they are free, else with a number behind them. */
import { assert } from '@ballast/base';

const RESERVED = [
  'arguments await break case catch class const continue debugger default delete do else enum eval export',
  'extends false finally for function if implements import in instanceof interface let new null package',
  'private protected public return static super switch this throw true try typeof undefined var void while',
  'with yield Math Infinity NaN',
].flatMap((line) => line.split(' '));

/** A scope of identifiers. Names of an outer scope stay taken in the inner ones. */
export class Names {
  readonly #taken = new Set<string>();
  readonly #outer: Names | null;

  constructor(outer: Names | null = null) {
    this.#outer = outer;
  }

  /** An identifier that nobody else has, `wanted` when it can be had. */
  claim(wanted: string): string {
    assert(/^[A-Za-z]\w*$/.test(wanted), `${wanted} is an identifier, as the names of programs are`);
    let name = wanted;
    for (let i = 2; this.#isTaken(name); i++) name = `${wanted}_${i}`;
    this.#taken.add(name);
    return name;
  }

  #isTaken(name: string): boolean {
    return (
      this.#taken.has(name) || (this.#outer === null ? RESERVED.includes(name) : this.#outer.#isTaken(name))
    );
  }
}
