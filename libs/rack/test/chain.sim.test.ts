import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ms, us } from '@ballast/base';
import { checkLinearizable } from '@ballast/checkers';
import { constant } from '@ballast/sim';
import { ConstantSize, KeySpace, readWriteMix, Workload, ZipfKeys } from '@ballast/workload';
import {
  type ChainRunOptions,
  type ChainRunResult,
  type Failover,
  RackChain,
  randomChainRun,
  type System,
} from '../src/index.ts';

/** Seeds of Pegasus under all faults; the other runs take shares of it. */
const SEEDS = Number(process.env['BALLAST_SEEDS'] ?? 40);

/** What any run must have, whatever its seed: a sound history, rest at its end, no frame lost. */
function assertSound(options: ChainRunOptions): ChainRunResult {
  const result = randomChainRun(options);
  const { verdict, cameToRest, framesInUse, failover } = result;
  const { seed, system = 'pegasus', faults = 'none' } = options;
  const name = `${system}, faults ${faults}, ${JSON.stringify(failover)}, seed ${seed}`;
  assert.equal(verdict.verdict, 'ok', name);
  assert.ok(cameToRest, `${name}: came to rest after the last fault`);
  assert.equal(framesInUse, 0, `${name}: lost a frame`);
  return result;
}

interface Sums {
  forwarded: number;
  promotions: number;
  expelled: number;
  admitted: number;
  switchStarts: number;
  lost: Record<'head' | 'tail', number>;
}

function sumOver(seeds: number, options: Omit<ChainRunOptions, 'seed'>): Sums {
  const sums: Sums = {
    forwarded: 0,
    promotions: 0,
    expelled: 0,
    admitted: 0,
    switchStarts: 0,
    lost: { head: 0, tail: 0 },
  };
  for (let seed = 1; seed <= seeds; seed++) {
    const { forwarded, counters, failover } = assertSound({ seed, ...options });
    sums.forwarded += forwarded;
    for (const of of counters) {
      sums.promotions += of.promotions;
      sums.expelled += of.expelled;
      sums.admitted += of.admitted;
      sums.switchStarts += of.switchStarts;
    }
    if (failover !== null) sums.lost[failover.lost]++;
  }
  return sums;
}

test('chain: linearizable under loss, duplication and reordering, whichever rack is lost', (t) => {
  const sums = sumOver(Math.ceil(SEEDS / 2), {});
  t.diagnostic(JSON.stringify(sums));
  assert.ok(sums.forwarded > 100 * SEEDS && sums.promotions >= SEEDS);
  assert.ok(sums.lost.head >= SEEDS / 12 && sums.lost.tail >= SEEDS / 12);
  assert.equal(sums.switchStarts, 0);
});

test('chain: linearizable when servers, switches and controllers of both racks crash as well', (t) => {
  const sums = sumOver(SEEDS, { faults: 'all' });
  t.diagnostic(JSON.stringify(sums));
  assert.ok(sums.expelled >= SEEDS && sums.admitted >= SEEDS && sums.switchStarts >= SEEDS / 6);
  assert.ok(sums.lost.head >= SEEDS / 6 && sums.lost.tail >= SEEDS / 6);
});

test('chain: linearizable when nodes stand still, are slow or cut off, the racks from each other too', () => {
  sumOver(Math.ceil(SEEDS / 5), { faults: 'gentle' });
});

test('chain: two racks of consistent hashing are linearizable under the same faults', () => {
  const { promotions } = sumOver(Math.ceil(SEEDS / 5), { system: 'hashing', faults: 'all' });
  assert.equal(promotions, 0);
});

test('chain: a head that only counts as lost harms nobody, although some clients still write to it', () => {
  const failover: Failover = { lost: 'head', atNs: ms(8), isStopped: false, toldWithinNs: ms(6) };
  for (let seed = 1; seed <= Math.ceil(SEEDS / 5); seed++) assertSound({ seed, failover });
});

