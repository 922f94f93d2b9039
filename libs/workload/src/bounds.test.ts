import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { hashingBound, loadShares, replicatedBound } from './bounds.ts';
import { UniformKeys } from './key-distribution.ts';
import { KeySpace } from './key-space.ts';
import { Permutation } from './permutation.ts';
import { ZipfKeys } from './zipf.ts';

/** A home for every key that looks random and is the same in every call. */
function hashedHomes(n: number, servers: number): (key: number) => number {
  const permutation = new Permutation({ n, seed: 99 });
  return (key) => permutation.map(key) % servers;
}

/** Raises the offered load until some server is full, giving each hot operation to the emptiest server. */
function fillByHand(shares: Float64Array, replicatedShare: number): number {
  const drops = 200_000;
  const load = Float64Array.from(shares);
  for (let drop = 0; drop < drops; drop++) {
    let emptiest = 0;
    for (let server = 1; server < load.length; server++)
      if (load[server]! < load[emptiest]!) emptiest = server;
    load[emptiest] = load[emptiest]! + replicatedShare / drops;
  }
  return 1 / Math.max(...load);
}

for (const theta of [0, 0.5, 0.99, 1, 1.2, 1.4]) {
  test(`bounds: at theta ${theta} the shares are the sums of the keys' probabilities`, () => {
    const [n, servers] = [20_000, 7];
    const keys = new ZipfKeys({ n, theta });
    const keySpace = new KeySpace({ n, scrambleSeed: 4 });
    const homeOf = hashedHomes(n, servers);
    const brute = new Float64Array(servers);
    for (let rank = 0; rank < n; rank++) {
      const home = homeOf(keySpace.keyOf(rank));
      brute[home] = brute[home]! + keys.probability(rank);
    }
    const { shares, replicatedShare } = loadShares({ servers, keys, homeOf, keySpace });
    shares.forEach((share, server) => assert.ok(Math.abs(share - brute[server]!) < 1e-12));
    assert.equal(replicatedShare, 0);
    assert.ok(Math.abs(hashingBound({ servers, shares }) - 1 / Math.max(...brute)) < 1e-9);
  });

  test(`bounds: at theta ${theta} an exact head and a mean tail are close to every key exactly`, () => {
    const [n, servers] = [1_000_000, 28];
    const keys = new ZipfKeys({ n, theta });
    const homeOf = hashedHomes(n, servers);
    const exact = loadShares({ servers, keys, homeOf });
    const headKeys = 100_000;
    const mean = loadShares({ servers, keys, homeOf, headKeys });
    let tailVariance = 0;
    for (let rank = headKeys; rank < n; rank += 1_000) tailVariance += 1_000 * keys.probability(rank) ** 2;
    const deviation = Math.sqrt(tailVariance / servers);
    exact.shares.forEach((share, server) => {
      assert.ok(Math.abs(share - mean.shares[server]!) < 5 * deviation, `server ${server}`);
    });
    assert.ok(Math.abs(mean.shares.reduce((a, b) => a + b, 0) - 1) < 1e-12);
  });
}

test('bounds: at theta 1.2 over a million keys hashing gets 4 to 5 servers of 28, as published', () => {
  const [n, servers] = [1_000_000, 28];
  const keys = new ZipfKeys({ n, theta: 1.2 });
  const { shares } = loadShares({ servers, keys, homeOf: hashedHomes(n, servers) });
  const bound = hashingBound({ servers, shares });
  assert.ok(bound > 4 && bound < 1 / keys.probability(0), `bound ${bound}`);
});

test('bounds: uniform keys give hashing nearly all servers', () => {
  const [n, servers] = [1_000_000, 28];
  const { shares } = loadShares({ servers, keys: new UniformKeys(n), homeOf: hashedHomes(n, servers) });
  const bound = hashingBound({ servers, shares });
  assert.ok(bound > 27 && bound <= 28, `bound ${bound}`);
});

test('bounds: one server bounds everything at one', () => {
  const keys = new ZipfKeys({ n: 100, theta: 1.2 });
  const { shares, replicatedShare } = loadShares({ servers: 1, keys, homeOf: () => 0, replicatedKeys: 10 });
  assert.ok(Math.abs(replicatedBound({ servers: 1, shares, replicatedShare }) - 1) < 1e-12);
  const unreplicated = loadShares({ servers: 1, keys, homeOf: () => 0 });
  assert.ok(Math.abs(hashingBound({ servers: 1, shares: unreplicated.shares }) - 1) < 1e-12);
});

test('bounds: water-filling agrees with giving each hot operation to the emptiest server', () => {
  for (let seed = 0; seed < 12; seed++) {
    const prng = new Prng(seed);
    const servers = 2 + prng.below(6);
    const shares = Float64Array.from({ length: servers }, () => prng.unit() ** 3);
    const replicatedRaw = prng.unit() * 2;
    const total = shares.reduce((a, b) => a + b, replicatedRaw);
    const scaled = shares.map((share) => share / total);
    const replicatedShare = replicatedRaw / total;
    const bound = replicatedBound({ servers, shares: scaled, replicatedShare });
    const byHand = fillByHand(scaled, replicatedShare);
    assert.ok(Math.abs(bound / byHand - 1) < 1e-3, `${bound} and ${byHand} at seed ${seed}`);
  }
});

test('bounds: replicating the few hottest keys lifts a skewed rack to nearly all its servers', () => {
  const [n, servers] = [1_000_000, 28];
  const homeOf = hashedHomes(n, servers);
  for (const theta of [0.99, 1.2, 1.4]) {
    const keys = new ZipfKeys({ n, theta });
    const bounds = [0, 1, 8, 64].map((replicatedKeys) => {
      return replicatedBound({ servers, ...loadShares({ servers, keys, homeOf, replicatedKeys }) });
    });
    bounds.forEach((bound, i) => assert.ok(i === 0 || bound >= bounds[i - 1]! - 1e-9, bounds.join(' ')));
    assert.ok(
      Math.abs(bounds[3]! - servers) < 1e-6,
      `${bounds[3]} of ${servers} with 64 keys at theta ${theta}`,
    );
  }
});

test('bounds: keys not placed one by one still count when they are replicated', () => {
  const keys = new ZipfKeys({ n: 1_000, theta: 1 });
  const options = { servers: 4, keys, homeOf: (key: number) => key % 4, replicatedKeys: 100, headKeys: 10 };
  const { shares, replicatedShare } = loadShares(options);
  assert.ok(Math.abs(shares.reduce((a, b) => a + b, replicatedShare) - 1) < 1e-12);
  assert.equal(replicatedShare, keys.headShare(100));
});

test('bounds: shares that do not fit are a bug', () => {
  const shares = Float64Array.of(0.5, 0.5);
  assert.throws(() => hashingBound({ servers: 3, shares }), /one share per server/);
  assert.throws(() => replicatedBound({ servers: 2, shares, replicatedShare: 0.1 }), /add up to 1/);
  const keys = new UniformKeys(10);
  assert.throws(
    () => loadShares({ servers: 2, keys, homeOf: () => 2 }),
    /home of a key is one of the servers/,
  );
});
