/** `ballast rack up`: one rack after the other on the wall clock, and what they came to. */
import { formatNanos, ms } from '@ballast/base';
import { DataFolder, EmbeddedRack, type LiveRack, type RackFigures } from '@ballast/fabric';
import { HistoryFile } from '../history-file.ts';
import { ExitCode } from '../terminal/exit-codes.ts';
import type { TextStream } from '../terminal/screen.ts';
import { formatTable } from '../terminal/table.ts';
import { formatCount } from '../terminal/units.ts';
import { verdictExit, verdictText } from '../verdict.ts';
import {
  cautions,
  compare,
  documentRow,
  phaseLine,
  TABLE_NOTES,
  tableRow,
  verdictSentence,
} from './comparison.ts';
import { LiveView } from './live-view.ts';
import { modelOf, type RackModel } from './model.ts';
import { modelLines } from './model-text.ts';
import type { RackUpOptions } from './options.ts';
import { keptPhase, loadOf, type Phase, phasesOf } from './phases.ts';
import { installPhase, type PhaseContext, type PhaseResult, runPhase } from './run-phase.ts';
import { runStoppable, Stopped } from './stop.ts';

export interface RackUpStreams {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * @returns the exit code; a rack that stays up ends well when it is stopped
 * @throws UsageError, FabricError, errors of the operating system
 */
export async function rackUp(options: RackUpOptions, streams: RackUpStreams): Promise<ExitCode> {
  const view = new LiveView(options.json ? streams.stderr : streams.stdout, streams.env);
  const phases = phasesOf(options);
  // What can be refused is refused before anything runs: the trace's beginning, the history's path, the port.
  const { trace } = loadOf(phases[0] ?? keptPhase(options), options);
  try {
    trace?.learnKeys(options.keys);
  } finally {
    trace?.close();
  }
  const historyFile = options.history === null ? null : new HistoryFile(options.history);
  const embedded = await EmbeddedRack.open({ host: options.host, port: options.port });
  let data: DataFolder | null = null;
  try {
    data = openData(options, view);
    const model = modelOf(options);
    for (const line of [...modelLines(options, model, embedded.url), '']) view.print(line);
    const onNote = (text: string): void => view.print(text);
    const context = { options, model, embedded, historyFile, data, onNote };
    const { results, stopped } = await runPhases(phases, context, view);
    report(results, { options, model, url: embedded.url, stopped, view, stdout: streams.stdout });
    if (stopped !== null) return stopped.exitCode;
    if (options.keep) return await keepUp(context, view);
    return verdictExit(results.flatMap(({ verdict }) => (verdict === null ? [] : [verdict.verdict])));
  } finally {
    historyFile?.close();
    await embedded.close();
    await data?.close();
  }
}

function openData(options: RackUpOptions, view: LiveView): DataFolder | null {
  const { data: path, durability, servers, standby } = options;
  if (path === null || durability === 'none') return null;
  const note = (text: string): void => view.print(text);
  return DataFolder.open({ path, durability, servers: servers + standby, note });
}

/** All phases, or those that were done when somebody stopped them. */
async function runPhases(
  phases: readonly Phase[],
  context: Omit<PhaseContext, 'onFigures'>,
  view: LiveView,
): Promise<{ readonly results: PhaseResult[]; readonly stopped: Stopped | null }> {
  const results: PhaseResult[] = [];
  for (const [index, phase] of phases.entries()) {
    const { seconds } = phase;
    if (seconds === null) continue;
    const title = {
      text: `phase ${index + 1} of ${phases.length}: ${phase.label}, ${phase.system}`,
      seconds,
    };
    view.announce(title);
    const onFigures = (figures: RackFigures): void => view.show(title, figures);
    try {
      const result = await runPhase({ ...phase, seconds }, { ...context, onFigures });
      view.print(phaseLine(result));
      results.push(result);
    } catch (error) {
      if (error instanceof Stopped) return { results, stopped: error };
      throw error;
    }
  }
  return { results, stopped: null };
}

interface ReportContext {
  readonly options: RackUpOptions;
  readonly model: RackModel;
  readonly url: string;
  readonly stopped: Stopped | null;
  readonly view: LiveView;
  readonly stdout: TextStream;
}

function report(
  results: readonly PhaseResult[],
  { options, model, url, stopped, view, stdout }: ReportContext,
): void {
  const comparisons = compare(results);
  const verdict = verdictSentence(comparisons);
  if (results.length > 0) {
    view.print(`\n${formatTable(results.map(tableRow))}\n`);
    for (const line of TABLE_NOTES) view.print(line);
    view.print('');
  }
  for (const { phase, verdict: judged } of results) {
    if (judged !== null) view.print(`${phase.label}, ${phase.system}: ${verdictText(judged)}`);
  }
  if (verdict !== null) view.print(verdict);
  for (const caution of cautions(results)) view.print(caution);
  if (stopped !== null) view.print('stopped before the end');
  if (!options.json) return;
  const { seed, json: _json, ...parameters } = options;
  const rows = results.map(documentRow);
  const isComplete = stopped === null;
  const document = {
    command: 'rack up',
    url,
    seed,
    parameters,
    model,
    rows,
    comparisons,
    verdict,
    isComplete,
  };
  stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** Runs until it is stopped, which is how it is meant to end. */
async function keepUp(phases: Omit<PhaseContext, 'onFigures'>, view: LiveView): Promise<ExitCode> {
  const phase = keptPhase(phases.options);
  const title = { text: `kept up: ${phase.label}, ${phase.system}`, seconds: null };
  const context = { ...phases, onFigures: (figures: RackFigures) => view.show(title, figures) };
  const load = loadOf(phase, phases.options);
  try {
    const live = installPhase(phase, load, context);
    if (phases.data !== null) sayWhatIsKept(live, phases.data, view);
    view.print(`\nThe rack stays up at ${context.embedded.url} (process ${process.pid}); Ctrl-C ends it.`);
    await runStoppable(live);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  } finally {
    load.trace?.close();
  }
  view.print('stopped');
  return ExitCode.Ok;
}

/** Looks for the end of a start so often, in the rack's time. */
const WHOLE_CHECK_NS = ms(20);

/** What a rack with a folder starts with, at once; and when all of its servers are there. */
function sayWhatIsKept(
  { rack }: LiveRack,
  { path, durability, isFounded, logs }: DataFolder,
  view: LiveView,
): void {
  const kept = `${path}, durability ${durability}`;
  if (!isFounded) return view.print(`\nA new rack is kept in ${kept}.`);
  const records = logs.reduce((sum, log) => sum + log.recordsReplayed, 0);
  const bytes = logs.reduce((sum, log) => sum + log.fileBytes, 0);
  const items = rack.servers.reduce((sum, { core }) => sum + core.server.store.size, 0);
  const replayed = `${formatCount(records)} records (${formatCount(bytes)} bytes) of its logs`;
  view.print(`\nThe rack of ${kept}, goes on: ${formatCount(items)} items, from ${replayed}.`);
  const startNs = rack.kernel.now;
  const check = (): void => {
    if (!rack.isWhole) return rack.kernel.at(rack.kernel.now + WHOLE_CHECK_NS, check);
    const servers = rack.status?.members.filter(({ status }) => status === 'live').length ?? 0;
    const after = formatNanos(rack.kernel.now - startNs);
    view.print(`All ${servers} servers are taken in again, after ${after}; epoch ${rack.epoch}.`);
  };
  rack.kernel.at(startNs + WHOLE_CHECK_NS, check);
}
