import { relative } from 'node:path';

/** What a room's run of tests came to. Written as JSON by run-room, summed by run-all. */
export interface RoomResult {
  readonly room: string;
  readonly passed: number;
  readonly failures: readonly TestRef[];
  readonly skips: readonly TestRef[];
  /** Lines in which a checker said that it ran out of time: neither a pass nor a failure. */
  readonly unknowns: readonly string[];
}

/** A test, and why it is mentioned: the reason of its skip, or what made it fail. */
export interface TestRef {
  readonly name: string;
  /** Relative to the room, with the line: 'src/pcap.test.ts:12'. */
  readonly place: string;
  readonly reason: string;
}

/** The fields of node:test's events `test:pass` and `test:fail` that are read here. */
export interface TestOutcome {
  readonly name: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly skip?: string | boolean | undefined;
  readonly todo?: string | boolean | undefined;
  readonly details: {
    readonly type?: string | undefined;
    readonly error?: { readonly failureType?: unknown; readonly cause?: unknown; readonly message: string };
  };
}

/** How a test says that a checker gave up: `t.diagnostic('checker: unknown after 2 s, 9,000 operations')`. */
const UNKNOWN = /checker: unknown.*/g;

/** Counts the outcomes of one room. A suite is no test, nor is a parent that failed through its subtests. */
export class RoomTally {
  readonly #room: string;
  readonly #folder: string;
  readonly #failures: TestRef[] = [];
  readonly #skips: TestRef[] = [];
  readonly #unknowns: string[] = [];
  #passed = 0;

  /** @param folder absolute path of the room, which places are relative to */
  constructor(room: string, folder: string) {
    this.#room = room;
    this.#folder = folder;
  }

  pass(outcome: TestOutcome): void {
    const { skip, todo } = outcome;
    if (skip !== undefined && skip !== false) {
      this.#skips.push(this.#ref(outcome, skip === true ? 'no reason given' : skip));
    } else if (todo !== undefined && todo !== false) {
      // A test to be written is a hole that no number shows; the place for plans is an issue.
      this.#failures.push(this.#ref(outcome, 'marked as todo'));
    } else if (outcome.name === outcome.file) {
      // node:test reports a file without tests as one test that passed.
      this.#failures.push(this.#ref(outcome, 'the file holds no test'));
    } else if (outcome.details.type !== 'suite') {
      this.#passed++;
    }
  }

  fail(outcome: TestOutcome): void {
    const { error } = outcome.details;
    if (error?.failureType === 'subtestsFailed') return;
    this.#failures.push(this.#ref(outcome, firstLine(error?.cause ?? error)));
  }

  /** Takes what a test printed or reported as a diagnostic. */
  output(text: string): void {
    this.#unknowns.push(...(text.match(UNKNOWN) ?? []));
  }

  result(): RoomResult {
    return {
      room: this.#room,
      passed: this.#passed,
      failures: this.#failures,
      skips: this.#skips,
      unknowns: this.#unknowns,
    };
  }

  #ref({ name, file, line }: TestOutcome, reason: string): TestRef {
    const path = file === undefined ? this.#room : relative(this.#folder, file);
    return {
      name: name === file ? path : name,
      place: line === undefined ? path : `${path}:${line}`,
      reason,
    };
  }
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split('\n', 1)[0] ?? '';
}
