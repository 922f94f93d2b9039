import type { Operation, Verdict } from '@ballast/checkers';
import type { Parameters, ParameterSpecs } from './parameters.ts';

/** One line of a result: flat, so that it is a line of a CSV file too. */
export type Row = Readonly<Record<string, string | number | null>>;

/** Which columns a plot shows, one line per value of `series`. */
export interface PlotSpec {
  readonly x: { readonly column: string; readonly title: string };
  readonly y: { readonly column: string; readonly title: string; readonly scale?: number };
  readonly series: string;
  /** A column drawn as a dashed line in the colour of its series. */
  readonly bound?: string;
}

/** What an experiment may use while it runs. */
export interface Run {
  /** Called as it goes: how much is done, of how much, and what is going on. */
  readonly progress: (done: number, total: number, what: string) => void;
  /** Set when somebody wants the histories: takes each run's, with its name. */
  readonly history: ((run: string, operations: Iterable<Operation>) => void) | null;
  /** Judge every run by its history. */
  readonly check: boolean;
  /** True once the user wants to stop; the experiment throws InterruptedError soon after. */
  readonly isInterrupted: () => boolean;
}

export interface Judgement {
  readonly run: string;
  readonly verdict: Verdict;
}

export interface ExperimentResult {
  readonly rows: readonly Row[];
  /** Of the runs that were checked. */
  readonly judgements: readonly Judgement[];
}

/** A figure: what it shows, what can be varied, how it is made. */
export interface Experiment<S extends ParameterSpecs = ParameterSpecs> {
  readonly name: string;
  readonly title: string;
  /** The question it answers and how, for `--help` and the docs. */
  readonly about: string;
  readonly parameters: S;
  readonly plot: PlotSpec;
  /** A method, so that experiments of any parameters fit one list. */
  run(parameters: Parameters<S>, run: Run): ExperimentResult;
}

/** The user stopped the experiment. */
export class InterruptedError extends Error {
  override name = 'InterruptedError';
}
