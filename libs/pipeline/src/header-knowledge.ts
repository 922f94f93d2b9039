/**
 * What the checks know of a packet's headers at a point of a program: which are there, which have come and
 * gone, and which must still go because a checksum covers what went before them.
 */
import { present } from '@ballast/base';
import { checksumsOf } from './checksum-rules.ts';
import type { Bool, Program } from './ir.ts';
import { type ParserGraph, successors } from './parser-graph.ts';
import type { ProgramFault } from './program-error.ts';

export interface Knowledge {
  /** Valid on every path to here. */
  readonly valid: ReadonlySet<string>;
  /** Popped on some path to here: the parser's implications no longer hold for these. */
  readonly popped: ReadonlySet<string>;
  /** Surely not there: popped on every path to here, or asked for and not found. */
  readonly absent: ReadonlySet<string>;
  /** Pushed on some path to here. */
  readonly pushed: ReadonlySet<string>;
  /**
   * Headers that may be there and must be popped before the packet leaves: their checksum covers a header
   * that came or went on some path to here. With the construct that made it so.
   */
  readonly owed: ReadonlyMap<string, string>;
}

/** How statements and conditions move what is known, in one program. */
export class HeaderRules {
  readonly #graph: ParserGraph;
  /** By header: those behind it on some path of the parser. */
  readonly #behind: ReadonlyMap<string, ReadonlySet<string>>;
  /** By header: those whose checksum covers it, or covers the place where it would be pushed. */
  readonly #covers: ReadonlyMap<string, readonly string[]>;

  constructor(program: Program, fault: ProgramFault) {
    this.#graph = program.parser;
    this.#behind = headersBehind(program.parser);
    this.#covers = coversOf(program, fault);
  }

  atStart(): Knowledge {
    const none = new Set<string>();
    return { valid: new Set([this.#graph.start]), popped: none, absent: none, pushed: none, owed: new Map() };
  }

  afterPush(known: Knowledge, header: string, construct: string): Knowledge {
    return {
      ...known,
      valid: new Set(known.valid).add(header),
      absent: without(known.absent, header),
      pushed: new Set(known.pushed).add(header),
      owed: this.#owing(known, header, construct),
    };
  }

  afterPop(known: Knowledge, header: string, construct: string): Knowledge {
    const owed = this.#owing(known, header, construct);
    owed.delete(header); // It goes, and its checksum with it.
    return {
      ...known,
      valid: without(known.valid, header),
      popped: new Set(known.popped).add(header),
      absent: new Set(known.absent).add(header),
      owed,
    };
  }

  /** What is known once a condition turned out to be `truth`. */
  assuming(known: Knowledge, condition: Bool, truth: boolean): Knowledge {
    switch (condition.kind) {
      case 'valid': {
        if (!truth) return { ...known, absent: new Set(known.absent).add(condition.header) };
        const implied = [...(this.#graph.implied[condition.header] ?? [])];
        const certain = implied.filter((header) => !known.popped.has(header));
        return { ...known, valid: new Set([...known.valid, ...certain, condition.header]) };
      }
      case 'negation':
        return this.assuming(known, condition.of, !truth);
      case 'all':
      case 'any':
        // All true, or none true, tells about every part; otherwise nothing is known of any of them.
        if ((condition.kind === 'all') !== truth) return known;
        return condition.of.reduce((sofar, part) => this.assuming(sofar, part, truth), known);
      case 'literal':
      case 'compare':
        return known;
    }
  }

  #owing(known: Knowledge, header: string, construct: string): Map<string, string> {
    const owed = new Map(known.owed);
    for (const cover of this.#covers.get(header) ?? []) {
      if (!known.absent.has(cover) && this.#mayBeThere(cover, known)) owed.set(cover, construct);
    }
    return owed;
  }

  /** False when no path of the parser extracts a header together with those that are surely there. */
  #mayBeThere(header: string, known: Knowledge): boolean {
    const follows = (a: string, b: string): boolean => this.#behind.get(a)?.has(b) === true;
    return [...known.valid].every(
      (other) =>
        other === header || !this.#behind.has(other) || follows(header, other) || follows(other, header),
    );
  }
}

/** What is known behind branches that end so. */
export function joined(ends: readonly Knowledge[]): Knowledge {
  const onEvery = (of: (known: Knowledge) => ReadonlySet<string>): ReadonlySet<string> => {
    const first = of(present(ends[0], 'a branch has an end'));
    return new Set([...first].filter((header) => ends.every((end) => of(end).has(header))));
  };
  return {
    valid: onEvery((known) => known.valid),
    popped: new Set(ends.flatMap((end) => [...end.popped])),
    absent: onEvery((known) => known.absent),
    pushed: new Set(ends.flatMap((end) => [...end.pushed])),
    owed: new Map(ends.flatMap((end) => [...end.owed])),
  };
}

function without(headers: ReadonlySet<string>, header: string): ReadonlySet<string> {
  return new Set([...headers].filter((other) => other !== header));
}

function headersBehind(graph: ParserGraph): Map<string, ReadonlySet<string>> {
  const behind = new Map<string, ReadonlySet<string>>();
  // From the last state on, so that what follows a state's successors is known already.
  for (const state of graph.states.toReversed()) {
    const next = successors(state);
    behind.set(state.header, new Set(next.flatMap((header) => [header, ...(behind.get(header) ?? [])])));
  }
  return behind;
}

/**
 * IPv4's checksum covers its own header only; the others all that follows, and those in front of them as
 * pseudo header.
 */
function coversOf(program: Program, fault: ProgramFault): Map<string, readonly string[]> {
  const order = program.headers.map((h) => h.name);
  const typeOf = (header: string): string =>
    present(program.parser.types[header], 'extracted headers have types').name;
  const uses = checksumsOf(program, fault).filter((use) => !use.added && typeOf(use.header) !== 'ipv4');
  return new Map(
    program.headers.map(({ name, added }) => {
      const covering = uses.filter((use) =>
        added
          ? order.indexOf(use.header) < order.indexOf(name)
          : use.inner.includes(name) || use.pseudo.includes(name),
      );
      return [name, covering.map((use) => use.header)];
    }),
  );
}
