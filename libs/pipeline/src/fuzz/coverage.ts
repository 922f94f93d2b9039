/** What a fuzzing run has exercised, in plain numbers: its power is to be seen, not believed. */
import { type Program, RECIRCULATION_LIMIT, RUNT_FRAME, SlotStatus, type Statement } from '../ir.ts';
import type { FuzzStep, Observation, PacketObservation } from './execution.ts';
import { ALL_LABELS, type Label } from './labels.ts';
import type { ObservedProgram, PacketActivity } from './observed-program.ts';
import { printStatement } from './print-program.ts';
import { ANSWERS, CACHE_ANSWERS, SLOT_OPERATIONS } from './random-state.ts';

export interface CoverageReport {
  /** Packets that reached each construct, summed over the programs' nodes of that construct. */
  readonly constructs: Readonly<Record<Label, number>>;
  /** Constructs that nothing reached. */
  readonly unreached: readonly Label[];
  /** Packets by how they left the ingress part, and copies by what the egress part did. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Drops by who gave the reason: the program, or the target for a runt or too many recirculations. */
  readonly drops: Readonly<Record<string, number>>;
  /** What slots and caches answered, in random programs. */
  readonly answers: Readonly<Record<string, number>>;
  /** Control-plane calls by result: 'write accepted', 'write ALREADY_EXISTS', 'read accepted', ... */
  readonly control: Readonly<Record<string, number>>;
  /** Of each given program, by name. */
  readonly programs: Readonly<Record<string, ProgramCoverage>>;
  /** Packets dropped as runts, or by a program that had done nothing yet but choose. */
  readonly earlyDrops: number;
  /** Early drops by packets; at most one half is the aim. */
  readonly earlyDropRatio: number;
}

export interface ProgramCoverage {
  readonly cases: number;
  readonly statements: number;
  readonly statementsReached: number;
  /** The first lines of statements that no packet reached. */
  readonly unreached: readonly string[];
}

type Counts = Map<string, number>;

function bump(counts: Counts, name: string, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

/** Adds up a run. */
export class Coverage {
  readonly #constructs: Counts = new Map(ALL_LABELS.map((label) => [label, 0]));
  readonly #outcomes: Counts = new Map();
  readonly #drops: Counts = new Map();
  readonly #answers: Counts = new Map();
  readonly #control: Counts = new Map();
  readonly #programs = new Map<string, GivenProgram>();
  #packets = 0;
  #earlyDrops = 0;

  get packets(): number {
    return this.#packets;
  }

  /** One step and the oracle's answer. */
  note(step: FuzzStep, observation: Observation, activity: PacketActivity): void {
    switch (observation.kind) {
      case 'packet':
        return this.#packet(observation, activity);
      case 'write':
      case 'read':
        return bump(this.#control, `${observation.kind} ${observation.refused?.split(' ')[0] ?? 'accepted'}`);
      default:
        bump(this.#control, `${step.kind} ${observation.kind}`);
    }
  }

  /** A program that is done: which of its nodes were reached, and what its stores answered. */
  finish(observed: ObservedProgram, final: Observation): void {
    for (const [label, count] of observed.counts()) bump(this.#constructs, label, count);
    const answers = final.kind === 'state' ? final.dump.counters[ANSWERS] : undefined;
    if (answers === undefined) return;
    for (const [position, { packets }] of answers.entries())
      bump(this.#answers, answerName(position), Number(packets));
  }

  /** A case of a given program, failed or not. */
  finishGiven(program: Program, observed: ObservedProgram): void {
    const statements = observed.statements();
    const known = this.#programs.get(program.name) ?? { program, statements: [], isReached: [], cases: 0 };
    known.cases++;
    for (const [i, { statement, isReached }] of statements.entries()) {
      known.statements[i] = statement;
      known.isReached[i] = (known.isReached[i] ?? false) || isReached;
    }
    this.#programs.set(program.name, known);
  }

  report(): CoverageReport {
    return {
      constructs: Object.fromEntries(this.#constructs),
      unreached: [...this.#constructs].filter(([, count]) => count === 0).map(([label]) => label),
      outcomes: Object.fromEntries(this.#outcomes),
      drops: Object.fromEntries(this.#drops),
      answers: Object.fromEntries([...this.#answers].filter(([name]) => name !== UNUSED)),
      control: Object.fromEntries(this.#control),
      programs: Object.fromEntries(
        [...this.#programs].map(([name, given]) => [name, programCoverage(given)]),
      ),
      earlyDrops: this.#earlyDrops,
      earlyDropRatio: this.#packets === 0 ? 0 : this.#earlyDrops / this.#packets,
    };
  }

  #packet(observation: PacketObservation, { effects }: PacketActivity): void {
    this.#packets++;
    bump(this.#outcomes, observation.outcome);
    if (observation.reason !== null && observation.outcome === 'drop') {
      bump(this.#drops, dropClass(observation.reason));
      if (observation.reason === RUNT_FRAME || effects === 0) this.#earlyDrops++;
    }
    for (const copy of observation.copies) {
      bump(this.#outcomes, copy.bytes === null ? 'copy dropped' : 'copy emitted');
      if (copy.reason !== null) bump(this.#drops, `egress, ${dropClass(copy.reason)}`);
    }
  }
}

/** What is known of a given program over all of its cases. */
interface GivenProgram {
  readonly program: Program;
  readonly statements: Statement[];
  readonly isReached: boolean[];
  cases: number;
}

function programCoverage({ program, statements, isReached, cases }: GivenProgram): ProgramCoverage {
  const unreached = statements.filter((_, i) => isReached[i] === false);
  return {
    cases,
    statements: statements.length,
    statementsReached: statements.length - unreached.length,
    unreached: unreached.map((s) => printStatement(program, s)),
  };
}

function dropClass(reason: string): string {
  return reason === RUNT_FRAME || reason === RECIRCULATION_LIMIT ? reason : 'by the program';
}

const UNUSED = 'unused';
const STATUS_NAMES = Object.keys(SlotStatus).map((name) => name.toLowerCase());

/** What a position of the counter of answers stands for. */
function answerName(position: number): string {
  if (position === CACHE_ANSWERS) return 'cacheGet miss';
  if (position === CACHE_ANSWERS + 1) return 'cacheGet hit';
  const operation = SLOT_OPERATIONS[Math.floor(position / STATUS_NAMES.length)];
  return operation === undefined ? UNUSED : `${operation} ${STATUS_NAMES[position % STATUS_NAMES.length]}`;
}
