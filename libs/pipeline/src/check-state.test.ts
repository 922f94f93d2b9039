import { test } from 'node:test';
import { bits } from '@ballast/wire';
import {
  assertIpPair,
  assertIpRefused,
  buildIp,
  type IpBody,
  type IpHeaders,
  type RefusedFor,
} from '../testing/program-refusal.ts';
import { exact, type KeySpec, longestPrefix, type ProgramBuilder } from './builder.ts';
import type { Bits } from './expression.ts';

test('check: an index is provably within its array', () => {
  const reading: (index: (p: ProgramBuilder, headers: IpHeaders) => Bits) => IpBody =
    (index) => (p, headers) => {
      const r = p.register('r', { v: bits(8) }, 5);
      return () => r.at(index(p, headers)).read();
    };
  const why = (of: string, maximum: number): RefusedFor => [
    'INDEX_BOUND',
    'ingress, read r',
    `${of} may be as large as ${maximum}, with 5 records; slice or mask it, or take it from a hash with a modulus`,
  ];
  assertIpPair({
    refused: reading((p) => p.ingressPort),
    why: why('ingressPort', 65_535),
    accepted: reading((p) => p.ingressPort.and(4)),
  });
  assertIpPair({
    refused: reading((p) => p.ingressPort.slice(2, 0)),
    why: why('slice of 3 bits', 7),
    accepted: reading((p) => p.ingressPort.slice(1, 0)),
  });
  assertIpPair({
    refused: reading((p, { ethernet }) => p.hash('crc32', [ethernet.src], { modulus: 6 })),
    why: why('variable crc32_0', 5),
    accepted: reading((p, { ethernet }) => p.hash('crc32', [ethernet.src], { modulus: 5 })),
  });
  assertIpPair({
    refused: reading((p, { ethernet }) => p.hash('crc32', [ethernet.src], { modulus: 4 }).extend(8).plus(2)),
    why: why('extend of 8 bits add constant 2', 5),
    accepted: reading((p, { ethernet }) => p.hash('crc32', [ethernet.src], { modulus: 4 }).extend(8).plus(1)),
  });
  // An assigned variable may hold anything that its width allows.
  assertIpRefused(
    (p) => {
      const [r, index] = [p.register('r', { v: bits(8) }, 5), p.variable('index', bits(8))];
      return () => {
        index.set(1);
        r.at(index).read();
      };
    },
    why('variable index', 255),
  );
});

test('check: a counter’s index is within its size', () => {
  const counting =
    (size: number): IpBody =>
    (p) => {
      const c = p.counter('c', size);
      return () => c.count(p.ingressPort.slice(7, 0));
    };
  assertIpPair({
    refused: counting(255),
    why: ['INDEX_BOUND', 'ingress, count c', /may be as large as 255, with 255 records/],
    accepted: counting(256),
  });
});

test('check: the candidates of an argmin are as many bits as records', () => {
  const among =
    (count: number): IpBody =>
    (p) => {
      const r = p.register('r', { v: bits(8) }, 20);
      return () => r.argmin('v', { count, among: p.ingressPort });
    };
  assertIpPair({
    refused: among(17),
    why: ['WIDTH', 'ingress, argmin r', '16 candidate bits for 17 records'],
    accepted: among(16),
  });
});

test('check: hashes are over whole bytes, one at least', () => {
  const hashing =
    (args: (p: ProgramBuilder) => Bits[]): IpBody =>
    (p) =>
    () =>
      p.hash('crc16', args(p));
  assertIpPair({
    refused: hashing((p) => [p.ingressPort, p.ingressPort.slice(6, 0)]),
    why: ['HASH', 'ingress, hash', 'slice of 7 bits has 7 bits; hashes are over whole bytes'],
    accepted: hashing((p) => [p.ingressPort, p.ingressPort.slice(7, 0)]),
  });
  assertIpRefused(
    hashing(() => []),
    ['HASH', 'ingress, hash', 'a hash has at least one argument'],
  );
});

test('check: a keyed hash takes a key and no modulus, the others the other way round', () => {
  assertIpPair({
    refused: (p) => () => p.hash('halfSipHash', [p.ingressPort], { modulus: 4 }),
    why: ['HASH', 'ingress, hash', 'halfSipHash takes no modulus; slice it'],
    accepted: (p) => () => p.hash('halfSipHash', [p.ingressPort]).slice(1, 0),
  });
  assertIpPair({
    refused: (p) => () => p.hash('crc32', [p.ingressPort], { key: 1n }),
    why: ['HASH', 'ingress, hash', 'halfSipHash has a key, the others have none'],
    accepted: (p) => () => p.hash('crc32', [p.ingressPort], { modulus: 4 }),
  });
  for (const key of [-1n, 1n << 64n]) {
    assertIpRefused(
      (p) => () => p.hash('halfSipHash', [p.ingressPort], { key }),
      ['HASH', 'ingress, hash', `key ${key} does not fit 64 bits`],
    );
  }
});

