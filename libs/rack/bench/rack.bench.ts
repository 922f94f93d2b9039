/** Events a second of a whole rack: the compiled switch program, 28 servers, clients and controller. */
import { ms, us } from '@ballast/base';
import { constant } from '@ballast/sim';
import { ConstantSize, KeySpace, readWriteMix, Workload, ZipfKeys } from '@ballast/workload';
import { Rack } from '../src/index.ts';

const KEYS = 100_000;
const WARM_UP_NS = ms(10);
const MEASURED_NS = ms(100);

function build(): Rack {
  const workload = new Workload({
    mix: readWriteMix({ writeRatio: 0.05 }),
    keys: new ZipfKeys({ n: KEYS, theta: 0.99 }),
    keySpace: new KeySpace({ n: KEYS, scrambleSeed: 1 }),
    valueBytes: new ConstantSize(128),
  });
  return new Rack({
    seed: 1,
    system: 'pegasus',
    servers: 28,
    clients: 8,
    keys: KEYS,
    valueBytes: 128,
    workload,
    load: { kind: 'open', ratePerSecond: 1_500_000 },
    service: constant(us(5)),
  });
}

export default [
  {
    name: 'sim.events',
    unit: 'events/s',
    run: (): number => {
      const { kernel } = build();
      kernel.runUntil(WARM_UP_NS);
      const events = kernel.events;
      const start = performance.now();
      kernel.runUntil(WARM_UP_NS + MEASURED_NS);
      return ((kernel.events - events) / (performance.now() - start)) * 1000;
    },
  },
];
