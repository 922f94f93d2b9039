/**
 * What a random program may rely on at a point of its text: which headers are there. Drawn up apart from the
 * checker, so that a hole in one of the two shows as a refused program or as a divergence.
 */
import type { Bool } from '../ir.ts';
import type { ParserGraph } from '../parser-graph.ts';

export interface Knowledge {
  /** There on every path to here. */
  readonly valid: ReadonlySet<string>;
  /** Popped on every path to here: surely not there. */
  readonly gone: ReadonlySet<string>;
  /** Popped on some path: no other header implies these any more. */
  readonly popped: ReadonlySet<string>;
  /** Pushed on some path. */
  readonly pushed: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

export function knownAtStart(graph: ParserGraph): Knowledge {
  return { valid: new Set([graph.start]), gone: NONE, popped: NONE, pushed: NONE };
}

export function afterPush(known: Knowledge, header: string): Knowledge {
  return { ...known, valid: plus(known.valid, header), pushed: plus(known.pushed, header) };
}

export function afterPop(known: Knowledge, header: string): Knowledge {
  const valid = new Set(known.valid);
  valid.delete(header);
  return { ...known, valid, gone: plus(known.gone, header), popped: plus(known.popped, header) };
}

/** What holds behind branches that end so. */
export function joined(ends: readonly Knowledge[]): Knowledge {
  const onAll = (of: (k: Knowledge) => ReadonlySet<string>): ReadonlySet<string> =>
    new Set([...of(ends[0]!)].filter((header) => ends.every((end) => of(end).has(header))));
  return {
    valid: onAll((k) => k.valid),
    gone: onAll((k) => k.gone),
    popped: new Set(ends.flatMap((end) => [...end.popped])),
    pushed: new Set(ends.flatMap((end) => [...end.pushed])),
  };
}

/** What is known once a condition turned out to be `truth`. */
export function assuming(graph: ParserGraph, condition: Bool, truth: boolean, known: Knowledge): Knowledge {
  switch (condition.kind) {
    case 'valid': {
      if (!truth) return known;
      const implied = graph.implied[condition.header] ?? NONE;
      const certain = [...implied].filter((header) => !known.popped.has(header));
      return { ...known, valid: new Set([...known.valid, ...certain, condition.header]) };
    }
    case 'negation':
      return assuming(graph, condition.of, !truth, known);
    case 'all':
    case 'any':
      if ((condition.kind === 'all') !== truth) return known;
      return condition.of.reduce((sofar, part) => assuming(graph, part, truth, sofar), known);
    default:
      return known;
  }
}

function plus(set: ReadonlySet<string>, header: string): ReadonlySet<string> {
  return new Set(set).add(header);
}
