import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bits, ethernetHeader, header, ipv4Header, type HeaderType, vlanHeader } from '@ballast/wire';
import { ipFormat } from '../testing/semantics/formats.ts';
import {
  assertIpPair,
  assertIpRefused,
  assertRefused,
  buildIp,
  type IpHeaders,
} from '../testing/program-refusal.ts';
import { exact, longestPrefix, program, type ProgramBuilder, ternary } from './builder.ts';
import { Bits } from './expression.ts';
import { packetFormat } from './parser-graph.ts';

test('builder: a program is plain data, in the order of its declarations', () => {
  const built = buildIp((p, { ipv4 }) => {
    p.table('routes', {
      match: { dst: longestPrefix(ipv4.dst) },
      actions: { via: { port: bits(9) } },
      size: 16,
    });
    p.register('loads', { depth: bits(32), live: bits(1) }, 8);
    p.slots('flows', { key: { src: bits(32) }, record: { port: bits(16) }, buckets: 64 });
    p.cache('recent', { key: { src: bits(32) }, record: { port: bits(16) }, size: 128 });
    p.counter('seen', 4);
    p.variable('mode', bits(2));
  });
  assert.deepEqual(built.tables, [
    {
      name: 'routes',
      keys: [{ name: 'dst', kind: 'longestPrefix', width: 32 }],
      actions: [{ name: 'via', parameters: [{ name: 'port', width: 9, variable: 'routes_via_port' }] }],
      size: 16,
    },
  ]);
  assert.deepEqual(built.registers, [
    {
      name: 'loads',
      cells: [
        { name: 'depth', width: 32 },
        { name: 'live', width: 1 },
      ],
      size: 8,
    },
  ]);
  assert.deepEqual(built.slots, [
    {
      name: 'flows',
      key: [{ name: 'src', width: 32 }],
      cells: [{ name: 'port', width: 16 }],
      hashes: 2,
      depth: 4,
      buckets: 64,
    },
  ]);
  assert.deepEqual(built.caches, [
    { name: 'recent', key: [{ name: 'src', width: 32 }], cells: [{ name: 'port', width: 16 }], size: 128 },
  ]);
  assert.deepEqual(built.counters, [{ name: 'seen', size: 4 }]);
  assert.deepEqual(built.variables, [
    { name: 'routes_via_port', width: 9, maximum: 511n },
    { name: 'mode', width: 2, maximum: 3n },
  ]);
  assert.deepEqual(built.ingress, [{ kind: 'pass' }]);
  assert.equal(built.egress, null);
});

test('builder: headers stand in the order of the packet, added ones before the one they name', () => {
  const built = buildIp((p) => {
    p.added('outer', ipv4Header, { before: 'ipv4' });
    p.added('front', ethernetHeader, { before: 'ethernet' });
    p.added('second', vlanHeader, { before: 'ipv4' });
  });
  assert.deepEqual(
    built.headers.slice(0, 6).map(({ name, added }) => `${name}${added ? ' added' : ''}`),
    ['front added', 'ethernet', 'vlan', 'outer added', 'second added', 'ipv4'],
  );
});

test('builder: drop reasons are counted by position, those of the targets last', () => {
  const built = buildIp((p, { ipv4, udp }) => () => {
    p.when(ipv4.isValid().not(), () => p.drop('not_ipv4'));
    p.when(udp.isValid().not(), () => p.drop('not_udp'));
    p.when(ipv4.ttl.eq(0), () => p.drop('not_ipv4'));
    p.when(ipv4.ttl.eq(1), () => p.toController('expiring'));
  });
  assert.deepEqual(built.dropReasons, ['not_ipv4', 'not_udp', 'runt_frame', 'recirculation_limit']);
  assert.deepEqual(built.controllerReasons, ['expiring']);
});

test('builder: a program may give a reason of the targets itself, which is then one reason', () => {
  const { dropReasons } = program('test', (p) => {
    p.parse(ipFormat);
    p.ingress(() => p.drop('runt_frame'));
  });
  assert.deepEqual(dropReasons, ['runt_frame', 'recirculation_limit']);
});

test('builder: statements record what they assign, look up and change', () => {
  const built = buildIp((p, { ethernet }) => {
    const loads = p.register('loads', { depth: bits(32) }, 8);
    return () => {
      const depth = loads.at(7).add('depth', 2);
      ethernet.src.set(depth.extend(48));
    };
  });
  const depth = { kind: 'variable', width: 32, name: 'loads_depth_0' };
  assert.deepEqual(built.ingress, [
    {
      kind: 'add',
      register: 'loads',
      cell: 'depth',
      index: { kind: 'const', width: 3, value: 7n },
      amount: { kind: 'const', width: 32, value: 2n },
      into: 'loads_depth_0',
    },
    {
      kind: 'set',
      target: { kind: 'field', width: 48, header: 'ethernet', field: 'src' },
      value: { kind: 'extend', width: 48, value: depth },
    },
    { kind: 'pass' },
  ]);
});

