import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ms, us } from '@ballast/base';
import { Rack } from '@ballast/rack';
import { constant } from '@ballast/sim';
import { ConstantSize, KeySpace, readWriteMix, UniformKeys, Workload } from '@ballast/workload';
import { oneServerPeak } from './bounds.ts';
import { findPeak, probesOf } from './peak.ts';

const KEYS = 64;
const SERVICE_US = 50;
const LINK_US = 5;

function rackOfOne(): Rack {
  const workload = new Workload({
    mix: readWriteMix({ writeRatio: 0 }),
    keys: new UniformKeys(KEYS),
    keySpace: new KeySpace({ n: KEYS, scrambleSeed: 1 }),
    valueBytes: new ConstantSize(16),
  });
  return new Rack({
    seed: 1,
    system: 'hashing',
    servers: 1,
    clients: 1,
    keys: KEYS,
    valueBytes: 16,
    workload,
    load: { kind: 'open', ratePerSecond: 1 },
    service: constant(us(SERVICE_US)),
    linkLatencyNs: us(LINK_US),
    retransmitNs: ms(5),
  });
}

const OPTIONS = { sloUs: 500, operations: 6_000, precision: 0.02 };

for (const guessPerSecond of [2_000, 17_000, 60_000]) {
  test(`peak: from a guess of ${guessPerSecond} the search finds what theory says of one server`, () => {
    const service = { kind: 'constant', meanNs: us(SERVICE_US) } as const;
    const expected = oneServerPeak({ servers: 1, service, sloUs: OPTIONS.sloUs, networkUs: 4 * LINK_US });
    const peak = findPeak(rackOfOne(), { ...OPTIONS, guessPerSecond });
    assert.ok(peak !== null);
    const { throughputPerSecond, reading } = peak;
    const error = Math.abs(throughputPerSecond / expected - 1);
    assert.ok(error < 0.08, `${throughputPerSecond} is near ${expected}`);
    assert.ok(reading.p99Us <= OPTIONS.sloUs);
  });
}

test('peak: an objective that nothing meets has none', () => {
  assert.equal(
    findPeak(rackOfOne(), { ...OPTIONS, operations: 200, sloUs: 20, guessPerSecond: 1_000 }),
    null,
  );
});

test('peak: a finer search takes more probes', () => {
  assert.ok(probesOf({ precision: 0.01 }) > probesOf({ precision: 0.1 }));
});
