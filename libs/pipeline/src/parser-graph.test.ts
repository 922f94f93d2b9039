import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bits, ethernetHeader, header, ipv4Header, tcpHeader, udpHeader, vlanHeader } from '@ballast/wire';
import { assertRefused } from '../testing/program-refusal.ts';
import { fieldPath, packetFormat, type StateSpec, successors } from './parser-graph.ts';

const headers = {
  ethernet: ethernetHeader,
  vlan: vlanHeader,
  ipv4: ipv4Header,
  udp: udpHeader,
  tcp: tcpHeader,
};
type Name = keyof typeof headers;

const ethernet = {
  on: ['ethernet.etherType'],
  cases: [
    { match: [0x8100], next: 'vlan' },
    { match: [0x0800], next: 'ipv4' },
  ],
};
const vlan = { on: ['vlan.etherType'], cases: [{ match: [0x0800], next: 'ipv4' }] };
const ipv4 = {
  on: ['ipv4.protocol'],
  cases: [
    { match: [17], next: 'udp' },
    { match: [6], next: 'tcp' },
  ],
};
const states = { ethernet, vlan, ipv4 };

function build(changed: { readonly [K in Name]?: StateSpec } = {}) {
  return packetFormat('test_packet', headers, 'ethernet', { ...states, ...changed }).graph;
}

test('parser graph: states come in topological order, the first case of a state first', () => {
  assert.deepEqual(
    build().states.map((s) => s.header),
    ['ethernet', 'vlan', 'ipv4', 'udp', 'tcp'],
  );
});

test('parser graph: a header without a state ends the parse', () => {
  const udp = build().states.find((s) => s.header === 'udp')!;
  assert.deepEqual(udp, { header: 'udp', on: [], cases: [], otherwise: null });
  assert.deepEqual(successors(udp), []);
});

test('parser graph: successors are named once', () => {
  const cases = [
    { match: [17], next: 'udp' },
    { match: [136], next: 'udp' },
    { match: [6], next: 'tcp' },
  ];
  const state = build({ ipv4: { on: ['ipv4.protocol'], cases, otherwise: 'udp' } }).states[2]!;
  assert.deepEqual(successors(state), ['udp', 'tcp']);
});

test('parser graph: an offset is known where every path agrees', () => {
  assert.deepEqual(build().offsets, { ethernet: 0, vlan: 14, ipv4: null, udp: null, tcp: null });
  const untagged = packetFormat(
    't',
    { ethernet: ethernetHeader, ipv4: ipv4Header, udp: udpHeader },
    'ethernet',
    {
      ethernet: { otherwise: 'ipv4' },
      ipv4: { otherwise: 'udp' },
    },
  );
  assert.deepEqual(untagged.graph.offsets, { ethernet: 0, ipv4: 14, udp: 34 });
});

test('parser graph: two paths of equal length give one offset', () => {
  const tag = header('tag', { next: bits(32) });
  const { graph } = packetFormat(
    't',
    { ethernet: ethernetHeader, vlan: vlanHeader, tag, last: tag },
    'ethernet',
    {
      ethernet: { on: ['ethernet.etherType'], cases: [{ match: [0x8100], next: 'vlan' }], otherwise: 'tag' },
      vlan: { otherwise: 'last' },
      tag: { otherwise: 'last' },
    },
  );
  assert.equal(graph.offsets['last'], 18);
});

test('parser graph: a header implies those on every path to it', () => {
  const { implied } = build();
  assert.deepEqual(implied['udp'], new Set(['ethernet', 'ipv4', 'udp']));
  assert.deepEqual(implied['vlan'], new Set(['ethernet', 'vlan']));
  assert.deepEqual(implied['ethernet'], new Set(['ethernet']));
});

test('parser graph: a field path has two parts', () => {
  assert.deepEqual(fieldPath('ipv4.protocol'), { header: 'ipv4', field: 'protocol' });
});

