/** The systems that Pegasus is compared with: linearizable under faults, and as fast as they should be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ms, us } from '@ballast/base';
import { checkLinearizable } from '@ballast/checkers';
import { constant } from '@ballast/sim';
import { ConstantSize, KeySpace, KeyText, readWriteMix, Workload, ZipfKeys } from '@ballast/workload';
import { Rack, type RackOptions, type RackReading, randomRun, type System } from '../src/index.ts';

const SEEDS = Number(process.env['BALLAST_SEEDS'] ?? 20);
const KEYS = 2_000;
const SERVERS = 8;
const SERVICE_NS = us(10);
const CAPACITY = (SERVERS * 1e9) / SERVICE_NS;

interface Load {
  readonly writeRatio?: number;
  readonly valueBytes?: number;
  readonly more?: Partial<RackOptions>;
}

function makeRack(system: System, { writeRatio = 0, valueBytes = 128, more = {} }: Load = {}) {
  const keySpace = new KeySpace({ n: KEYS, scrambleSeed: 3 });
  const rack = new Rack({
    seed: 5,
    system,
    servers: SERVERS,
    clients: 4,
    keys: KEYS,
    valueBytes,
    workload: new Workload({
      mix: readWriteMix({ writeRatio }),
      keys: new ZipfKeys({ n: KEYS, theta: 1.2 }),
      keySpace,
      valueBytes: new ConstantSize(valueBytes),
    }),
    load: { kind: 'open', ratePerSecond: 150_000 },
    // Of what is in progress a part waits at the fullest server and holds up the rest.
    outstandingMax: 32,
    retransmitNs: ms(20),
    service: constant(SERVICE_NS),
    epochNs: ms(1),
    sampleRatio: 4,
    hotSet: Array.from({ length: 64 }, (_, rank) => keySpace.keyOf(rank)),
    ...more,
  });
  return { rack, keySpace };
}

/** What a rack answers when far more is asked, after it has learned what is hot. */
function saturated(system: System, load: Load = {}): RackReading {
  const { rack } = makeRack(system, load);
  rack.kernel.runUntil(ms(15));
  rack.setRate(4 * CAPACITY);
  rack.kernel.runUntil(ms(25));
  rack.measureFrom();
  rack.kernel.runUntil(ms(40));
  return rack.reading();
}

for (const system of ['netcache', 'static', 'twoChoices'] as const) {
  test(`${system}: random runs under loss, duplication and reordering are linearizable, come to rest`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const run = randomRun({ seed, system });
      assert.equal(run.verdict.verdict, 'ok', `replay: ballast sim --system ${system} --seed ${seed}`);
      assert.ok(run.cameToRest, `seed ${seed} came to rest after the last fault`);
      assert.equal(run.framesInUse, 0, `seed ${seed} lost a frame`);
    }
  });
}

test('netcache: reads of cached keys cost no server anything', () => {
  const hashing = saturated('hashing');
  const netcache = saturated('netcache');
  assert.ok(netcache.throughputPerSecond > 3 * hashing.throughputPerSecond);
  assert.ok(netcache.throughputPerSecond > 1.5 * CAPACITY, 'the switch answers more than the servers could');
});

test('netcache: falls towards hashing as writes grow', () => {
  const shares = [0, 0.1, 0.5, 1].map((writeRatio) => {
    const [hashing, netcache] = (['hashing', 'netcache'] as const).map((system) =>
      saturated(system, { writeRatio }),
    );
    return netcache!.throughputPerSecond / hashing!.throughputPerSecond;
  });
  assert.ok(shares[0]! > 3 && shares[1]! < 0.6 * shares[0]!, shares.join());
  for (const share of shares.slice(2)) assert.ok(Math.abs(share - 1) < 0.1, shares.join());
});

test('netcache: values beyond 128 bytes, or not of whole units, are not cached', () => {
  const hashing = saturated('hashing', { valueBytes: 200 });
  for (const valueBytes of [100, 144]) {
    const netcache = saturated('netcache', { valueBytes });
    const ratio = netcache.throughputPerSecond / hashing.throughputPerSecond;
    assert.ok(Math.abs(ratio - 1) < 0.1, `${valueBytes} bytes: ${ratio}`);
  }
});

test('netcache: values of every length that fits are read back as they were written', () => {
  let drawn = 0;
  const { rack } = makeRack('netcache', {
    more: {
      history: true,
      load: { kind: 'closed', users: 8 },
      workload: {
        next(prng, out) {
          out.kind = prng.chance(0.05) ? 'put' : 'get';
          out.key = prng.below(3);
          // Past both ends of what is cached, and between units.
          out.valueBytes = [8, 16, 32, 48, 64, 80, 96, 112, 128, 130, 144][drawn++ % 11]!;
        },
        settle: () => undefined,
      },
    },
  });
  rack.kernel.runUntil(ms(15));
  rack.stopLoad();
  rack.kernel.runUntil(ms(30));
  rack.history!.finish();
  assert.ok(rack.history!.length > 2_000);
  assert.equal(checkLinearizable(rack.history!.operations()).verdict, 'ok');
});

test('netcache: the switch holds the hottest keys, and follows when they change', () => {
  const load = { kind: 'open', ratePerSecond: CAPACITY } as const;
  const { rack, keySpace } = makeRack('netcache', { more: { hotKeysMax: 8, load } });
  const hottest = (): string[] => Array.from({ length: 4 }, (_, r) => new KeyText().format(keySpace.keyOf(r)));
  const isHeld = (): boolean => {
    const held = new Set(rack.hotKeys().map(({ key }) => key));
    return hottest().every((key) => held.has(key));
  };
  rack.kernel.runUntil(ms(15));
  assert.ok(isHeld());
  keySpace.hotIn(16);
  assert.ok(!isHeld());
  rack.kernel.runUntil(ms(40));
  assert.ok(isHeld());
});

test('static replication: spreads the hot keys, two choices more evenly', () => {
  const [hashing, fixed, twoChoices] = (['hashing', 'static', 'twoChoices'] as const).map(
    (system) => saturated(system).throughputPerSecond,
  );
  assert.ok(fixed! > 1.7 * hashing!);
  assert.ok(twoChoices! >= fixed! && twoChoices! > 0.97 * CAPACITY);
});

test('static replication: does not follow when the hot keys change', () => {
  const throughput = (['static', 'pegasus'] as const).map((system) => {
    const { rack, keySpace } = makeRack(system);
    rack.kernel.runUntil(ms(10));
    keySpace.hotIn(64);
    rack.kernel.runUntil(ms(25));
    rack.setRate(4 * CAPACITY);
    rack.kernel.runUntil(ms(30));
    rack.measureFrom();
    rack.kernel.runUntil(ms(40));
    return rack.reading().throughputPerSecond;
  });
  assert.ok(throughput[0]! < 0.7 * throughput[1]!, throughput.join());
});

test('static replication: with one replica of each key it is hashing', () => {
  const [hashing, fixed] = (['hashing', 'static'] as const).map((system) =>
    saturated(system, { more: { replicas: 1 } }),
  );
  assert.ok(Math.abs(fixed!.throughputPerSecond / hashing!.throughputPerSecond - 1) < 0.05);
});
