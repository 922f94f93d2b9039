/** A random run as plain data: nothing is drawn any more, so that it can be kept, changed and replayed. */
import { AssertionFailure, DetailedError, type Nanos } from '@ballast/base';
import { type Fault, FaultSchedule } from '@ballast/sim';
import type { PlannedChanges } from './planned-changes.ts';
import {
  drawRun,
  type RandomRunOptions,
  randomRun,
  type RandomRunResult,
  RUN_DURABILITIES,
  type RunDurability,
} from './random-run.ts';
import { DURATION_NS_RANGE, isInRange, rangeText, type RunShape, SHAPE_RANGES } from './run-shape.ts';
import { type RackParts, type System, SYSTEMS } from './rack-options.ts';

/** JSON carries it. */
export interface RunPlan {
  /** Of everything that is drawn while it runs: keys, service times, which frames are lost. */
  readonly seed: number;
  readonly system: System;
  readonly durability: RunDurability;
  readonly durationNs: Nanos;
  readonly shape: RunShape;
  readonly changes: PlannedChanges;
  readonly faults: readonly Fault[];
}

export type RunPlanErrorDetail =
  { code: 'NOT_AN_OBJECT' } | { code: 'BAD_FIELD'; field: string; expected: string; actual: string };

/** Data that is no plan of a run. */
export class RunPlanError extends DetailedError<RunPlanErrorDetail> {
  protected override explain(d: RunPlanErrorDetail): string {
    switch (d.code) {
      case 'NOT_AN_OBJECT':
        return 'the plan of a run is a JSON object; expected what --shrink wrote';
      case 'BAD_FIELD':
        return `"${d.field}" is ${d.actual}; expected ${d.expected}`;
    }
  }
}

/** Draws what the seed decides: running the plan is running the seed. */
export function planOf(options: RandomRunOptions): RunPlan {
  const { seed, system = 'pegasus' } = options;
  const { durability, durationNs, shape, changes, faults } = drawRun(options);
  return { seed, system, durability, durationNs, shape, changes, faults: faults.faults };
}

export function runPlan(plan: RunPlan, parts?: Partial<RackParts>): RandomRunResult {
  const faults = new FaultSchedule(plan.faults);
  return randomRun({ ...plan, faults, ...(parts === undefined ? {} : { parts }) });
}

type Fields = Readonly<Record<string, unknown>>;

/** Checks what a file says. @throws RunPlanError */
export function readRunPlan(data: unknown): RunPlan {
  if (!isObject(data)) throw new RunPlanError({ code: 'NOT_AN_OBJECT' });
  const plan = {
    seed: read(data, 'seed', 'an integer from 0 to 2^53 - 1', isWhole),
    system: read(data, 'system', `one of ${SYSTEMS.join(', ')}`, isOneOf(SYSTEMS)),
    durability: read(data, 'durability', `one of ${RUN_DURABILITIES.join(', ')}`, isOneOf(RUN_DURABILITIES)),
    durationNs: read(data, 'durationNs', rangeText(DURATION_NS_RANGE), isDuration),
    shape: readShape(read(data, 'shape', 'an object', isObject)),
    changes: read(data, 'changes', 'an object with "standby" and "steps"', isChanges),
    faults: read(
      data,
      'faults',
      'a list of faults; the same on one node or link one after another',
      isFaults,
    ),
  };
  const { servers } = plan.shape;
  read(data, 'changes', `fewer standby servers than the ${servers} of the rack, and steps of these`, () =>
    areOfRack(plan.changes, servers),
  );
  return plan;
}

function readShape(fields: Fields): RunShape {
  for (const [name, range] of Object.entries(SHAPE_RANGES)) {
    read(fields, name, rangeText(range), (value) => isInRange(value, range));
  }
  return fields as unknown as RunShape; // Every field of one has just been read.
}

function read<T>(fields: Fields, field: string, expected: string, accept: (value: unknown) => value is T): T;
function read(fields: Fields, field: string, expected: string, accept: (value: unknown) => boolean): unknown;
function read(fields: Fields, field: string, expected: string, accept: (value: unknown) => boolean): unknown {
  const value = fields[field];
  if (accept(value)) return value;
  const actual = value === undefined ? 'missing' : JSON.stringify(value).slice(0, 60);
  throw new RunPlanError({ code: 'BAD_FIELD', field, expected, actual });
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isPositive(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) > 0;
}

function isOneOf<T extends string>(names: readonly T[]): (value: unknown) => value is T {
  return (value): value is T => (names as readonly unknown[]).includes(value);
}

function isDuration(value: unknown): value is Nanos {
  return isInRange(value, DURATION_NS_RANGE);
}

function isChanges(value: unknown): value is PlannedChanges {
  if (!isObject(value) || !isWhole(value['standby']) || !Array.isArray(value['steps'])) return false;
  return value['steps'].every((step) => {
    if (!isObject(step) || !Number.isFinite(step['atNs'])) return false;
    return step['kind'] === 'rebalance' || (step['kind'] === 'leave' && isWhole(step['server']));
  });
}

function areOfRack({ standby, steps }: PlannedChanges, servers: number): boolean {
  return standby < servers && steps.every((step) => step.kind === 'rebalance' || step.server < servers);
}

/** Of each kind the fields that it has beside its times. */
const FAULT_FIELDS: Readonly<Record<Fault['kind'], readonly string[]>> = {
  impair: ['link', 'faults'],
  cut: ['link'],
  part: ['nodes'],
  isolate: ['nodes'],
  crash: ['node'],
  pause: ['node'],
  slow: ['node', 'factor'],
  skew: ['node', 'byNs'],
  drift: ['node', 'ppm'],
};

function isFaults(value: unknown): value is readonly Fault[] {
  if (!Array.isArray(value) || !value.every(isFault)) return false;
  try {
    return new FaultSchedule(value).healNs < Infinity;
  } catch (error) {
    if (error instanceof AssertionFailure) return false;
    throw error;
  }
}

function isFault(value: unknown): value is Fault {
  if (!isObject(value) || !isPositive(value['forNs']) || !Number.isFinite(value['atNs'])) return false;
  const [, fields] = Object.entries(FAULT_FIELDS).find(([kind]) => kind === value['kind']) ?? [];
  return fields?.every((field) => value[field] !== undefined) ?? false;
}