test('builder: match is a chain of conditions, the first value outermost', () => {
  const built = buildIp((p, { ethernet }) => () => {
    p.match(ethernet.etherType, { 2: () => ethernet.src.set(2), 1: () => ethernet.src.set(1) });
  });
  const first = built.ingress[0]!;
  assert.ok(first.kind === 'if' && first.condition.kind === 'compare' && first.otherwise[0]?.kind === 'if');
  assert.deepEqual(first.condition.right, { kind: 'const', width: 16, value: 1n });
});

test('builder: ports and groups of less than 16 bits are extended, wider ones refused', () => {
  const forwarding =
    (port: (p: ProgramBuilder) => Bits | number) =>
    (p: ProgramBuilder, { ipv4 }: IpHeaders) =>
    () =>
      p.when(ipv4.isValid(), () => p.forward(port(p)));
  const built = assertIpPair({
    refused: forwarding((p) => p.constant(1, bits(17))),
    why: ['WIDTH', 'forward', 'constant 1 has 17 bits; expected 16'],
    accepted: forwarding((p) => p.constant(1, bits(9))),
  });
  const branch = built.ingress[0]!;
  const outcome = branch.kind === 'if' ? branch.then[0] : undefined;
  assert.ok(outcome?.kind === 'forward' && outcome.port.kind === 'extend' && outcome.port.width === 16);
  assertIpPair({
    refused: forwarding(() => 65_536),
    why: ['WIDTH', 'forward', 'constant 65536 does not fit 16 bits'],
    accepted: forwarding(() => 65_535),
  });
});

test('builder: a result of a hash with a modulus is known to be below it', () => {
  const built = buildIp((p, { ethernet }) => () => {
    p.hash('crc32', [ethernet.src], { modulus: 5 });
    p.hash('crc32', [ethernet.src], { modulus: 1 });
    p.hash('crc32', [ethernet.src], { modulus: 2 ** 31 });
    p.hash('crc16', [ethernet.src]);
    p.hash('halfSipHash', [ethernet.src], { key: 9n });
  });
  assert.deepEqual(
    built.variables.map(({ width, maximum }) => [width, maximum]),
    [
      [3, 4n],
      [1, 0n],
      [31, 0x7fff_ffffn],
      [16, 0xffffn],
      [64, 0xffff_ffff_ffff_ffffn],
    ],
  );
});

test('builder: a name is plain and taken once', () => {
  for (const name of ['Routes', '1st', 'my-table', 'a.b', '', '_x']) {
    assertIpRefused(
      (p) => p.counter(name, 1),
      ['NAME', `counter ${name}`, /a name is a lower-case letter, then/],
    );
  }
  assertIpRefused(
    (p) => {
      p.counter('seen', 1);
      p.register('seen', { x: bits(1) }, 1);
    },
    ['NAME', 'register seen', 'the name is taken'],
  );
  assertIpRefused((p) => p.variable('test', bits(1)), ['NAME', 'variable test', 'the name is taken']);
  assertRefused(() => program('My-Program', () => undefined), ['NAME', 'program My-Program', /a name is/]);
});

test('builder: names of keys, actions, parameters, cells and reasons are plain', () => {
  const { src } = {
    src: new Bits({ kind: 'const', width: 8, value: 0n }, { program: 'test', construct: 'x' }),
  };
  const actions = { via: { port: bits(9) } };
  const plain = /a name is a lower-case letter/;
  assertIpRefused(
    (p) => p.table('t', { match: { Src: exact(src) }, actions, size: 1 }),
    ['NAME', 'table t, key Src', plain],
  );
  assertIpRefused(
    (p) => p.table('t', { match: { src: exact(src) }, actions: { Via: {} }, size: 1 }),
    ['NAME', 'table t, action Via', plain],
  );
  assertIpRefused(
    (p) => p.table('t', { match: { src: exact(src) }, actions: { via: { 'a b': bits(1) } }, size: 1 }),
    ['NAME', 'table t, parameter a b', plain],
  );
  assertIpRefused((p) => p.register('r', { 'a-b': bits(1) }, 1), ['NAME', 'register r, cell a-b', plain]);
  assertIpRefused(
    (p) => () => p.when(src.eq(0), () => p.drop('no vip')),
    ['NAME', 'drop reason no vip', plain],
  );
  assertIpRefused(
    (p) => () => p.when(src.eq(0), () => p.toController('No')),
    ['NAME', 'controller reason No', plain],
  );
  assertIpRefused(
    (p) => p.table('t', { match: { src: exact(src) }, actions: { miss: {} }, size: 1 }),
    ['NAME', 'table t', 'an action cannot be called miss'],
  );
});

