/** A run from a seed in words and as plain data. */
import { formatNanos } from '@ballast/base';
import { failuresOf, type PlannedChanges, type RunFailure, type RunPlan, type RunShape } from '@ballast/rack';
import { FaultSchedule } from '@ballast/sim';
import type { TableRow } from '../terminal/table.ts';
import { formatCount } from '../terminal/units.ts';
import { verdictText } from '../verdict.ts';
import type { SeedRun } from './worker.ts';

export type FailureKind = RunFailure | 'not repeatable';

/** What can be wrong with a run. All but 'unknown' are certain. */
export interface Failure {
  readonly kind: FailureKind;
  readonly text: string;
}

/** Everything that is wrong with a run; nothing for a sound one. */
export function failuresOfRun({ result, error }: SeedRun): Failure[] {
  if (result === null) return [{ kind: 'broken', text: `broken: ${error}` }];
  const { verdict, framesInUse, traceHash, secondTraceHash } = result;
  const texts: Readonly<Record<RunFailure, string>> = {
    violation: verdictText(verdict),
    unknown: verdictText(verdict),
    stuck: 'stuck: operations or transitions had not ended long after the last fault',
    leak: `leak: nobody released ${framesInUse} frames`,
    broken: 'broken',
  };
  const failures: Failure[] = failuresOf(result).map((kind) => ({ kind, text: texts[kind] }));
  if (secondTraceHash !== null && secondTraceHash !== traceHash) {
    const text = `not repeatable: its traces are ${traceHash} and ${secondTraceHash}`;
    failures.push({ kind: 'not repeatable', text });
  }
  return failures;
}

/** The run as flat data, with what is wrong in words; a second hash only where there is one. */
export function seedRunDocument(run: SeedRun): object {
  const { plan, result, error } = run;
  const { faults: schedule, system: _system, ...made } = plan;
  const failures = failuresOfRun(run).map(({ kind }) => kind);
  if (result === null) return { ...made, schedule, error, failures };
  const { secondTraceHash, ...rest } = result;
  const second = secondTraceHash === null ? {} : { secondTraceHash };
  return { ...made, schedule, ...rest, ...second, failures };
}

/** One run as a line of a table. */
export function seedRunRow(run: SeedRun): TableRow {
  const { seed, shape, faults } = run.plan;
  const outcome = failuresOfRun(run).map(({ kind }) => kind);
  return {
    seed,
    servers: shape.servers,
    keys: shape.keys,
    faults: faults.length,
    operations: run.result?.operations ?? null,
    events: run.result?.events ?? null,
    promotions: run.result?.promotions ?? null,
    demotions: run.result?.demotions ?? null,
    'trace hash': run.result?.traceHash ?? null,
    verdict: outcome.length === 0 ? 'ok' : outcome.join(', '),
  };
}

/** One run as a block of lines. */
export function seedRunText(run: SeedRun): string {
  return blockOf({ seed: String(run.plan.seed), ...planLines(run.plan), ...resultLines(run) });
}

/** What a run is made of, as a block of lines. */
export function planText(plan: RunPlan): string {
  return blockOf(planLines(plan));
}

function blockOf(lines: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(lines).map((name) => name.length));
  return Object.entries(lines)
    .map(([name, text]) => `${name.padEnd(width)}  ${text.replaceAll('\n', `\n${' '.repeat(width + 2)}`)}`)
    .join('\n');
}

function planLines({
  system,
  shape,
  durability,
  durationNs,
  faults,
  changes,
}: RunPlan): Record<string, string> {
  const { servers, clients, users, keys, theta, writeRatio, deleteShare } = shape;
  const { preloadShare, shiftNs, hotKeysMax, estimator } = shape;
  const schedule = new FaultSchedule(faults).toString();
  return {
    rack:
      `${system}: ${counted(servers, 'server')}, ${counted(clients, 'client')} with ` +
      `${counted(users, 'user')}, directory of ${hotKeysMax} by ${estimator}`,
    workload:
      `${formatNanos(durationNs)} of ${counted(keys, 'key')} (${percent(preloadShare)} there at first), ` +
      `Zipf ${theta.toFixed(2)} shifting every ${formatNanos(shiftNs)}, ${percent(writeRatio)} writes, ` +
      `${percent(deleteShare)} of them deletes`,
    durability,
    network: networkText(shape),
    faults: schedule === '' ? 'none' : schedule,
    planned: changes.steps.map(changeText).join('\n') || 'nothing',
  };
}

function counted(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`;
}

function resultLines({ result, error }: SeedRun): Record<string, string> {
  if (result === null) return { verdict: `broken: ${error}` };
  return {
    operations: formatCount(result.operations),
    events: formatCount(result.events),
    promotions: formatCount(result.promotions),
    demotions: formatCount(result.demotions),
    'trace hash': result.traceHash,
    verdict: verdictText(result.verdict).split('\n')[0]!,
  };
}

function changeText(change: PlannedChanges['steps'][number]): string {
  const what = change.kind === 'leave' ? `server${change.server} leaves` : 'standby servers join';
  return `${formatNanos(change.atNs)}: ${what}`;
}

function networkText(shape: RunShape): string {
  const { lossRatio, duplicateRatio, reorderRatio, reorderDelayNs, corruptRatio } = shape;
  const faults = [
    { ratio: lossRatio, what: 'lost' },
    { ratio: duplicateRatio, what: 'doubled' },
    { ratio: reorderRatio, what: `late by up to ${formatNanos(reorderDelayNs)}` },
    { ratio: corruptRatio, what: 'damaged' },
  ];
  const texts = faults.filter(({ ratio }) => ratio > 0).map(({ ratio, what }) => `${percent(ratio)} ${what}`);
  return texts.length === 0 ? 'sound' : `of all messages ${texts.join(', ')}`;
}

const percents = new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 1 });

function percent(share: number): string {
  return percents.format(share);
}
