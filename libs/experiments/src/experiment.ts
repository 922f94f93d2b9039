import type { Verdict } from '@ballast/checkers';
import type { Rack } from '@ballast/rack';
import type { Parameters, ParameterSpecs } from './parameters.ts';

/** One line of a result: flat, so that it is a line of a CSV file too. */
export type Row = Readonly<Record<string, string | number | null>>;

/** Which columns a plot shows, one line per value of `series`: a column, or several together. */
export interface PlotSpec {
  readonly x: { readonly column: string; readonly title: string; readonly isLogarithmic?: boolean };
  readonly y: { readonly column: string; readonly title: string; readonly scale?: number };
  readonly series: string | readonly string[];
  /** Of the rows that have x, only those that agree with the first one in these columns are drawn. */
  readonly sameAsFirst?: readonly string[];
  /** A column drawn as a dashed line in the colour of its series. */
  readonly bound?: string;
}

/** A rack, or two in a chain. */
export type LoadedRack = Pick<
  Rack,
  | 'kernel'
  | 'options'
  | 'clients'
  | 'servers'
  | 'history'
  | 'setRate'
  | 'stopLoad'
  | 'measureFrom'
  | 'reading'
>;

/** What a point may use while it is measured. */
export interface PointRun {
  /** Called as it goes with the share that is done. Throws what is to end the point. */
  readonly progress: (share: number) => void;
  /** Whether the rack is to record what its clients see. */
  readonly keepsHistory: boolean;
}

/**
 * A part of a figure that needs no other: a rack of its own, and the rows that it gives. Everything follows
 * from the parameters, so points may run in any order and at the same time.
 */
export interface Point {
  /** Of its history and its verdict: 'pegasus-zipf-1.2'. */
  readonly name: string;
  /** What it is about, for people: 'pegasus, Zipf 1.2'. */
  readonly label: string;
  /** Work expected, in simulated requests: progress and the time left follow from it. */
  readonly work: number;
  /** Its rack is known to lose writes: its rows tell, and `--check` does not judge it. */
  readonly losesWrites?: boolean;
  readonly measure: (run: PointRun) => { readonly rows: readonly Row[]; readonly rack: LoadedRack };
}

export interface Judgement {
  readonly run: string;
  readonly verdict: Verdict;
}

export interface PointResult {
  readonly rows: readonly Row[];
  /** Null when it was not judged. */
  readonly judgement: Judgement | null;
}

/** A figure: what it shows, what can be varied, how it is made. */
export interface Experiment<S extends ParameterSpecs = ParameterSpecs> {
  readonly name: string;
  readonly title: string;
  /** The question it answers and how, for `--help` and the docs. */
  readonly about: string;
  readonly parameters: S;
  readonly plot: PlotSpec;
  /**
   * In the order of their rows. A method, so that experiments of any parameters fit one list.
   *
   * @throws ParameterError where values contradict each other
   */
  points(parameters: Parameters<S>): Point[];
}

/** The user stopped the experiment. */
export class InterruptedError extends Error {
  override name = 'InterruptedError';
}
