/** Makes a random run that fails smaller: fewer faults, servers, clients and keys, a network that works. */
import { type Candidate, type Fault, shrink, type ShapeGoal } from '@ballast/sim';
import { NO_CHANGES, type PlannedChanges } from './planned-changes.ts';
import type { RandomRunResult } from './random-run.ts';
import type { RackParts } from './rack-options.ts';
import { type RunPlan, runPlan } from './run-plan.ts';
import type { RunShape } from './run-shape.ts';

/**
 * What can be wrong with a run. `violation`: what clients saw has no order. `unknown`: the checker gave up.
 * `stuck`: it did not come to rest. `leak`: nobody released some frames. `broken`: an invariant did not hold.
 */
export type RunFailure = 'violation' | 'unknown' | 'stuck' | 'leak' | 'broken';

/** Everything that is wrong with a run that came to its end. */
export function failuresOf({
  verdict,
  cameToRest,
  framesInUse,
}: Pick<RandomRunResult, 'verdict' | 'cameToRest' | 'framesInUse'>): RunFailure[] {
  return [
    ...(verdict.verdict === 'ok' ? [] : [verdict.verdict]),
    ...(cameToRest ? [] : ['stuck' as const]),
    ...(framesInUse === 0 ? [] : ['leak' as const]),
  ];
}

export interface ShrinkRunOptions {
  readonly plan: RunPlan;
  readonly runsMax: number;
  readonly parts?: Partial<RackParts>;
  readonly onProgress?: (progress: { readonly runs: number; readonly plan: RunPlan }) => void;
}

export interface ShrunkRun {
  readonly plan: RunPlan;
  /** What the small one fails with: the first thing that was wrong with the plan. */
  readonly failure: RunFailure;
  readonly runs: number;
  /** False: the runs were used up before nothing could be made smaller. */
  readonly isSmallest: boolean;
}

interface Shape extends RunShape {
  readonly changes: PlannedChanges;
}

const GOALS: readonly ShapeGoal<Shape>[] = [
  { name: 'lossRatio', goal: 0, isCount: false },
  { name: 'duplicateRatio', goal: 0, isCount: false },
  { name: 'reorderRatio', goal: 0, isCount: false },
  { name: 'corruptRatio', goal: 0, isCount: false },
  { name: 'deleteShare', goal: 0, isCount: false },
  { name: 'preloadShare', goal: 1, isCount: false },
  { name: 'servers', goal: 2, isCount: true },
  { name: 'clients', goal: 1, isCount: true },
  { name: 'keys', goal: 1, isCount: true },
  { name: 'users', goal: 1, isCount: true },
  { name: 'hotKeysMax', goal: 1, isCount: true },
];

/** The smallest plan found that fails as the first does; null when the first is sound. */
export function shrinkRun({ plan, runsMax, parts, onProgress }: ShrinkRunOptions): ShrunkRun | null {
  const seen: RunFailure[] = [];
  const toPlan = ({ faults, durationNs, shape: { changes, ...shape } }: Candidate<Shape>): RunPlan => {
    return { ...plan, faults, durationNs, shape, changes };
  };
  const { faults, durationNs, shape, changes } = plan;
  const start = { faults, durationNs, shape: { ...shape, changes } };
  const result = shrink<Shape>(start, {
    fails: (candidate) => {
      const failures = tryRun(toPlan(candidate), parts);
      if (seen.length === 0) seen.push(...failures.slice(0, 1)); // Of the start: the others must fail alike.
      return failures.some((failure) => seen.includes(failure));
    },
    runsMax,
    goals: GOALS,
    simpler: withFewerChanges,
    adapt,
    onProgress: ({ runs, best }) => onProgress?.({ runs, plan: toPlan(best) }),
  });
  const [failure] = seen;
  if (result === null || failure === undefined) return null;
  return { plan: toPlan(result), failure, runs: result.runs, isSmallest: result.isSmallest };
}

function tryRun(plan: RunPlan, parts?: Partial<RackParts>): RunFailure[] {
  try {
    return failuresOf(runPlan(plan, parts));
  } catch {
    return ['broken']; // Whatever was thrown, replaying the plan throws it again.
  }
}

function withFewerChanges(shape: Shape): Shape[] {
  const { standby, steps } = shape.changes;
  if (standby === 0 && steps.length === 0) return [];
  const fewer = steps.map((left) => ({ standby, steps: steps.filter((step) => step !== left) }));
  return [NO_CHANGES, ...fewer].map((changes) => ({ ...shape, changes }));
}

/** Takes out what strikes or moves nodes that are gone, and what would come after the end. */
function adapt({ faults, shape, durationNs }: Candidate<Shape>): Candidate<Shape> {
  const { servers, clients } = shape;
  const isThere = (name: string): boolean => {
    const [, role, id] = /^(server|client)(\d+)/.exec(name) ?? [];
    return role === undefined || Number(id) < (role === 'server' ? servers : clients);
  };
  const steps = shape.changes.steps.filter(
    (step) => step.atNs < durationNs && !(step.kind === 'leave' && step.server >= servers),
  );
  const changes = { standby: Math.min(shape.changes.standby, servers - 1), steps };
  return {
    durationNs,
    shape: { ...shape, changes },
    faults: faults.filter((fault) => struckBy(fault).every(isThere)),
  };
}

/** Names of nodes and of their cables, which begin alike. */
function struckBy(fault: Fault): readonly string[] {
  if ('nodes' in fault) return fault.nodes;
  return ['link' in fault ? fault.link : fault.node];
}
