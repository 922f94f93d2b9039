/**
 * A running rack for people: a block that is drawn anew each second, or a line a second without a terminal.
 */
import type { HotKeyFigures, RackFigures, ServerFigures } from '@ballast/fabric';
import { formatBar, showsBlocks } from '../terminal/bars.ts';
import { Screen, type TextStream } from '../terminal/screen.ts';
import { wrapText } from '../terminal/wrap-text.ts';
import { formatIds, formatLatency, formatMicros, formatRate, formatShare } from '../terminal/units.ts';

const SERVERS_PER_COLUMN = 8;
const HOT_KEYS_SHOWN = 5;
const THROUGHPUT_BAR_COLUMNS = 32;
const SERVER_BAR_COLUMNS_MAX = 16;
/** Of a server beside its bar: '  15  100 %  4096'. */
const SERVER_TEXT_COLUMNS = 19;
/** Of a hot key. */
const KEY_CHARACTERS_MAX = 24;
/** A rack that is this far behind the clock is too much for the machine. */
export const LAG_MS_MAX = 1_000;

/** What stands above the figures. */
export interface ViewTitle {
  /** 'phase 3 of 4: Zipf 1.2, hashing' */
  readonly text: string;
  /** Of the phase; null: it has no end. */
  readonly seconds: number | null;
}

export class LiveView {
  readonly #stream: TextStream;
  readonly #screen: Screen | null;
  readonly #isBlocks: boolean;

  constructor(stream: TextStream, env: Readonly<Record<string, string | undefined>>) {
    this.#stream = stream;
    this.#screen = stream.isTTY === true && env['TERM'] !== 'dumb' ? new Screen(stream) : null;
    this.#isBlocks = showsBlocks(env);
  }

  /** Says what comes next where no block will. */
  announce(title: ViewTitle): void {
    if (this.#screen === null) this.print(title.text);
  }

  show(title: ViewTitle, figures: RackFigures): void {
    if (this.#screen === null) this.#stream.write(`${formatLine(figures)}\n`);
    else
      this.#screen.draw(
        formatBlock(title, figures, { columns: this.#screen.columns, isBlocks: this.#isBlocks }),
      );
  }

  /** Text that stays; the block makes room for it. Sentences are broken at the width of the terminal. */
  print(text: string): void {
    this.#screen?.clear();
    const lines = this.#screen === null ? [text] : wrapText(text, this.#screen.columns);
    this.#stream.write(`${lines.join('\n')}\n`);
  }
}

/** One second of a rack as one line. */
export function formatLine(figures: RackFigures): string {
  const { elapsedSeconds, throughputPerSecond, offeredPerSecond, p50Us, p99Us, hotKeys } = figures;
  const fullest = fullestOf(figures.servers);
  return [
    `${Math.round(elapsedSeconds)} s`.padStart(5),
    `${formatRate(throughputPerSecond)}/s of ${formatRate(offeredPerSecond)}/s`,
    `p50 ${formatLatency(p50Us)}`,
    `p99 ${formatLatency(p99Us)}`,
    `fullest server ${fullest.id} ${formatShare(fullest.utilisation)}, queue ${fullest.queue}`,
    `hot keys ${hotKeys.length}`,
    `lag ${formatMicros(figures.lagMs * 1000)}`,
    ...warningsOf(figures),
  ].join('  ');
}

/** One second of a rack as a block of lines. */
export function formatBlock(
  { text, seconds }: ViewTitle,
  figures: RackFigures,
  { columns, isBlocks }: { readonly columns: number; readonly isBlocks: boolean },
): string[] {
  const { elapsedSeconds, throughputPerSecond, offeredPerSecond, boundPerSecond, p50Us, p99Us } = figures;
  const time = `${Math.round(elapsedSeconds)} s${seconds === null ? '' : ` of ${Math.round(seconds)} s`}`;
  const bound = boundPerSecond === null ? '' : `, bound ${formatRate(boundPerSecond)}/s`;
  const bar = formatBar(throughputPerSecond / offeredPerSecond, THROUGHPUT_BAR_COLUMNS, isBlocks);
  return [
    '',
    `  ${text}   ${time}`,
    '',
    `  answered  ${bar}  ${formatRate(throughputPerSecond)}/s of ${formatRate(offeredPerSecond)}/s${bound}`,
    `  latency   p50 ${formatLatency(p50Us)}   p99 ${formatLatency(p99Us)}   ` +
      `(behind the clock: ${formatMicros(figures.lagMs * 1000)})`,
    '',
    '  servers: load, requests in the queue',
    ...serverLines(figures.servers, columns, isBlocks),
    '',
    ...hotKeyLines(figures.hotKeys),
    ...warningsOf(figures).map((warning) => `  ${warning}`),
  ];
}

/** In columns, read downwards. */
function serverLines(servers: readonly ServerFigures[], columns: number, isBlocks: boolean): string[] {
  const perRow = Math.ceil(servers.length / SERVERS_PER_COLUMN);
  const rows = Math.ceil(servers.length / perRow);
  const room = Math.floor((columns - 2) / perRow) - SERVER_TEXT_COLUMNS;
  const barColumns = Math.max(1, Math.min(SERVER_BAR_COLUMNS_MAX, room));
  const cell = ({ id, utilisation, queue }: ServerFigures): string => {
    const share = formatShare(utilisation).padStart(5);
    return `  ${String(id).padStart(2)} ${formatBar(utilisation, barColumns, isBlocks)} ${share} ${String(queue).padEnd(5)}`;
  };
  return Array.from({ length: rows }, (_, row) =>
    servers
      .filter(({ id }) => id % rows === row)
      .map(cell)
      .join(' '),
  );
}

/** Always as many lines, so that the block keeps its height. */
function hotKeyLines(hotKeys: readonly HotKeyFigures[]): string[] {
  const title =
    hotKeys.length === 0 ? '  hot keys: none' : `  hot keys: ${hotKeys.length}, and where they are`;
  const lines = hotKeys.slice(0, HOT_KEYS_SHOWN).map(({ key, readsPerSecond, writesPerSecond, replicas }) => {
    const rates = `${formatRate(readsPerSecond)} reads/s  ${formatRate(writesPerSecond)} writes/s`;
    return `    ${formatKey(key)}  ${rates}  on ${replicas.length === 1 ? 'server' : 'servers'} ${formatIds(replicas)}`;
  });
  return [title, ...lines, ...Array<string>(HOT_KEYS_SHOWN - lines.length).fill('')];
}

/** Keys of a trace are any text: short enough for the line, and nothing that a terminal would obey. */
function formatKey(key: string): string {
  const printable = key.replaceAll(/\p{C}/gu, '·');
  return printable.length > KEY_CHARACTERS_MAX ? `${printable.slice(0, KEY_CHARACTERS_MAX - 1)}…` : printable;
}

function warningsOf({ lost, lagMs }: RackFigures): string[] {
  const warnings: string[] = [];
  if (lost > 0) warnings.push(`lost ${lost}`);
  if (lagMs > LAG_MS_MAX) warnings.push('too much for this machine, as busy as it is: lower --rate');
  return warnings;
}

function fullestOf(servers: readonly ServerFigures[]): ServerFigures {
  return servers.reduce((fullest, server) => (server.utilisation > fullest.utilisation ? server : fullest));
}
