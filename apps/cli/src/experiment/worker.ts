/** The thread that an experiment runs in. */
import { present } from '@ballast/base';
import { type ExperimentResult, experiments, parseParameters } from '@ballast/experiments';
import { runTask } from '../background/task.ts';
import { HistoryFile } from '../history-file.ts';
import type { ProgressState } from '../terminal/progress-bar.ts';

export interface ExperimentTask {
  readonly name: string;
  /** Values of parameters as text, by flag; the others have their defaults. */
  readonly given: Readonly<Record<string, string>>;
  readonly check: boolean;
  /** Where the histories go; null: nowhere. */
  readonly historyPath: string | null;
}

runTask((task: ExperimentTask, onProgress: (progress: ProgressState) => void): ExperimentResult => {
  const { name, given, check, historyPath } = task;
  const experiment = present(
    experiments.find((candidate) => candidate.name === name),
    `${name} is an experiment`,
  );
  const file = historyPath === null ? null : new HistoryFile(historyPath);
  try {
    return experiment.run(parseParameters(experiment.parameters, given), {
      progress: (done, total, what) => onProgress({ done, total, what }),
      history: file === null ? null : (run, operations) => file.append(run, operations),
      check,
      isInterrupted: () => false, // The main thread ends this one instead.
    });
  } finally {
    file?.close();
  }
});
