/**
 * Equivalence fuzzing: random and given programs, random packets, state and control-plane calls, on several
 * targets that must agree with the first.
 *
 * Every case has a seed of its own; the first case of a run has the run's. So any failure replays alone: as
 * the first case of a run with its seed.
 */
import { Prng } from '@ballast/base';
import { ProgramError } from '../program-error.ts';
import type { Program } from '../ir.ts';
import type { Target } from '../target.ts';
import { Coverage, type CoverageReport } from './coverage.ts';
import { describeDivergence, type Divergence } from './divergence.ts';
import type { FuzzCase, FuzzStep } from './execution.ts';
import { ObservedProgram } from './observed-program.ts';
import { randomProgram } from './random-program.ts';
import { between } from './random-values.ts';
import { type Disagreement, runCase, SideBySide } from './run-case.ts';
import { randomLoad, Scenario } from './scenario.ts';
import { shrink } from './shrink.ts';

/** The oracle first. */
export type Targets = readonly [Target, Target, ...Target[]];

export interface FuzzBudget {
  /** Ends after so many packets. */
  readonly packets?: number;
  /** Ends when the clock given shows `untilNs`. The room has no clock of its own. */
  readonly clock?: { readonly elapsedNs: () => number; readonly untilNs: number };
}

export interface FuzzOptions {
  readonly targets: Targets;
  /** Programs to be fuzzed beside random ones; about one case in three when there are any. */
  readonly programs?: readonly Program[];
  readonly seed: number;
  readonly budget: FuzzBudget;
  /** Ends after so many divergences. Default: 3. */
  readonly divergencesMax?: number;
  /** Executions that shrinking one divergence may take. Default: 3000. */
  readonly shrinkTriesMax?: number;
  readonly onProgress?: (progress: FuzzProgress) => void;
}

export interface FuzzProgress {
  readonly cases: number;
  readonly packets: number;
  readonly divergences: number;
}

export interface FuzzReport extends FuzzProgress {
  readonly seed: number;
  /** Random programs run. */
  readonly randomPrograms: number;
  /** Cases of given programs; each by itself is in `coverage.programs`. */
  readonly givenPrograms: number;
  /** Programs that a target refused for want of a capability, by target and reason. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly coverage: CoverageReport;
  readonly found: readonly Divergence[];
}

const GIVEN_RATIO = 1 / 3;
const DIVERGENCES_MAX = 3;
const SHRINK_TRIES_MAX = 3000;

/** Fuzzes until the budget is used up or enough divergences are found. Deterministic but for the clock. */
export function fuzz(options: FuzzOptions): FuzzReport {
  const { targets, seed, budget, programs = [], divergencesMax = DIVERGENCES_MAX, onProgress } = options;
  const coverage = new Coverage();
  const found: Divergence[] = [];
  const refusals: Record<string, number> = {};
  const seeds = caseSeeds(seed);
  let cases = 0;
  let givenPrograms = 0;
  while (found.length < divergencesMax && !isSpent(budget, coverage.packets)) {
    const caseSeed = seeds.next();
    cases++;
    const drawn = drawCase(caseSeed, programs);
    if (drawn.isGiven) givenPrograms++;
    try {
      const failed = runRandomCase(targets, drawn, coverage);
      if (failed !== null) found.push(shrunkDivergence(options, failed, caseSeed));
    } catch (error) {
      if (!(error instanceof ProgramError)) throw error;
      refusals[error.detail.reason] = (refusals[error.detail.reason] ?? 0) + 1;
    }
    onProgress?.({ cases, packets: coverage.packets, divergences: found.length });
  }
  const progress = { cases, packets: coverage.packets, divergences: found.length };
  const randomPrograms = cases - givenPrograms;
  return { seed, ...progress, randomPrograms, givenPrograms, refusals, coverage: coverage.report(), found };
}

/** The seeds of a run's cases, without end. */
export function caseSeeds(seed: number): { next(): number } {
  const rng = new Prng(seed).fork('cases');
  let isFirst = true;
  return {
    next: () => {
      if (!isFirst) return rng.u32();
      isFirst = false;
      return seed;
    },
  };
}

function isSpent({ packets, clock }: FuzzBudget, packetsDone: number): boolean {
  if (packets !== undefined && packetsDone >= packets) return true;
  return clock !== undefined && clock.elapsedNs() >= clock.untilNs;
}

/** What a case's seed decides before anything runs. */
export interface DrawnCase {
  readonly program: Program;
  readonly isGiven: boolean;
  readonly rng: Prng;
  readonly packets: number;
}

export function drawCase(caseSeed: number, programs: readonly Program[]): DrawnCase {
  const rng = new Prng(caseSeed);
  const isGiven = programs.length > 0 && rng.chance(GIVEN_RATIO);
  // A given program is loaded once for more packets: its state is larger and its ways are longer.
  const program = isGiven ? rng.pick(programs) : randomProgram(rng.fork('program'));
  return { program, isGiven, rng, packets: isGiven ? 300 : between(rng, 20, 120) };
}

/** A case that failed. */
export interface FailedCase {
  readonly case: FuzzCase;
  readonly disagreement: Disagreement;
}

/** Runs a drawn case step by step; null when all targets agree to the end. */
export function runRandomCase(
  targets: readonly Target[],
  drawn: DrawnCase,
  coverage: Coverage,
): FailedCase | null {
  const { program, rng } = drawn;
  const load = randomLoad(rng);
  const observed = new ObservedProgram(program);
  const run = new SideBySide(targets, program, load, observed.program);
  const scenario = new Scenario(rng, program);
  const steps: FuzzStep[] = [];
  let failure: Disagreement | null = null;
  for (let packets = 0; packets < drawn.packets && failure === null;) {
    const step = scenario.next();
    steps.push(step);
    if (step.kind === 'packet') packets++;
    observed.begin();
    const { expected, disagreement } = run.step(step);
    const activity = observed.end();
    coverage.note(step, expected, activity);
    scenario.learn(expected, activity);
    failure = disagreement;
  }
  const { expected, disagreement } = run.finish();
  coverage.finish(observed, expected);
  if (drawn.isGiven) coverage.finishGiven(program, observed);
  failure ??= disagreement;
  return failure === null ? null : { case: { program, load, steps }, disagreement: failure };
}

function shrunkDivergence(options: FuzzOptions, failed: FailedCase, caseSeed: number): Divergence {
  const triesMax = options.shrinkTriesMax ?? SHRINK_TRIES_MAX;
  const fails = (candidate: FuzzCase): Disagreement | null => runCase(options.targets, candidate);
  // The oracle ran an observed copy of the program; the shrinker starts from what fails without observation.
  const plain = fails(failed.case);
  if (plain === null) return describeDivergence(failed.case, failed.disagreement, caseSeed);
  const { case: shrunk, disagreement } = shrink(failed.case, plain, { fails, triesMax });
  return describeDivergence(shrunk, disagreement, caseSeed);
}
