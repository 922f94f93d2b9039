/**
 * Which headers must leave a packet before another may come or go: those whose checksum covers it. A random
 * program keeps to this on every path, as the checks ask.
 */
import type { HeaderInstance, Program } from '../ir.ts';
import { checksumsOf } from '../checksum-rules.ts';
import { faultsOf } from '../program-error.ts';

/** By header: the headers with a checksum over it, or over the place where it would come in. */
export function checksumCovers(program: Program): Map<string, readonly string[]> {
  const uses = checksumsOf(program, faultsOf(program.name)).filter((use) => !use.added);
  // IPv4's covers its own header only, the others all that follows, parsed or not.
  const reachesBehind = (header: string): boolean => program.parser.types[header]?.name !== 'ipv4';
  const order = program.headers.map((h) => h.name);
  const coversOf = ({ name, added }: HeaderInstance): string[] =>
    uses
      .filter((use) => {
        if (added) return reachesBehind(use.header) && order.indexOf(use.header) < order.indexOf(name);
        return use.inner.includes(name) || use.pseudo.includes(name);
      })
      .map((use) => use.header);
  return new Map(program.headers.map((header) => [header.name, coversOf(header)]));
}
