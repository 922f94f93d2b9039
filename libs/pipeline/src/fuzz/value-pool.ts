/**
 * The values that packets and state of one case are made of. Few and shared, so that keys repeat, table
 * entries hit, and comparisons with the program's own constants and state go both ways.
 */
import type { Prng } from '@ballast/base';
import type { Expr } from '../ir.ts';
import type { ProgramLinks } from './program-links.ts';
import { onesOf, pickWeighted, randomValue, uniformValue } from './random-values.ts';

const VALUES_PER_WIDTH = 3;
/** Values of a piece of state that are remembered. */
const NOTED_MAX = 12;

export class ValuePool {
  readonly #rng: Prng;
  readonly #links: ProgramLinks;
  readonly #byWidth = new Map<number, bigint[]>();
  /** By path of a piece of state: what the control plane put there last. */
  readonly #noted = new Map<string, bigint[]>();

  constructor(rng: Prng, links: ProgramLinks) {
    this.#rng = rng;
    this.#links = links;
  }

  /** A value of that width, shared by everything that is as wide; now and then any other. */
  ofWidth(width: number): bigint {
    const rng = this.#rng;
    if (rng.chance(0.2)) return randomValue(rng, width);
    let shared = this.#byWidth.get(width);
    if (shared === undefined) {
      const others = Array.from({ length: VALUES_PER_WIDTH }, () => uniformValue(rng, width));
      shared = [0n, 1n, 2n & onesOf(width), ...others];
      this.#byWidth.set(width, shared);
    }
    return rng.pick(shared);
  }

  /** A piece of state has this value now. */
  note(path: string, value: bigint): void {
    const noted = this.#noted.get(path) ?? [];
    noted.push(value);
    if (noted.length > NOTED_MAX) noted.shift();
    this.#noted.set(path, noted);
  }

  /** A value for a header field; often one that the program compares it with, or one next to that. */
  field(path: string, width: number): bigint {
    const rng = this.#rng;
    const { constants, state } = this.#links.ofField(path);
    const make = pickWeighted<() => bigint>(rng, [
      [2, () => this.ofWidth(width)],
      [constants.length > 0 ? 6 : 0, () => this.#nearConstant(rng.pick(constants))],
      [state.length > 0 ? 4 : 0, () => this.#fromState(rng.pick(state), width)],
    ]);
    return make() & onesOf(width);
  }

  /** A value that the expression may well have: exact for those that keys are made of. */
  plausible(e: Expr): bigint {
    const ones = onesOf(e.width);
    switch (e.kind) {
      case 'const':
        return e.value;
      case 'field':
        return this.field(`${e.header}.${e.field}`, e.width);
      case 'slice':
        return (this.plausible(e.value) >> BigInt(e.low)) & ones;
      case 'extend':
        return this.plausible(e.value);
      case 'concat':
        return e.parts.reduce((value, part) => (value << BigInt(part.width)) | this.plausible(part), 0n);
      case 'binary':
        return e.op === 'and' ? this.plausible(e.left) & this.plausible(e.right) : this.ofWidth(e.width);
      default:
        return this.ofWidth(e.width);
    }
  }

  /** Mostly the constant: real programs go on where fields are what they should be. */
  #nearConstant(constant: { readonly with: bigint; readonly low: number; readonly width: number }): bigint {
    const offset = this.#rng.pick([0n, 0n, 0n, 0n, 0n, 1n, -1n]);
    return ((constant.with + offset) & onesOf(constant.width)) << BigInt(constant.low);
  }

  #fromState(state: { readonly with: string; readonly low: number }, width: number): bigint {
    const noted = this.#noted.get(state.with);
    return noted === undefined ? this.ofWidth(width) : this.#rng.pick(noted) << BigInt(state.low);
  }
}
