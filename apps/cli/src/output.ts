/** Where a command writes. Tests hand in their own. */
export interface Output {
  /** The result, to stdout: a text, or the one JSON document. */
  readonly print: (text: string) => void;
  /** What is going on and what went wrong, to stderr. */
  readonly note: (text: string) => void;
  /** How far long work has come: a bar on a terminal, else a line now and then. */
  readonly progress: (progress: Progress) => void;
}

export interface Progress {
  readonly done: number;
  /** In the unit of `done`. */
  readonly total: number;
  readonly what: string;
}
