import { ms } from '@ballast/base';
import { echoRack } from '../testing/echo-rack.ts';

/** Long enough for the compiler to have settled. */
const WARM_UP_NS = ms(30);
const RUN_NS = ms(100);

/** Events per second of wall time: 28 echo servers at 80% load, 8 open-loop clients. */
function kernelEvents(): number {
  const kernel = echoRack({ seed: 1, servers: 28, clients: 8, load: 0.8 });
  kernel.runUntil(WARM_UP_NS);
  const before = kernel.events;
  const startMs = performance.now();
  kernel.runUntil(WARM_UP_NS + RUN_NS);
  return ((kernel.events - before) * 1000) / (performance.now() - startMs);
}

export default [{ name: 'sim.kernel', unit: 'events/s', run: kernelEvents }];
