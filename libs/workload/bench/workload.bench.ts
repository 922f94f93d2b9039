/** What the load costs the simulator per operation: nanoseconds of one draw, or of one recorded latency. */
import { assert, Prng } from '@ballast/base';
import {
  ConstantSize,
  EtcValueSize,
  Histogram,
  KeySpace,
  KeyText,
  Operation,
  PoissonArrivals,
  readWriteMix,
  Workload,
  ZipfKeys,
} from '../src/index.ts';

const CALLS = 1_000_000;
const KEYS = 1_000_000;

/** Times a loop of its own for each benchmark: calls through one shared loop would not be inlined. */
function nsPerCall(loop: () => number): number {
  const start = performance.now();
  const result = loop();
  const elapsedMs = performance.now() - start;
  assert(!Number.isNaN(result), 'what was measured is used, so that it is not optimised away');
  return (elapsedMs * 1e6) / CALLS;
}

function zipf(theta: number): () => number {
  const keys = new ZipfKeys({ n: KEYS, theta });
  const prng = new Prng(1);
  return () =>
    nsPerCall(() => {
      let sum = 0;
      for (let i = 0; i < CALLS; i++) sum += keys.next(prng);
      return sum;
    });
}

function shiftedKeySpace(): () => number {
  const space = new KeySpace({ n: KEYS, scrambleSeed: 1 });
  const prng = new Prng(2);
  space.hotIn(200);
  for (let i = 0; i < 10; i++) space.swapRandom({ k: 200, hottest: 10_000 }, prng);
  return () =>
    nsPerCall(() => {
      let sum = 0;
      for (let i = 0; i < CALLS; i++) sum += space.keyOf(prng.below(KEYS));
      return sum;
    });
}

function operation(): () => number {
  const workload = new Workload({
    mix: readWriteMix({ writeRatio: 0.1, deleteShare: 0.1 }),
    keys: new ZipfKeys({ n: KEYS, theta: 0.99 }),
    keySpace: new KeySpace({ n: KEYS, scrambleSeed: 1 }),
    valueBytes: new ConstantSize(128),
  });
  const prng = new Prng(3);
  const drawn = new Operation();
  return () =>
    nsPerCall(() => {
      let sum = 0;
      for (let i = 0; i < CALLS; i++) {
        workload.next(prng, drawn);
        sum += drawn.key;
      }
      return sum;
    });
}

function keyText(): () => number {
  const text = new KeyText();
  const out = new Uint8Array(64);
  return () =>
    nsPerCall(() => {
      for (let i = 0; i < CALLS; i++) text.write(i, out, 8);
      return out[23]!;
    });
}

function poisson(): () => number {
  const prng = new Prng(5);
  const arrivals = new PoissonArrivals({ ratePerSecond: 1_000_000, startNs: 0 }, prng);
  return () =>
    nsPerCall(() => {
      for (let i = 0; i < CALLS; i++) arrivals.advance(prng);
      return arrivals.nextNs;
    });
}

function etcValues(): () => number {
  const sizes = new EtcValueSize();
  const prng = new Prng(6);
  return () =>
    nsPerCall(() => {
      let sum = 0;
      for (let i = 0; i < CALLS; i++) sum += sizes.next(prng);
      return sum;
    });
}

function histogram(): () => number {
  const latencies = new Histogram();
  const prng = new Prng(7);
  const values = Float64Array.from({ length: 1_024 }, () => Math.floor(prng.exponential(50_000)));
  return () =>
    nsPerCall(() => {
      for (let i = 0; i < CALLS; i++) latencies.record(values[i & 1_023]!);
      return latencies.count;
    });
}

export default [
  { name: 'workload.zipf', unit: 'ns', run: zipf(0.99) },
  { name: 'workload.zipf-1.2', unit: 'ns', run: zipf(1.2) },
  { name: 'workload.key-space', unit: 'ns', run: shiftedKeySpace() },
  { name: 'workload.operation', unit: 'ns', run: operation() },
  { name: 'workload.key-text', unit: 'ns', run: keyText() },
  { name: 'workload.poisson', unit: 'ns', run: poisson() },
  { name: 'workload.etc-value', unit: 'ns', run: etcValues() },
  { name: 'workload.histogram', unit: 'ns', run: histogram() },
];