test('chain: the same seed is the same run', () => {
  const traces = [7, 8, 7].map(
    (seed) => randomChainRun({ seed, faults: 'all', durationNs: ms(8) }).traceHash,
  );
  assert.equal(traces[0], traces[2]);
  assert.notEqual(traces[0], traces[1]);
});

const KEYS = 40;

function makeChain(system: System, writeRatio: number): RackChain {
  return new RackChain({
    seed: 3,
    system,
    servers: 4,
    clients: 2,
    keys: KEYS,
    valueBytes: 16,
    workload: new Workload({
      mix: readWriteMix({ writeRatio }),
      keys: new ZipfKeys({ n: KEYS, theta: 1.1 }),
      keySpace: new KeySpace({ n: KEYS, scrambleSeed: 3 }),
      valueBytes: new ConstantSize(16),
    }),
    load: { kind: 'closed', users: 12 },
    service: constant(us(3)),
    epochNs: us(400),
    sampleRatio: 2,
    hotKeysMax: 4,
    history: true,
  });
}

/** Operations that ended well since the last call. */
function countOk(chain: RackChain): () => number {
  let before = 0;
  return () => {
    const total = chain.clients.reduce((sum, { core }) => sum + core.counters.ok, 0);
    const since = total - before;
    before = total;
    return since;
  };
}

function totals(chain: RackChain, of: 'head' | 'tail', counter: 'gets' | 'writes' | 'forwarded'): number {
  return chain[of].servers.reduce((sum, { core }) => sum + core.server.counters[counter], 0);
}

function assertLinearizable(chain: RackChain): void {
  chain.stopLoad();
  chain.kernel.runUntil(chain.kernel.now + ms(40));
  chain.history!.finish();
  assert.equal(checkLinearizable(chain.history!.operations()).verdict, 'ok');
}

test('chain: all reads are served by the tail, every write by a server of each rack', () => {
  const chain = makeChain('pegasus', 0.3);
  chain.kernel.runUntil(ms(6));
  assert.equal(totals(chain, 'head', 'gets'), 0);
  assert.ok(totals(chain, 'tail', 'gets') > 1000);
  const passedOn = totals(chain, 'head', 'forwarded');
  assert.ok(passedOn > 500);
  // Nothing is lost, but some writes are asked to come again while their key becomes hot.
  assert.ok(totals(chain, 'tail', 'writes') >= passedOn - 12);
  assert.ok(chain.tail.hotKeys().some(({ replicas }) => replicas.length > 0));
  assertLinearizable(chain);
});

for (const lost of ['head', 'tail'] as const) {
  test(`chain: without its ${lost} the other rack serves reads and writes alone`, () => {
    const chain = makeChain('pegasus', 0.3);
    const okSince = countOk(chain);
    chain.kernel.runUntil(ms(5));
    const together = okSince();
    if (lost === 'head') chain.dropHead();
    else chain.dropTail();
    chain.kernel.runUntil(ms(6));
    assert.ok(chain.isTold);
    okSince();
    chain.kernel.runUntil(ms(11));
    assert.ok(okSince() > together / 2);
    const left = lost === 'head' ? 'tail' : 'head';
    assert.equal(chain.racks.length, 1);
    assert.equal(chain.racks[0], chain[left]);
    assert.ok(
      chain[lost].servers.every((node) => !node.isUp),
      'the lost rack has stopped for good',
    );
    assertLinearizable(chain);
  });
}

test('chain: a second loss is none of its business', () => {
  const chain = makeChain('hashing', 0.3);
  chain.kernel.runUntil(ms(2));
  chain.dropHead();
  chain.dropTail();
  chain.kernel.runUntil(ms(4));
  assert.equal(chain.racks[0], chain.tail);
  assert.ok(chain.tail.servers.every((node) => node.isUp));
  assertLinearizable(chain);
});
