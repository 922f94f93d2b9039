/** Shows the fuzzer's power: plants one bug at a time and counts the packets until it is found. */
import type { Program } from '../../ir.ts';
import { ProgramError } from '../../program-error.ts';
import type { Target } from '../../target.ts';
import { Coverage } from '../coverage.ts';
import { describeDivergence, type Divergence } from '../divergence.ts';
import { caseSeeds, drawCase, type DrawnCase, type FailedCase, runRandomCase } from '../fuzz.ts';
import { runCase } from '../run-case.ts';
import { shrink } from '../shrink.ts';
import { EXPRESSION_MUTANTS } from './expression-mutants.ts';
import { HEADER_MUTANTS } from './header-mutants.ts';
import { JS_MUTANTS } from './js-mutants.ts';
import { INSTANCE_MUTANTS } from './instance-mutants.ts';
import type { Mutant } from './mutant.ts';
import { STATE_MUTANTS } from './state-mutants.ts';

/** Every planted bug. Those of the js back end bite on that target only. */
export const MUTANTS: readonly Mutant[] = [
  ...EXPRESSION_MUTANTS,
  ...HEADER_MUTANTS,
  ...STATE_MUTANTS,
  ...INSTANCE_MUTANTS,
  ...JS_MUTANTS,
];

export interface MutantsOptions {
  readonly oracle: Target;
  readonly target: Target;
  readonly mutants?: readonly Mutant[];
  /** Fuzzed beside random ones, as in `fuzz`. */
  readonly programs?: readonly Program[];
  readonly seed: number;
  /** A mutant that so many packets do not find is missed. Default: 20,000. */
  readonly packetsMax?: number;
  /** Executions to spend on shrinking what found each mutant; 0: leave it. Default: 0. */
  readonly shrinkTriesMax?: number;
  readonly onProgress?: (result: MutantResult) => void;
}

export interface MutantResult {
  readonly name: string;
  readonly bug: string;
  readonly isFound: boolean;
  /** Packets until it was found, or in all. Programs that the bug cannot bite are passed over. */
  readonly packets: number;
  /** Programs run. */
  readonly programs: number;
  /** What gave it away. */
  readonly divergence: Divergence | null;
}

export interface MutantReport {
  readonly seed: number;
  readonly mutants: readonly MutantResult[];
  readonly missed: readonly string[];
}

const PACKETS_MAX = 20_000;
/** Programs that may be passed over in a row before a mutant counts as one that nothing can show. */
const CASES_MAX = 3000;

export function fuzzMutants(options: MutantsOptions): MutantReport {
  const { mutants = MUTANTS, seed, onProgress } = options;
  const results = mutants.map((mutant) => {
    const result = hunt(mutant, options);
    onProgress?.(result);
    return result;
  });
  return { seed, mutants: results, missed: results.filter((r) => !r.isFound).map((r) => r.name) };
}

function hunt(mutant: Mutant, options: MutantsOptions): MutantResult {
  const { packetsMax = PACKETS_MAX, programs: given = [] } = options;
  const coverage = new Coverage();
  const seeds = caseSeeds(options.seed);
  let programs = 0;
  let divergence: Divergence | null = null;
  for (let i = 0; i < CASES_MAX && coverage.packets < packetsMax && divergence === null; i++) {
    const caseSeed = seeds.next();
    const drawn = drawCase(caseSeed, given);
    const packetsBefore = coverage.packets;
    const failed = attempt(mutant, options, drawn, coverage);
    if (coverage.packets > packetsBefore) programs++;
    // A bug of the target's own is no credit to the hunt.
    if (failed === null || runCase([options.oracle, options.target], failed.case) !== null) continue;
    divergence = described(mutant, failed, caseSeed, options);
  }
  const { name, bug } = mutant;
  return { name, bug, isFound: divergence !== null, packets: coverage.packets, programs, divergence };
}

/** Null when nothing differs, when the bug has nothing to bite, or when the target refuses the program. */
function attempt(
  mutant: Mutant,
  options: MutantsOptions,
  drawn: DrawnCase,
  coverage: Coverage,
): FailedCase | null {
  try {
    const planted = mutant.plant(options.target, drawn.program);
    return planted === null ? null : runRandomCase([options.oracle, planted], drawn, coverage);
  } catch (error) {
    if (error instanceof ProgramError) return null;
    throw error;
  }
}

function described(
  mutant: Mutant,
  failed: FailedCase,
  caseSeed: number,
  options: MutantsOptions,
): Divergence {
  const { oracle, target, shrinkTriesMax = 0 } = options;
  if (shrinkTriesMax === 0) return describeDivergence(failed.case, failed.disagreement, caseSeed);
  const { case: shrunk, disagreement } = shrink(failed.case, failed.disagreement, {
    triesMax: shrinkTriesMax,
    fails: (candidate) => {
      const planted = mutant.plant(target, candidate.program);
      return planted === null ? null : runCase([oracle, planted], candidate);
    },
  });
  return describeDivergence(shrunk, disagreement, caseSeed);
}
