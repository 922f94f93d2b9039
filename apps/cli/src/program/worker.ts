/** The thread that packet programs are fuzzed in. */
import { seconds } from '@ballast/base';
import {
  divergenceText,
  fuzz,
  fuzzMutants,
  fuzzReportText,
  interpretTarget,
  jsTarget,
  MUTANTS,
  mutantReportText,
  plainFuzzReport,
  plainMutantReport,
  type Program,
} from '@ballast/pipeline';
import { shippedPrograms } from '@ballast/programs';
import { runTask } from '../background/task.ts';
import type { ProgressState } from '../terminal/progress-bar.ts';
import { formatCount } from '../terminal/units.ts';
import type { DivergenceFiles } from './divergence-files.ts';
import { shippedProgram } from './show.ts';

export interface FuzzTask {
  readonly seed: number;
  /** Ends after so long; null: when the packets are used up. Without effect on the hunt for planted bugs. */
  readonly seconds: number | null;
  /** Ends after so many packets; one planted bug is hunted for so many at most. Null: the default. */
  readonly packets: number | null;
  /** The shipped program to fuzz beside random ones; null: every one. */
  readonly program: string | null;
  /** Plants bugs, one at a time, and counts the packets until each is found. Their names; null: none. */
  readonly mutants: readonly string[] | null;
}

/** A report that fits through to the main thread: programs are data that only their own room can copy. */
export interface FuzzOutcome {
  readonly text: string;
  /** For `--json`. */
  readonly document: object;
  /** Divergences that were found, or planted bugs that were not. */
  readonly failures: number;
  readonly divergences: readonly DivergenceFiles[];
}

/** Cases take milliseconds; nobody looks so often. */
const PROGRESS_INTERVAL_MS = 100;

runTask((task: FuzzTask, onProgress: (progress: ProgressState) => void): FuzzOutcome =>
  task.mutants === null ? fuzzTargets(task, onProgress) : huntMutants(task, task.mutants, onProgress),
);

function fuzzTargets(task: FuzzTask, onProgress: (progress: ProgressState) => void): FuzzOutcome {
  const startedMs = performance.now();
  const elapsedNs = (): number => (performance.now() - startedMs) * 1e6;
  const untilNs = task.seconds === null ? null : seconds(task.seconds);
  let reportedNs = 0;
  const report = fuzz({
    targets: [interpretTarget, jsTarget],
    programs: programsOf(task),
    seed: task.seed,
    budget: {
      ...(task.packets === null ? {} : { packets: task.packets }),
      ...(untilNs === null ? {} : { clock: { elapsedNs, untilNs } }),
    },
    onProgress: ({ packets, divergences }) => {
      if (elapsedNs() - reportedNs < PROGRESS_INTERVAL_MS * 1e6) return;
      reportedNs = elapsedNs();
      const share = Math.max(
        untilNs === null ? 0 : reportedNs / untilNs,
        task.packets === null ? 0 : packets / task.packets,
      );
      const what = `${formatCount(packets)} packets, ${divergences} divergences`;
      onProgress({ done: Math.min(1, share), total: 1, what });
    },
  });
  return {
    text: fuzzReportText(report),
    document: plainFuzzReport(report),
    failures: report.found.length,
    divergences: report.found.map((divergence) => {
      const { caseSeed, pcap } = divergence;
      return { caseSeed, pcap, text: divergenceText(divergence) };
    }),
  };
}

function huntMutants(
  task: FuzzTask,
  names: readonly string[],
  onProgress: (progress: ProgressState) => void,
): FuzzOutcome {
  const mutants = MUTANTS.filter(({ name }) => names.includes(name));
  let done = 0;
  const report = fuzzMutants({
    oracle: interpretTarget,
    target: jsTarget,
    mutants,
    programs: programsOf(task),
    seed: task.seed,
    ...(task.packets === null ? {} : { packetsMax: task.packets }),
    onProgress: ({ name, isFound }) => {
      onProgress({ done: ++done, total: mutants.length, what: `${name} ${isFound ? 'found' : 'missed'}` });
    },
  });
  return {
    text: mutantReportText(report),
    document: plainMutantReport(report),
    failures: report.missed.length,
    divergences: [],
  };
}

function programsOf({ program }: FuzzTask): Program[] {
  return (program === null ? Object.keys(shippedPrograms) : [program]).map(shippedProgram);
}
