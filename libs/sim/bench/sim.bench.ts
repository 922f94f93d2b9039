import { ms } from '@ballast/base';
import { echoRack } from './echo-rack.ts';

const WARM_UP_NS = ms(2);
const RUN_NS = ms(100);

/** Events per second of wall time: 28 echo servers at 80% load behind a forwarding switch, 8 open-loop clients. */
function kernelEvents(): number {
  const kernel = echoRack({ seed: 1, servers: 28, clients: 8, load: 0.8 });
  kernel.runUntil(WARM_UP_NS);
  const before = kernel.events;
  const startMs = performance.now();
  kernel.runUntil(WARM_UP_NS + RUN_NS);
  return ((kernel.events - before) * 1000) / (performance.now() - startMs);
}

export default [{ name: 'sim.kernel', unit: 'events/s', run: kernelEvents }];
