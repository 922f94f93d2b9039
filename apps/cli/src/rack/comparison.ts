/** The end of `ballast rack up`: what the systems did under the same load, and what that comes to. */
import type { TableRow } from '../terminal/table.ts';
import { formatCount, formatLatency, formatMicros, formatRate, formatShare } from '../terminal/units.ts';
import { LAG_MS_MAX } from './live-view.ts';
import type { PhaseResult } from './run-phase.ts';

/** Ratios nearer to 1 than this are no difference: load and queues vary by as much from second to second. */
const RATIO_NOISE = 0.03;

export interface Comparison {
  /** 'uniform' or 'Zipf 1.2'. */
  readonly workload: string;
  /** What Pegasus answered in units of what hashing answered. */
  readonly throughputRatio: number;
  readonly p99Us: { readonly hashing: number; readonly pegasus: number };
}

/** A phase in one line, when it is over. */
export function phaseLine({ phase, ...result }: PhaseResult): string {
  const answered = `${formatRate(result.answeredPerSecond)}/s of ${formatRate(result.offeredPerSecond)}/s`;
  const latency = `p50 ${formatLatency(result.p50Us)}, typical p99 ${formatLatency(result.p99TypicalUs)}`;
  return `${phase.label}, ${phase.system}: ${answered}, ${latency}`;
}

/** A row of the table that closes the run. */
export function tableRow(result: PhaseResult): TableRow {
  const { phase, boundPerSecond, verdict, lost } = result;
  return {
    workload: phase.label,
    system: phase.system,
    offered: formatCount(result.offeredPerSecond),
    answered: formatCount(result.answeredPerSecond),
    bound: boundPerSecond === null ? null : formatCount(boundPerSecond),
    p50: formatLatency(result.p50Us),
    p99: formatLatency(result.p99Us),
    typical: formatLatency(result.p99TypicalUs),
    fullest: formatShare(result.fullestUtilisation),
    ...(lost > 0 ? { lost } : {}),
    ...(verdict === null ? {} : { history: verdict.verdict }),
  };
}

/** What the table's headings mean. */
export const TABLE_NOTES = [
  'offered, answered, bound: operations/s; fullest: the fullest server of a second',
  "typical: the median of the seconds' p99, without the moments after a shift",
];

/** A row of the JSON document: flat, in the units of its names. */
export function documentRow(result: PhaseResult): TableRow {
  const { phase, boundPerSecond, verdict } = result;
  return {
    workload: phase.workload,
    label: phase.label,
    system: phase.system,
    offeredPerSecond: Math.round(result.offeredPerSecond),
    answeredPerSecond: Math.round(result.answeredPerSecond),
    boundPerSecond: boundPerSecond === null ? null : Math.round(boundPerSecond),
    p50Us: latencyOf(result.p50Us),
    p99Us: latencyOf(result.p99Us),
    p99TypicalUs: latencyOf(result.p99TypicalUs),
    lost: result.lost,
    fullestUtilisation: round(result.fullestUtilisation, 4),
    hotKeys: result.hotKeys,
    lagMsMax: round(result.lagMsMax, 1),
    ...(verdict === null ? {} : { verdict: verdict.verdict }),
  };
}

/** One for each workload that both systems ran. */
export function compare(results: readonly PhaseResult[]): Comparison[] {
  return results.flatMap((pegasus) => {
    if (pegasus.phase.system !== 'pegasus') return [];
    const hashing = results.find(
      ({ phase }) => phase.system === 'hashing' && phase.workload === pegasus.phase.workload,
    );
    if (hashing === undefined || hashing.answeredPerSecond === 0) return [];
    return {
      workload: pegasus.phase.label,
      throughputRatio: pegasus.answeredPerSecond / hashing.answeredPerSecond,
      p99Us: { hashing: hashing.p99TypicalUs, pegasus: pegasus.p99TypicalUs },
    };
  });
}

/** The comparisons in words, one sentence; null when nothing was compared. */
export function verdictSentence(comparisons: readonly Comparison[]): string | null {
  if (comparisons.length === 0) return null;
  return `${comparisons.map(clause).join('; ')}.`;
}

/** What a reader must know about how the figures came about; none when all went well. */
export function cautions(results: readonly PhaseResult[]): string[] {
  const lagMsMax = Math.max(0, ...results.map(({ lagMsMax }) => lagMsMax));
  if (lagMsMax <= LAG_MS_MAX) return [];
  return [
    `This machine was too slow for the load: the rack was up to ${formatMicros(lagMsMax * 1000)} behind the clock. The ` +
      "figures are in the rack's own time and hold all the same; a lower --rate lets it keep up.",
  ];
}

function clause({ workload, throughputRatio, p99Us }: Comparison): string {
  const times = `${throughputRatio.toFixed(2)} times what hashing does`;
  const advantage = Math.abs(throughputRatio - 1) <= RATIO_NOISE ? ': no advantage' : '';
  const p99 = `p99 ${formatLatency(p99Us.pegasus)} against ${formatLatency(p99Us.hashing)}`;
  return `${workload} keys: Pegasus answers ${times}${advantage} (${p99})`;
}

/** Null when nothing was answered. */
function latencyOf(us: number): number | null {
  return us === 0 ? null : round(us, 1);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
