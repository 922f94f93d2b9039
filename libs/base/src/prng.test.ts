import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Prng } from './prng.ts';

const DRAWS = 100_000;

function draws<T>(count: number, draw: () => T): T[] {
  return Array.from({ length: count }, draw);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

/** Pearson's statistic of the counts against equal expectation. Mean `cells - 1`, variance twice that. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/**
 * Fails when the counts are further from uniform than chance makes them once in 10^6 times.
 *
 * The tail of chi-square is below e^-t beyond k + 2 sqrt(k t) + 2 t (Laurent and Massart, 2000, lemma 1).
 */
function assertUniform(counts: readonly number[]): void {
  const freedom = counts.length - 1;
  const t = Math.log(1e6);
  const limit = freedom + 2 * Math.sqrt(freedom * t) + 2 * t;
  const statistic = chiSquare(counts);
  assert.ok(statistic < limit, `chi-square ${statistic.toFixed(1)} of ${freedom} degrees of freedom`);
}

function countInto(cells: number, values: Iterable<number>): number[] {
  const counts = new Array<number>(cells).fill(0);
  for (const value of values) counts[value]!++;
  return counts;
}

describe('prng: streams', () => {
  test('prng: the stream of a seed is that of the reference code in C', () => {
    // xoshiro128** of Blackman and Vigna behind splitmix32. A change here breaks every recorded seed.
    const streams = new Map([
      [1, [0x177119d4, 0x81962de5, 0xe3609ab3, 0x7cbcc17a, 0x6f2c548e, 0x81e3835f]],
      [42, [0x275d943d, 0xd9b9aab4, 0x04a146ce, 0x36f526a1, 0xe9cf8113, 0xd97e0f65]],
      [2 ** 32 + 1, [0x7dfd4c48, 0x42cba903, 0x5a3e1bac, 0x32bb4aac, 0x15b30a83, 0x747822ec]],
      [2 ** 53 - 1, [0x6ddf78fa, 0x3ac03bac, 0x2481bae5, 0x91f9b51d, 0x0c81f19c, 0x124f31be]],
    ]);
    for (const [seed, words] of streams) {
      const prng = new Prng(seed);
      assert.deepEqual(
        draws(words.length, () => prng.u32()),
        words,
      );
    }
  });

  test('prng: equal seeds give equal streams, neighbouring seeds unrelated ones', () => {
    const first = new Prng(7);
    const again = new Prng(7);
    const other = new Prng(8);
    assert.deepEqual(
      draws(100, () => first.u32()),
      draws(100, () => again.u32()),
    );
    // Of 3,200 pairs of bits about half agree; the deviation is 28.
    const agreeing = draws(100, () => 32 - popcount(first.u32() ^ other.u32())).reduce((a, b) => a + b);
    assert.ok(Math.abs(agreeing - 1600) < 6 * 28, `${agreeing} of 3200 bits agree`);
  });

  test('prng: every bit of u32 is set half of the time', () => {
    const prng = new Prng(3);
    const set = new Array<number>(32).fill(0);
    for (let i = 0; i < DRAWS; i++) {
      const word = prng.u32();
      for (let bit = 0; bit < 32; bit++) set[bit]! += (word >>> bit) & 1;
    }
    const sixDeviations = 6 * Math.sqrt(DRAWS / 4);
    set.forEach((count, bit) => {
      assert.ok(Math.abs(count - DRAWS / 2) < sixDeviations, `bit ${bit} set ${count} times`);
    });
  });

  test('prng: seed 0 is as good as any', () => {
    const prng = new Prng(0);
    assert.equal(new Set(draws(1000, () => prng.u32())).size, 1000);
  });
});

describe('prng: distributions', () => {
  test('prng: unit is uniform over [0, 1)', () => {
    const prng = new Prng(11);
    const values = draws(DRAWS, () => prng.unit());
    assert.ok(values.every((value) => value >= 0 && value < 1));
    assertUniform(
      countInto(
        100,
        values.map((value) => Math.floor(value * 100)),
      ),
    );
  });

  test('prng: unit uses 53 bits, not 32', () => {
    const prng = new Prng(12);
    const low = draws(1000, () => prng.unit() * 2 ** 53).filter((scaled) => scaled % 2 ** 21 !== 0);
    assert.ok(low.length > 990);
  });

  test('prng: below stays below its bound, reaches both ends and is uniform', () => {
    const prng = new Prng(13);
    assert.ok(draws(1000, () => prng.below(1)).every((value) => value === 0));
    for (const bound of [2, 7, 1000]) {
      assertUniform(
        countInto(
          bound,
          draws(DRAWS, () => prng.below(bound)),
        ),
      );
    }
    const wide = draws(1000, () => prng.below(2 ** 32));
    assert.ok(wide.every((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32));
    assert.ok(wide.some((value) => value >= 2 ** 31));
  });

  test('prng: successive draws are independent', () => {
    const prng = new Prng(14);
    assertUniform(
      countInto(
        256,
        draws(DRAWS, () => prng.below(16) * 16 + prng.below(16)),
      ),
    );
  });

  test('prng: chance hits with its ratio, always at 1 and never at 0', () => {
    const prng = new Prng(15);
    const hits = draws(DRAWS, () => prng.chance(0.03)).filter(Boolean).length;
    const sixDeviations = 6 * Math.sqrt(DRAWS * 0.03 * 0.97);
    assert.ok(Math.abs(hits - DRAWS * 0.03) < sixDeviations, `${hits} hits`);
    assert.ok(draws(1000, () => prng.chance(1)).every(Boolean));
    assert.ok(!draws(1000, () => prng.chance(0)).some(Boolean));
  });

  test('prng: a chance of 0 draws nothing, so an absent fault changes no other draw', () => {
    const asked = new Prng(16);
    const silent = new Prng(16);
    asked.chance(0);
    assert.equal(asked.u32(), silent.u32());
  });

  test('prng: exponential has the mean and the deviation of its parameter, and its median', () => {
    const prng = new Prng(17);
    const values = draws(DRAWS, () => prng.exponential(40));
    assert.ok(values.every((value) => value >= 0 && Number.isFinite(value)));
    assert.ok(Math.abs(mean(values) - 40) < (6 * 40) / Math.sqrt(DRAWS));
    assert.ok(Math.abs(deviation(values) - 40) < 40 * 0.03);
    const below = values.filter((value) => value < 40 * Math.LN2).length;
    assert.ok(Math.abs(below - DRAWS / 2) < 6 * Math.sqrt(DRAWS / 4));
  });

  test('prng: normal has its mean, its deviation and the share within one deviation', () => {
    const prng = new Prng(18);
    const values = draws(DRAWS, () => prng.normal(10, 2));
    assert.ok(Math.abs(mean(values) - 10) < (6 * 2) / Math.sqrt(DRAWS));
    assert.ok(Math.abs(deviation(values) - 2) < 2 * 0.02);
    const within = values.filter((value) => Math.abs(value - 10) < 2).length / DRAWS;
    assert.ok(Math.abs(within - 0.6827) < 0.01, `${within} within one deviation`);
  });

  test('prng: pick takes every item equally often', () => {
    const prng = new Prng(19);
    const items = ['a', 'b', 'c'] as const;
    assertUniform(
      countInto(
        3,
        draws(DRAWS, () => items.indexOf(prng.pick(items))),
      ),
    );
  });
});

describe('prng: forks', () => {
  test('prng: a fork is a function of the seed, the label and how much was drawn before', () => {
    const words = (seed: number, label: string, drawn: number): number[] => {
      const prng = new Prng(seed);
      draws(drawn, () => prng.u32());
      const fork = prng.fork(label);
      return draws(10, () => fork.u32());
    };
    const reference = words(1, 'server 3', 0);
    assert.deepEqual(words(1, 'server 3', 0), reference);
    assert.notDeepEqual(words(2, 'server 3', 0), reference);
    assert.notDeepEqual(words(1, 'server 4', 0), reference);
    assert.notDeepEqual(words(1, 'server 3', 1), reference);
  });

  test('prng: a draw more in one fork shifts neither its siblings nor its parent', () => {
    const run = (extraDraws: number): number[] => {
      const parent = new Prng(20);
      const noisy = parent.fork('noisy');
      draws(extraDraws, () => noisy.u32());
      const sibling = parent.fork('sibling');
      return [parent.u32(), sibling.u32(), sibling.u32()];
    };
    assert.deepEqual(run(0), run(1000));
  });

  test('prng: forks of equal label taken one after the other differ', () => {
    const prng = new Prng(21);
    assert.notEqual(prng.fork('link').u32(), prng.fork('link').u32());
  });

  test('prng: first draws across 10,000 forks are uniform, and no two streams are equal', () => {
    const prng = new Prng(22);
    const forks = Array.from({ length: 10_000 }, (_, i) => prng.fork(`client ${i}`));
    assertUniform(
      countInto(
        64,
        forks.map((fork) => fork.below(64)),
      ),
    );
    assert.equal(new Set(forks.map((fork) => `${fork.u32()} ${fork.u32()}`)).size, forks.length);
  });

  test('prng: a fork and its parent are uncorrelated', () => {
    const parent = new Prng(23);
    const fork = parent.fork('child');
    assertUniform(
      countInto(
        256,
        draws(DRAWS, () => parent.below(16) * 16 + fork.below(16)),
      ),
    );
  });
});

function popcount(word: number): number {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest &= rest - 1) count++;
  return count;
}