test('check: random values have at most 32 bits', () => {
  assertIpPair({
    refused: (p) => () => p.random(bits(33)),
    why: ['WIDTH', 'ingress, random', 'random values have at most 32 bits'],
    accepted: (p) => () => p.random(bits(32)),
  });
});

test('check: a table has one apply site', () => {
  const applied: (times: number) => IpBody =
    (times) =>
    (p, { ethernet }) => {
      const t = p.table('t', { match: { k: exact(ethernet.src) }, actions: { hit: {} }, size: 4 });
      const apply = (): void => t.apply({ hit: () => undefined, miss: () => undefined });
      return () => p.when(p.ingressPort.eq(1), apply, times > 1 ? apply : () => undefined);
    };
  assertIpPair({
    refused: applied(2),
    why: ['STATE_USE', 'ingress, apply t', 'a table has one apply site; merge them with a mode variable'],
    accepted: applied(1),
  });
});

type Actions = Readonly<Record<string, Record<string, never>>>;

test('check: a table has keys and actions, and one longest prefix at most', () => {
  const declaring =
    (match: (ethernet: IpHeaders['ethernet']) => KeySpec, actions: Actions = { hit: {} }): IpBody =>
    (p, { ethernet }) =>
      p.table('t', { match: match(ethernet), actions, size: 4 });
  const accepted = declaring(({ src, dst }) => ({ src: longestPrefix(src), dst: exact(dst) }));
  assertIpPair({
    refused: declaring(() => ({})),
    why: ['STATE_USE', 'table t', 'a table matches at least one key'],
    accepted,
  });
  assertIpPair({
    refused: declaring(({ src }) => ({ src: exact(src) }), {}),
    why: ['STATE_USE', 'table t', 'a table has at least one action'],
    accepted,
  });
  assertIpPair({
    refused: declaring(({ src, dst }) => ({ src: longestPrefix(src), dst: longestPrefix(dst) })),
    why: ['STATE_USE', 'table t', 'at most one key is a longest prefix'],
    accepted,
  });
});

test('check: sizes are whole and at most 2^24', () => {
  const sized: Readonly<Record<string, (size: number) => IpBody>> = {
    'table t':
      (size) =>
      (p, { ethernet }) =>
        p.table('t', { match: { k: exact(ethernet.src) }, actions: { hit: {} }, size }),
    'register r': (size) => (p) => p.register('r', { v: bits(8) }, size),
    'counter c': (size) => (p) => p.counter('c', size),
    'cache h': (size) => (p) => p.cache('h', { key: { k: bits(8) }, record: { v: bits(8) }, size }),
    'slots s': (size) => (p) =>
      p.slots('s', { key: { k: bits(8) }, record: { v: bits(8) }, buckets: size, hashes: 1, depth: 1 }),
  };
  for (const [construct, of] of Object.entries(sized)) {
    for (const size of [0, -1, 1.5, 2 ** 24 + 1]) {
      assertIpRefused(of(size), ['STATE_USE', construct, `size ${size} is not between 1 and 16777216`]);
    }
    buildIp(of(1));
    buildIp(of(2 ** 24));
  }
});

test('check: each dimension of slots is a whole number', () => {
  const slots =
    (shape: { buckets: number; hashes?: number; depth?: number }): IpBody =>
    (p) =>
      p.slots('s', { key: { k: bits(8) }, record: { v: bits(8) }, ...shape });
  for (const shape of [
    { buckets: 0.5, hashes: 2, depth: 1 },
    { buckets: -2, hashes: -2 },
    { buckets: 4, depth: 0.25 },
  ]) {
    assertIpRefused(slots(shape), [
      'STATE_USE',
      'slots s',
      /hashes, depth and buckets are whole numbers from 1 on/,
    ]);
  }
  assertIpRefused(slots({ buckets: 1, hashes: 257, depth: 1 }), [
    'STATE_USE',
    'slots s',
    /at most 256 hashes/,
  ]);
  buildIp(slots({ buckets: 1, hashes: 256, depth: 1 }));
});
