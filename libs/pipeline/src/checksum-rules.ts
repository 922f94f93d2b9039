/**
 * Which checksums a packet has and what they cover. Programs never touch a checksum: when a covered field
 * was assigned, the checksum follows. The rules, the same on every target:
 *
 * 1. Incremental (RFC 1624 eq. 3): HC' = ~(~HC + sum of ~m + m') over the 16-bit words m that changed, so
 *    that a corrupt checksum stays corrupt by the same difference. The sum is kept above zero (0xffff
 *    stands for zero), so that every implementation writes the same of the two forms of zero: 0x0000.
 * 2. A checksum changes only when a field that it covers was assigned on the packet's path (even to the
 *    value that it had), and its header is valid at the end.
 * 3. UDP: a checksum of 0 means none and stays 0 (RFC 768), which counts as no assignment to it; a
 *    computed 0 is written as 0xffff.
 * 4. A pushed IPv4 header gets its full sum when the packet leaves (0xffff when all its fields are 0). A
 *    pushed UDP header keeps 0, which IPv4 allows and tunnels use (RFC 7348 §5). No other header with a
 *    checksum can be pushed.
 * 5. Covered are the header's own fields, every header behind it in the packet (inner checksums are settled
 *    first, since outer ones cover them), and the pseudo header: for TCP, UDP and ICMPv6 the addresses and
 *    the protocol of the IP header in front; for TCP and ICMPv6 its length, for UDP a second time the
 *    length of UDP's own header (RFC 768).
 * 6. Only assignments count: a pop owes nothing to a checksum that stays, since the checks refuse it there.
 */
import { present } from '@ballast/base';
import { type HeaderInstance, type Program } from './ir.ts';
import { type ParserGraph, successors } from './parser-graph.ts';
import type { ProgramFault } from './program-error.ts';

export interface ChecksumUse {
  /** The header instance that carries the checksum, and the checksum's field. */
  readonly header: string;
  readonly field: string;
  /** UDP: zero means none. */
  readonly zeroMeansNone: boolean;
  /** Extracted headers that may stand behind it in the packet. */
  readonly inner: readonly string[];
  /** IP headers whose pseudo header it covers: the one that is valid; empty when it covers none. */
  readonly pseudo: readonly string[];
  /** True: pushed by the program, so the sum is computed in full. */
  readonly added: boolean;
}

/** The pseudo header's fields of each IP version, other than a length that is counted elsewhere. */
export const PSEUDO_FIELDS: Readonly<Record<string, readonly string[]>> = {
  ipv4: ['src', 'dst', 'protocol'],
  ipv6: ['srcHi', 'srcLo', 'dstHi', 'dstLo', 'nextHeader'],
};

/** For TCP and ICMPv6 the pseudo header's length is the IP payload's; it moves with these fields. */
export const PSEUDO_LENGTH_FIELD: Readonly<Record<string, string>> = {
  ipv4: 'totalLength',
  ipv6: 'payloadLength',
};

const WITH_CHECKSUM = new Set(['ipv4', 'udp', 'tcp', 'icmp', 'icmpv6']);
const WITH_PSEUDO_HEADER = new Set(['udp', 'tcp', 'icmpv6']);

/** The type's checksum field when it has one. */
export function checksumField(header: HeaderInstance): string | null {
  return WITH_CHECKSUM.has(header.type.name) ? 'checksum' : null;
}

/** Every checksum of a program's packets, innermost first: the order in which they are settled. */
export function checksumsOf(program: Program, fault: ProgramFault): ChecksumUse[] {
  const uses: ChecksumUse[] = [];
  for (const header of program.headers) {
    const field = checksumField(header);
    if (field === null) continue;
    if (header.added) {
      if (header.type.name === 'ipv4') {
        uses.push({ header: header.name, field, zeroMeansNone: false, inner: [], pseudo: [], added: true });
      } else if (header.type.name !== 'udp') {
        throw fault(
          'STATE_USE',
          `added header ${header.name}`,
          `a pushed ${header.type.name} header would need a sum over the payload`,
        );
      }
      continue;
    }
    uses.push({
      header: header.name,
      field,
      zeroMeansNone: header.type.name === 'udp',
      inner: header.type.name === 'ipv4' ? [] : [...reachableFrom(program.parser, header.name)],
      pseudo: WITH_PSEUDO_HEADER.has(header.type.name)
        ? pseudoHeaders(program.parser, header.name, fault)
        : [],
      added: false,
    });
  }
  return uses.reverse();
}

function stateOf(graph: ParserGraph, header: string): ParserGraph['states'][number] {
  return present(
    graph.states.find((s) => s.header === header),
    `state ${header} exists`,
  );
}

/** Headers that can follow `header`, itself excluded. */
function reachableFrom(graph: ParserGraph, header: string): Set<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    for (const next of successors(stateOf(graph, name))) {
      if (found.has(next)) continue;
      found.add(next);
      visit(next);
    }
  };
  visit(header);
  return found;
}

/** The IP headers that can be the nearest one in front of `header`. */
function pseudoHeaders(graph: ParserGraph, header: string, fault: ProgramFault): string[] {
  const { start } = graph;
  const isIp = (name: string): boolean =>
    present(graph.types[name], 'states have types').name in PSEUDO_FIELDS;
  const nearest = graph.states
    .map((s) => s.header)
    .filter((name) => isIp(name) && leadsTo(graph, name, header, isIp));
  for (const name of nearest) {
    const behind = [...reachableFrom(graph, name)].find((other) => nearest.includes(other));
    if (behind !== undefined) {
      throw fault(
        'PARSER',
        `header ${header}`,
        `its pseudo header may be of ${name} or of ${behind} behind it; parse the two into headers of their own`,
      );
    }
  }
  const mayLackIp = start === header || (!isIp(start) && leadsTo(graph, start, header, isIp));
  if (nearest.length > 0 && mayLackIp) {
    throw fault(
      'PARSER',
      `header ${header}`,
      'has an IP header in front on some paths only; parse the two into headers of their own',
    );
  }
  return nearest;
}

/** Whether a path leads from an IP header to `goal` with no other IP header between. */
function leadsTo(graph: ParserGraph, from: string, goal: string, isIp: (name: string) => boolean): boolean {
  return successors(stateOf(graph, from)).some(
    (next) => next === goal || (!isIp(next) && leadsTo(graph, next, goal, isIp)),
  );
}
