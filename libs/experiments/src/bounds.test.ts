import assert from 'node:assert/strict';
import { test } from 'node:test';
import { us } from '@ballast/base';
import type { LoadShares } from '@ballast/workload';
import {
  boundOf,
  type BoundOptions,
  chainedHashingThroughput,
  hashingThroughput,
  linkBound,
  oneServerPeak,
} from './bounds.ts';

const OPTIONS: BoundOptions = {
  servers: 4,
  service: { kind: 'constant', meanNs: us(5) },
  sloUs: 50,
  networkUs: 4,
};
const CAPACITY = 200_000;

function sharesOf(shares: readonly number[], replicatedShare = 0): LoadShares {
  return { shares: Float64Array.from(shares), replicatedShare };
}

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual / expected - 1) <= tolerance, `${actual} is within ${tolerance} of ${expected}`);
}

test('bounds: equal shares give every server the peak of one', () => {
  near(boundOf('hashing', sharesOf([0.25, 0.25, 0.25, 0.25]), OPTIONS), 4 * oneServerPeak(OPTIONS), 1e-3);
});

test('bounds: one server with everything is the peak of one', () => {
  const options = { ...OPTIONS, servers: 1 };
  near(boundOf('hashing', sharesOf([1]), options), oneServerPeak(options), 1e-3);
});

test('bounds: an objective that leaves room for long queues lets a server do its whole work', () => {
  const relaxed = { ...OPTIONS, sloUs: 5_000 };
  assert.ok(oneServerPeak(OPTIONS) < 0.95 * CAPACITY);
  near(oneServerPeak(relaxed), CAPACITY, 0.01);
});

test('bounds: with exponential service one server meets the objective up to ln 100 from its capacity', () => {
  // M/M/1: the sojourn time is exponential with rate mu - lambda, so lambda = mu - ln(100) / objective.
  const options: BoundOptions = { ...OPTIONS, service: { kind: 'exponential', meanNs: us(5) } };
  near(oneServerPeak(options), CAPACITY - Math.log(100) / 46e-6, 1e-3);
});

test('bounds: the fullest server holds hashing back, and replication takes that back', () => {
  const skewed = boundOf('hashing', sharesOf([0.7, 0.1, 0.1, 0.1]), OPTIONS);
  assert.ok(skewed < CAPACITY / 0.7);
  assert.ok(skewed > oneServerPeak(OPTIONS), 'what misses at the fullest server is thinned by the others');
  near(boundOf('pegasus', sharesOf([0.1, 0.1, 0.1, 0.1], 0.6), OPTIONS), 4 * CAPACITY, 1e-9);
});

test('bounds: cold keys of one server bound Pegasus too', () => {
  near(boundOf('pegasus', sharesOf([0.5, 0.1, 0.1, 0.1], 0.2), OPTIONS), CAPACITY / 0.5, 1e-9);
});

test('bounds: a write that passes two racks lowers what hashing can do, the more the more there are', () => {
  const shares = sharesOf([0.5, 0.3, 0.2]);
  const options = { ...OPTIONS, servers: 3 };
  const chained = (writeRatio: number): number =>
    chainedHashingThroughput(shares, { ...options, writeRatio, writeNetworkUs: 7.4 });
  const alone = hashingThroughput(shares, options);
  assert.ok(Math.abs(chained(0) - alone) < alone * 1e-6, 'without writes the head does nothing');
  const falling = [0, 0.2, 0.5, 1].map(chained);
  for (let i = 1; i < falling.length; i++) assert.ok(falling[i]! < falling[i - 1]!);
  // The same as an objective that leaves as much time less: a service and the ways between the racks.
  const shorter = hashingThroughput(shares, { ...options, networkUs: 7.4 + us(5) / 1000 });
  assert.ok(Math.abs(chained(1) - shorter) < alone * 1e-6);
});

test('bounds: links of servers carry what servers answer, those of clients everything', () => {
  const links = { servers: 4, clients: 8, perLink: 1_000 };
  near(linkBound(sharesOf([0.7, 0.1, 0.1, 0.1]), links), 1_000 / 0.7, 1e-9);
  near(linkBound(sharesOf([0.1, 0.1, 0.1, 0.1], 0.6), links), 4_000, 1e-9);
  // The switch answers the rest, 90 %.
  near(linkBound(sharesOf([0.04, 0.02, 0.02, 0.02]), { ...links, clients: 100 }), 1_000 / 0.04, 1e-9);
  near(linkBound(sharesOf([0, 0, 0, 0]), links), 8_000, 1e-9);
});