test('builder: an added header has a name and a place of its own', () => {
  assertIpRefused(
    (p) => p.added('ipv4', ipv4Header, { before: 'udp' }),
    ['NAME', 'added header ipv4', 'the parser has a header of that name'],
  );
  assertIpRefused(
    (p) => p.added('outer', ipv4Header, { before: 'gre' }),
    ['NAME', 'added header outer', 'stands before gre, which does not exist'],
  );
  assertRefused(
    () => program('test', (p) => p.added('outer', ipv4Header, { before: 'ipv4' })),
    ['NAME', 'added header outer', /does not exist/],
  );
});

test('builder: a field cannot have the name of what every header offers', () => {
  const odd: HeaderType = header('odd', { instance: bits(8) });
  const format = packetFormat('odd_packet', { odd }, 'odd', {});
  assertRefused(
    () => program('test', (p) => p.parse(format)),
    ['NAME', 'header odd', 'a field cannot be called instance'],
  );
});

test('builder: a program has one parser and one of each part', () => {
  assertIpRefused((p) => p.parse(ipFormat), ['PARSER', 'parse', 'a program has one parser']);
  assertIpRefused(
    (p) => p.ingress(() => p.pass()),
    ['PLACEMENT', 'ingress', 'a program has one ingress part'],
  );
  assertIpRefused(
    (p) => {
      p.egress(() => p.emit());
      p.egress(() => p.emit());
    },
    ['PLACEMENT', 'egress', 'a program has one egress part'],
  );
  assertRefused(
    () => program('test', (p) => p.ingress(() => p.pass())),
    ['PARSER', 'parse', 'the program has no parser'],
  );
  assertRefused(
    () => program('test', (p) => void p.parse(ipFormat)),
    ['PLACEMENT', 'ingress', 'the program has no ingress part'],
  );
});

test('builder: statements stand in a part', () => {
  assertIpRefused(
    (_p, { ethernet }) => ethernet.src.set(1),
    ['PLACEMENT', 'set', 'statements stand in the ingress or the egress part'],
  );
  assertIpRefused(
    (p, { ipv4 }) => p.when(ipv4.isValid(), () => undefined),
    ['PLACEMENT', 'if', /statements stand in/],
  );
  assertIpRefused(
    (p) => () => p.egress(() => p.emit()),
    ['PLACEMENT', 'egress', 'stands in the ingress part'],
  );
});

test('builder: each part has its own outcomes', () => {
  assertIpRefused((p) => () => p.emit(), ['OUTCOME', 'emit', 'is no outcome of the ingress part']);
  const outcomes: readonly [string, (p: ProgramBuilder) => void][] = [
    ['forward', (p) => p.forward(1)],
    ['multicast', (p) => p.multicast(1)],
    ['controller', (p) => p.toController('x')],
    ['recirculate', (p) => p.recirculate(1)],
    ['pass', (p) => p.pass()],
  ];
  for (const [name, outcome] of outcomes) {
    assertIpRefused((p) => p.egress(() => outcome(p)), ['OUTCOME', name, 'is no outcome of the egress part']);
  }
  buildIp((p) => p.egress(() => p.drop('x')));
  buildIp((p) => p.egress(() => p.emit()));
});

test('builder: a packet recirculates at most 255 times', () => {
  for (const max of [256, -1, 0.5]) {
    assertIpRefused(
      (p, { ipv4 }) =>
        () =>
          p.when(ipv4.isValid(), () => p.recirculate(max)),
      ['OUTCOME', 'recirculate', `${max} times is not between 0 and 255`],
    );
  }
  const built = buildIp((p, { ipv4, vlan }) => () => {
    p.when(ipv4.isValid(), () => p.recirculate(2));
    p.when(vlan.isValid(), () => p.recirculate(255));
  });
  assert.equal(built.recirculationsMax, 255);
});

test('builder: a modulus is between 1 and 2^31', () => {
  for (const modulus of [0, -1, 1.5, 2 ** 31 + 1, Number.NaN]) {
    assertIpRefused(
      (p, { ethernet }) =>
        () =>
          void p.hash('crc32', [ethernet.src], { modulus }),
      ['HASH', 'hash crc32', `modulus ${modulus} is not between 1 and 2^31`],
    );
  }
});

test('builder: key kinds are those of the match', () => {
  const value = new Bits({ kind: 'const', width: 8, value: 0n }, { program: 'test', construct: 'x' });
  assert.deepEqual(
    [exact, longestPrefix, ternary].map((kind) => kind(value).kind),
    ['exact', 'longestPrefix', 'ternary'],
  );
});
