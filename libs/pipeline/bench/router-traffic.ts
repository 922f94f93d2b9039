/** Routes of internet-like lengths and packets for the router benchmarks; every packet has a route. */
import { Frame, Prng } from '@ballast/base';
import { packet } from '@ballast/wire';

export const ROUTES = 10_000;
export const PORTS = 64;

/** A prefix as the upper bits of a 32-bit number, and where it leads. */
export interface Route {
  readonly prefix: number;
  readonly length: number;
  readonly port: number;
}

/** Share of each prefix length, roughly that of the IPv4 table of 2024: most routes are /24. */
const LENGTHS = [
  8, 12, 16, 16, 18, 19, 20, 20, 21, 22, 22, 22, 23, 23, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 32,
] as const;

export function randomRoutes(rng: Prng): Route[] {
  const routes = new Map<string, Route>();
  while (routes.size < ROUTES) {
    const length = rng.pick(LENGTHS);
    const prefix = (rng.u32() & (-1 << (32 - length))) >>> 0;
    routes.set(`${prefix}/${length}`, { prefix, length, port: rng.below(PORTS) });
  }
  return [...routes.values()];
}

/** MAC address of the next hop behind a port. */
export function nextHopMac(port: number): number {
  return 0x0200_0000_0000 + port;
}

/** MAC address of the router's own port. */
export function portMac(port: number): number {
  return 0x0211_0000_0000 + port;
}

const FRAMES = 512;
const TTL = 255;
/** Below the TTL, so that no packet expires. */
const ROUNDS = 200;
const REPEATS = 5;

/** Mean time of one packet in ns, restoring the packets outside of the measured time. */
export function nanosPerPacket(
  rng: Prng,
  routes: readonly Route[],
  forward: (frame: Frame) => unknown,
): number {
  const contents = Array.from({ length: FRAMES }, () => {
    const { prefix, length } = rng.pick(routes);
    const dst = (prefix | (rng.u32() & ~(-1 << (32 - length)) & (length === 32 ? 0 : -1))) >>> 0;
    return packet().eth().ipv4({ dst, ttl: TTL }).udp().payload('benchmark').padTo(60).build();
  });
  const frames = contents.map(() => new Frame(256));
  let elapsedMs = 0;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    frames.forEach((frame, i) => {
      frame.fill(contents[i]!);
    });
    const startMs = performance.now();
    for (let round = 0; round < ROUNDS; round++) for (const frame of frames) forward(frame);
    elapsedMs += performance.now() - startMs;
  }
  return (elapsedMs * 1e6) / (REPEATS * ROUNDS * FRAMES);
}
