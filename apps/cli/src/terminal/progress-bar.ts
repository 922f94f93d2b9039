import { formatBar, showsBlocks } from './bars.ts';
import { Screen, type TextStream } from './screen.ts';

const BAR_COLUMNS = 24;
/** Without a terminal: one line for each so many parts of the work. */
const LINES_WITHOUT_TERMINAL = 10;

export interface ProgressState {
  readonly done: number;
  /** In the unit of `done`. */
  readonly total: number;
  readonly what: string;
}

/** How far long work has come: one line that is drawn anew on a terminal, else a line now and then. */
export class ProgressBar {
  readonly #stream: TextStream;
  readonly #screen: Screen | null;
  readonly #isBlocks: boolean;
  readonly #nowMs: () => number;
  readonly #startMs: number;
  #tenths = -1;

  constructor(
    stream: TextStream,
    env: Readonly<Record<string, string | undefined>>,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#stream = stream;
    this.#screen = stream.isTTY === true ? new Screen(stream) : null;
    this.#isBlocks = showsBlocks(env);
    this.#nowMs = nowMs;
    this.#startMs = nowMs();
  }

  update({ done, total, what }: ProgressState): void {
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const percent = `${Math.floor(share * 100)} %`.padStart(5);
    if (this.#screen !== null) {
      const bar = formatBar(share, BAR_COLUMNS, this.#isBlocks);
      this.#screen.draw([`[${bar}] ${percent}  ${this.#left(share)}  ${what}`]);
      return;
    }
    const tenths = Math.floor(share * LINES_WITHOUT_TERMINAL);
    if (tenths === this.#tenths) return;
    this.#tenths = tenths;
    this.#stream.write(`${percent}  ${this.#left(share)}  ${what}\n`);
  }

  /** Takes the bar away. */
  end(): void {
    this.#screen?.clear();
  }

  /** '1:05 left', as far as the work goes on as it went. */
  #left(share: number): string {
    if (share < 0.02) return '         ';
    const elapsed = (this.#nowMs() - this.#startMs) / 1000;
    const seconds = Math.round((elapsed / share) * (1 - share));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} left`;
  }
}
