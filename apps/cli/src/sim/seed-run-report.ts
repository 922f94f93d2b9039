/** A run from a seed in words and as plain data. */
import { formatNanos } from '@ballast/base';
import type { RunShape } from '@ballast/rack';
import { formatCount } from '../terminal/units.ts';
import { verdictText } from '../verdict.ts';
import type { SeedRun } from './worker.ts';

/** What can be wrong with a run. All but 'unknown' are certain. */
export interface Fault {
  readonly kind: 'violation' | 'unknown' | 'stuck' | 'leak' | 'not repeatable';
  readonly text: string;
}

/** Everything that is wrong with a run; nothing for a sound one. */
export function faultsOf(run: SeedRun): Fault[] {
  const { verdict, cameToRest, framesInUse, traceHash, secondTraceHash } = run;
  const faults: Fault[] = [];
  if (verdict.verdict !== 'ok') faults.push({ kind: verdict.verdict, text: verdictText(verdict) });
  if (!cameToRest) {
    const text = 'stuck: operations or transitions had not ended long after the last fault';
    faults.push({ kind: 'stuck', text });
  }
  if (framesInUse > 0) faults.push({ kind: 'leak', text: `leak: nobody released ${framesInUse} frames` });
  if (secondTraceHash !== null && secondTraceHash !== traceHash) {
    const text = `not repeatable: its traces are ${traceHash} and ${secondTraceHash}`;
    faults.push({ kind: 'not repeatable', text });
  }
  return faults;
}

/** One run as a line of a table. */
export function seedRunRow(run: SeedRun): Record<string, string | number> {
  const { seed, shape, operations, events, promotions, demotions, traceHash } = run;
  const { servers, keys } = shape;
  const outcome = faultsOf(run).map(({ kind }) => kind);
  return {
    seed,
    servers,
    keys,
    operations,
    events,
    promotions,
    demotions,
    'trace hash': traceHash,
    verdict: outcome.length === 0 ? 'ok' : outcome.join(', '),
  };
}

/** One run as a block of lines. */
export function seedRunText(run: SeedRun): string {
  const { seed, shape, verdict } = run;
  const { servers, clients, users, keys, theta, writeRatio, deleteShare } = shape;
  const { preloadShare, shiftNs, hotKeysMax, estimator } = shape;
  const lines = {
    seed: String(seed),
    rack: `${servers} servers, ${clients} clients with ${users} users, directory of ${hotKeysMax} by ${estimator}`,
    workload:
      `${keys} keys (${percent(preloadShare)} there at first), Zipf ${theta.toFixed(2)} shifting every ` +
      `${formatNanos(shiftNs)}, ${percent(writeRatio)} writes, ${percent(deleteShare)} of them deletes`,
    faults: faultsText(shape),
    operations: formatCount(run.operations),
    events: formatCount(run.events),
    promotions: formatCount(run.promotions),
    demotions: formatCount(run.demotions),
    'trace hash': run.traceHash,
    verdict: verdictText(verdict).split('\n')[0]!,
  };
  const width = Math.max(...Object.keys(lines).map((name) => name.length));
  return Object.entries(lines)
    .map(([name, text]) => `${name.padEnd(width)}  ${text}`)
    .join('\n');
}

function faultsText({ lossRatio, duplicateRatio, reorderRatio, reorderDelayNs }: RunShape): string {
  const faults = [
    { ratio: lossRatio, what: 'lost' },
    { ratio: duplicateRatio, what: 'doubled' },
    { ratio: reorderRatio, what: `late by up to ${formatNanos(reorderDelayNs)}` },
  ];
  const texts = faults.filter(({ ratio }) => ratio > 0).map(({ ratio, what }) => `${percent(ratio)} ${what}`);
  return texts.length === 0 ? 'none' : `of all messages ${texts.join(', ')}`;
}

const percents = new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 1 });

function percent(share: number): string {
  return percents.format(share);
}
