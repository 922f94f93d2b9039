import type { RoomResult, TestRef } from './room-tally.ts';

/** What `npm test` says at its end. */
export interface Verdict {
  readonly ok: boolean;
  /** For a person, in order; the last one is 'N passed, N failed, N skipped'. */
  readonly lines: readonly string[];
}

/**
 * Which capabilities this machine must have: those of BALLAST_REQUIRE.
 *
 * Unset: none, and a skipped test is only listed. 'all': every one. Otherwise a list: 'root,netns'.
 */
export interface Requirement {
  readonly capabilities: 'all' | ReadonlySet<string>;
}

export function parseRequirement(text: string | undefined): Requirement | undefined {
  const words = (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  if (words.length === 0) return undefined;
  return { capabilities: words.includes('all') ? 'all' : new Set(words) };
}

/**
 * Sums the results of rooms and judges them.
 *
 * @param results one per room that was to run; undefined where the run left none
 * @param required undefined on a machine that may lack whatever it lacks
 */
export function judge(
  results: ReadonlyMap<string, RoomResult | undefined>,
  required: Requirement | undefined,
): Verdict {
  const lines: string[] = [];
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  let refused = 0;

  for (const [room, result] of results) {
    if (result === undefined) {
      failed++;
      lines.push(`FAILED   ${room}: its tests did not run to their end`);
      continue;
    }
    passed += result.passed;
    failed += result.failures.length;
    skipped += result.skips.length;
    for (const failure of result.failures) lines.push(`FAILED   ${describe(room, failure)}`);
    for (const skip of result.skips) {
      const objection = required === undefined ? undefined : objectionTo(skip.reason, required);
      if (objection !== undefined) refused++;
      lines.push(
        `SKIPPED  ${describe(room, skip)}${objection === undefined ? '' : ` (refused: ${objection})`}`,
      );
    }
    for (const unknown of result.unknowns) {
      if (required !== undefined) refused++;
      lines.push(`UNKNOWN  ${room}: ${unknown}${required === undefined ? '' : ' (refused: it must know)'}`);
    }
  }

  lines.push(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return { ok: failed === 0 && refused === 0 && passed > 0, lines };
}

function describe(room: string, { name, place, reason }: TestRef): string {
  return `${room}/${place}  ${name}: ${reason}`;
}

/** Why a skip is not acceptable where capabilities are required; undefined when it is. */
function objectionTo(reason: string, { capabilities }: Requirement): string | undefined {
  const needed = /^needs ([^:]+): /.exec(reason)?.[1];
  if (needed === undefined) return "a reason reads 'needs <capability>: …'";
  if (capabilities === 'all' || capabilities.has(needed)) return `this machine must have ${needed}`;
  return undefined;
}