test('parser graph: a cycle is refused', () => {
  assertRefused(
    () => build({ tcp: { otherwise: 'ipv4' } }),
    ['PARSER', 'state ipv4', 'can be reached from itself; parsers are acyclic'],
  );
  assertRefused(
    () => build({ udp: { otherwise: 'udp' } }),
    ['PARSER', 'state udp', /can be reached from itself/],
  );
});

test('parser graph: a state that leads nowhere is refused', () => {
  assertRefused(
    () => build({ udp: { otherwise: 'vxlan' } }),
    ['PARSER', 'state udp', 'goes on to vxlan, which is no header of the format'],
  );
});

test('parser graph: a header that no state leads to is refused', () => {
  assertRefused(
    () => build({ ipv4: { on: ['ipv4.protocol'], cases: [{ match: [6], next: 'tcp' }] } }),
    ['PARSER', 'header udp', 'is never extracted: no state leads to it'],
  );
});

test('parser graph: a select is on fields that are there on every path', () => {
  const on = (path: string) => (): unknown =>
    build({ udp: { on: [path], cases: [{ match: [1], next: 'tcp' }] } });
  assertRefused(on('udp.port'), [
    'PARSER',
    'state udp',
    'selects on udp.port, which is no field of the format',
  ]);
  assertRefused(on('ipv6.version'), ['PARSER', 'state udp', /no field of the format/]);
  assertRefused(on('vlan.vid'), [
    'PARSER',
    'state udp',
    'selects on vlan.vid, but vlan is not extracted on every path to it',
  ]);
  assert.doesNotThrow(on('ipv4.ttl'));
  assert.doesNotThrow(on('udp.dstPort'));
});

test('parser graph: a field is selected on once', () => {
  const twice = { on: ['udp.dstPort', 'udp.dstPort'], cases: [{ match: [1, 1], next: 'tcp' }] };
  assertRefused(() => build({ udp: twice }), ['PARSER', 'state udp', 'selects on udp.dstPort twice']);
});

test('parser graph: cases need something to select on, and one value for each field', () => {
  assertRefused(
    () => build({ udp: { cases: [{ match: [], next: 'tcp' }] } }),
    ['PARSER', 'state udp', 'has cases but selects on no field'],
  );
  assertRefused(
    () => build({ udp: { on: ['udp.dstPort'], cases: [{ match: [1, 2], next: 'tcp' }] } }),
    ['PARSER', 'state udp', 'the case to tcp has 2 values for 1 fields'],
  );
});

test('parser graph: values and masks fit their fields', () => {
  const selecting = (match: number | { value: number; mask: number }) => (): unknown =>
    build({ udp: { on: ['udp.dstPort'], cases: [{ match: [match], next: 'tcp' }] } });
  const why = ['WIDTH', 'state udp', '65536 does not fit udp.dstPort, which has 16 bits'] as const;
  assertRefused(selecting(65_536), why);
  assertRefused(selecting({ value: 0, mask: 65_536 }), why);
  assertRefused(selecting(-1), ['WIDTH', 'state udp', '-1 does not fit udp.dstPort, which has 16 bits']);
  assertRefused(selecting(1.5), ['WIDTH', 'state udp', '1.5 is no integer']);
  assert.doesNotThrow(selecting(65_535));
  assert.doesNotThrow(selecting({ value: 0, mask: 65_535 }));
});

test('parser graph: a header’s name is one that generated code can have', () => {
  for (const name of ['inner.ipv4', 'Inner', 'inner-ipv4', '4']) {
    assertRefused(
      () => packetFormat('t', { [name]: ethernetHeader }, name, {}),
      ['NAME', `header ${name}`, 'a name is a lower-case letter, then letters, digits and _'],
    );
  }
  assert.doesNotThrow(() => packetFormat('t', { inner_ipv4: ethernetHeader }, 'inner_ipv4', {}));
});

test('parser graph: a state of no header is refused', () => {
  const typo = { ...states, ipvfour: ipv4 };
  assertRefused(
    () => packetFormat('t', headers, 'ethernet', typo),
    ['PARSER', 'state ipvfour', 'is of no header of the format'],
  );
});
