/** What a part of a program uses: what its code has to prepare. */
import type { Intrinsic, Statement } from '../ir.ts';
import { visitBlock } from '../lower/walk.ts';

export interface PartFacts {
  readonly pushed: ReadonlySet<string>;
  readonly popped: ReadonlySet<string>;
  /** Headers of which the part asks whether they are there. */
  readonly asked: ReadonlySet<string>;
  readonly intrinsics: ReadonlySet<Intrinsic>;
  readonly recirculates: boolean;
}

export function factsOf(part: readonly Statement[]): PartFacts {
  const pushed = new Set<string>();
  const popped = new Set<string>();
  const asked = new Set<string>();
  const intrinsics = new Set<Intrinsic>();
  let recirculates = false;
  visitBlock(part, {
    statement: (s) => {
      if (s.kind === 'push') pushed.add(s.header);
      if (s.kind === 'pop') popped.add(s.header);
      if (s.kind === 'count') intrinsics.add('length');
      if (s.kind === 'recirculate') recirculates = true;
    },
    bool: (b) => {
      if (b.kind === 'valid') asked.add(b.header);
    },
    expr: (e) => {
      if (e.kind === 'intrinsic') intrinsics.add(e.name);
    },
  });
  return { pushed, popped, asked, intrinsics, recirculates };
}
