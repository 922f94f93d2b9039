/** What may happen to the nodes of a rack in a random run, by their roles. */
import { ms, type Nanos, type Prng } from '@ballast/base';
import { drawFaults, type FaultSchedule, type FaultTarget, type NodeFaultKind } from '@ballast/sim';
import { UPLINK } from './rack-chain.ts';
import type { System } from './rack-options.ts';

/**
 * `none`: nothing beyond loss, duplication and reordering. `gentle`: nodes stand still, are slow, are cut off
 * and have wrong clocks, but forget nothing. `all`: servers, switch and controller also crash.
 */
export type FaultLevel = 'none' | 'gentle' | 'all';
export const FAULT_LEVELS: readonly FaultLevel[] = ['none', 'gentle', 'all'];

const GENTLE: readonly NodeFaultKind[] = ['pause', 'cut', 'slow', 'skew', 'drift'];
const HARSH: readonly NodeFaultKind[] = [...GENTLE, 'crash', 'crash', 'crash'];
const FAULTS_MAX = 8;
const LONGEST_NS = ms(6);

/** Systems whose design survives that a node forgets. */
export const RECOVERING: readonly System[] = ['hashing', 'pegasus'];

/** Draws what happens to a rack's nodes within the duration. */
export function drawRunFaults(
  prng: Prng,
  { servers, clients }: { readonly servers: number; readonly clients: number },
  level: Exclude<FaultLevel, 'none'>,
  durationNs: Nanos,
): FaultSchedule {
  const targets = [...targetsIn('', servers, level), ...clientTargets('tor', clients)];
  const pairs = pairsOf('', servers, clients);
  return drawFaults(prng, { targets, pairs, durationNs, countMax: FAULTS_MAX, longestNs: LONGEST_NS });
}

/** The same for two racks in a chain; the cable between them may be cut, too. */
export function drawChainFaults(
  prng: Prng,
  { servers, clients }: { readonly servers: number; readonly clients: number },
  level: Exclude<FaultLevel, 'none'>,
  durationNs: Nanos,
): FaultSchedule {
  const tail = 'tail.';
  const uplink: FaultTarget = { node: 'tor', link: UPLINK, kinds: ['cut'] };
  const targets = [
    ...targetsIn('', servers, level),
    ...targetsIn(tail, servers, level),
    ...clientTargets('tor', clients),
    ...clientTargets(`${tail}tor`, clients),
    uplink,
  ];
  const pairs = [...pairsOf('', servers, clients), ...pairsOf(tail, servers, clients)];
  return drawFaults(prng, { targets, pairs, durationNs, countMax: 2 * FAULTS_MAX, longestNs: LONGEST_NS });
}

/** The nodes of a rack, whose names begin with `prefix`. */
function targetsIn(prefix: string, servers: number, level: Exclude<FaultLevel, 'none'>): FaultTarget[] {
  const kinds = level === 'all' ? HARSH : GENTLE;
  const target = (name: string, kindsOfIt = kinds): FaultTarget => {
    return { node: `${prefix}${name}`, link: `${prefix}${name}-tor`, kinds: kindsOfIt };
  };
  const without = (...left: NodeFaultKind[]): NodeFaultKind[] => kinds.filter((kind) => !left.includes(kind));
  return [
    ...Array.from({ length: servers }, (_, id) => target(`server${id}`)),
    target('controller', without('slow')),
    // The switch has no cable of its own, and its program knows no time.
    target('tor', without('cut', 'slow', 'skew', 'drift')),
  ];
}

/** A client's clock is the clock of the history, and one that crashes never comes back. */
function clientTargets(tor: string, clients: number): FaultTarget[] {
  return Array.from({ length: clients }, (_, id) => {
    return { node: `client${id}`, link: `client${id}-${tor}`, kinds: ['cut'] };
  });
}

/** Everybody that talks to somebody: servers to each other and to the controller, clients to servers. */
function pairsOf(prefix: string, servers: number, clients: number): (readonly [string, string])[] {
  const names = Array.from({ length: servers }, (_, id) => `${prefix}server${id}`);
  const others = [`${prefix}controller`, ...Array.from({ length: clients }, (_, id) => `client${id}`)];
  return names.flatMap((name, id) =>
    [...names.slice(id + 1), ...others].map((other): readonly [string, string] => [name, other]),
  );
}
