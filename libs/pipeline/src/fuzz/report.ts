/** Reports of fuzzing runs as text for people and as plain data for JSON. */
import { type CoverageReport } from './coverage.ts';
import { type Divergence, divergenceText } from './divergence.ts';
import type { FuzzReport } from './fuzz.ts';
import type { MutantReport, MutantResult } from './mutants/fuzz-mutants.ts';

/** A divergence without its capture and its case, which are for files and programs. */
export type PlainDivergence = Omit<Divergence, 'pcap' | 'shrunk'>;

/** The report with nothing in it that JSON cannot hold. */
export function plainFuzzReport(
  report: FuzzReport,
): Omit<FuzzReport, 'found'> & { found: PlainDivergence[] } {
  return { ...report, found: report.found.map(plainDivergence) };
}

export function plainMutantReport(report: MutantReport): Omit<MutantReport, 'mutants'> & {
  mutants: (Omit<MutantResult, 'divergence'> & { divergence: PlainDivergence | null })[];
} {
  const mutants = report.mutants.map(({ divergence, ...result }) => {
    return { ...result, divergence: divergence === null ? null : plainDivergence(divergence) };
  });
  return { ...report, mutants };
}

function plainDivergence(divergence: Divergence): PlainDivergence {
  const { target, caseSeed, summary, program, steps, expected, actual } = divergence;
  return { target, caseSeed, summary, program, steps, expected, actual };
}

/** Divergences first, then what was exercised. */
export function fuzzReportText(report: FuzzReport): string {
  const { cases, coverage, found, givenPrograms, packets, randomPrograms, refusals, seed } = report;
  const programs = `${randomPrograms} random programs, ${givenPrograms} cases of given ones`;
  return [
    ...found.map((d) => `${divergenceText(d)}\n`),
    `seed ${seed}: ${cases} cases (${programs}), ${packets} packets, ${found.length} divergences`,
    ...Object.entries(refusals).map(([reason, count]) => `refused ${count} programs: ${reason}`),
    ...coverageLines(coverage),
    '',
  ].join('\n');
}

function coverageLines(coverage: CoverageReport): string[] {
  const { answers, constructs, control, drops, earlyDropRatio, outcomes, programs, unreached } = coverage;
  const all = Object.keys(constructs).length;
  return [
    `${all - unreached.length} of ${all} constructs reached`,
    ...unreached.map((label) => `  not: ${label}`),
    ...countLines('constructs, packets that reached them', constructs),
    ...countLines('outcomes', outcomes),
    ...countLines('drops', drops),
    `  early drops: ${(100 * earlyDropRatio).toFixed(1)} % of all packets`,
    ...countLines('answers of slots and caches', answers),
    ...countLines('control plane', control),
    ...Object.entries(programs).flatMap(([name, p]) => [
      `program ${name}: ${p.cases} cases reached ${p.statementsReached} of ${p.statements} statements`,
      ...p.unreached.map((statement) => `  not: ${statement}`),
    ]),
  ];
}

const COLUMNS = 3;

function countLines(title: string, counts: Readonly<Record<string, number>>): string[] {
  const entries = Object.entries(counts);
  if (entries.length === 0) return [];
  const cells = entries.map(([name, count]) => `${name} ${count}`);
  const width = Math.max(...cells.map((cell) => cell.length)) + 2;
  const rows: string[] = [];
  for (let i = 0; i < cells.length; i += COLUMNS) {
    const row = cells.slice(i, i + COLUMNS).map((cell) => cell.padEnd(width));
    rows.push(`  ${row.join('')}`.trimEnd());
  }
  return [`${title}:`, ...rows];
}

/** One line a mutant: found or missed, after how many packets, by what. */
export function mutantReportText({ mutants, missed, seed }: MutantReport): string {
  const width = Math.max(...mutants.map((m) => m.name.length));
  const lines = mutants.map((m) => {
    const found = m.isFound
      ? `found after ${String(m.packets).padStart(5)} packets`
      : `MISSED in ${m.packets} packets`;
    return `${m.name.padEnd(width)}  ${found}, ${m.programs} programs: ${m.bug}`;
  });
  const summary = `seed ${seed}: ${mutants.length - missed.length} of ${mutants.length} planted bugs found`;
  return [...lines, summary, ''].join('\n');
}
