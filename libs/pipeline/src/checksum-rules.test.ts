import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ethernetHeader,
  EtherType,
  gueHeader,
  header,
  bits,
  icmpHeader,
  ipv4Header,
  ipv6Header,
  tcpHeader,
  udpHeader,
} from '@ballast/wire';
import { ipFormat, tunnelFormat } from '../testing/semantics/formats.ts';
import { assertRefused } from '../testing/program-refusal.ts';
import { program, type ProgramBuilder } from './builder.ts';
import { checksumField, checksumsOf, type ChecksumUse } from './checksum-rules.ts';
import { type PacketFormat, packetFormat } from './parser-graph.ts';
import { faultsOf } from './program-error.ts';
import type { HeaderType } from '@ballast/wire';

function usesOf(
  format: PacketFormat<Record<string, HeaderType>>,
  declare: (p: ProgramBuilder) => void = () => undefined,
): ChecksumUse[] {
  const built = program('test', (p) => {
    p.parse(format);
    declare(p);
    p.ingress(() => p.pass());
  });
  return checksumsOf(built, faultsOf('test'));
}
const useOf = (uses: readonly ChecksumUse[], name: string): ChecksumUse | undefined =>
  uses.find((use) => use.header === name);

test('checksum rules: IPv4, UDP, TCP, ICMP and ICMPv6 have a checksum field, others none', () => {
  const field = (type: HeaderType): string | null => checksumField({ name: 'x', type, added: false });
  for (const type of [ipv4Header, udpHeader, tcpHeader, icmpHeader]) assert.equal(field(type), 'checksum');
  for (const type of [ipv6Header, ethernetHeader, gueHeader]) assert.equal(field(type), null);
});

test('checksum rules: a header of one’s own has none, whatever its fields are called', () => {
  const own = header('own', { checksum: bits(16) });
  assert.equal(checksumField({ name: 'own', type: own, added: false }), null);
});

test('checksum rules: transports cover the pseudo header of the IP header in front, ICMP none', () => {
  const uses = usesOf(ipFormat);
  assert.deepEqual(useOf(uses, 'udp')?.pseudo, ['ipv4', 'ipv6']);
  assert.deepEqual(useOf(uses, 'tcp')?.pseudo, ['ipv4', 'ipv6']);
  assert.deepEqual(useOf(uses, 'icmpv6')?.pseudo, ['ipv6']);
  assert.deepEqual(useOf(uses, 'icmp')?.pseudo, []);
  assert.deepEqual(useOf(uses, 'ipv4')?.pseudo, []);
});

test('checksum rules: zero means none for UDP only', () => {
  assert.deepEqual(
    usesOf(ipFormat)
      .filter((use) => use.zeroMeansNone)
      .map((use) => use.header),
    ['udp'],
  );
});

test('checksum rules: an outer checksum covers every header that may stand behind it', () => {
  const uses = usesOf(tunnelFormat);
  const behindUdp = ['gue', 'inner_ipv4', 'inner_udp', 'inner_tcp', 'vxlan', 'inner_ethernet'];
  assert.deepEqual(new Set(useOf(uses, 'udp')?.inner), new Set(behindUdp));
  assert.deepEqual(useOf(uses, 'ipv4')?.inner, []);
  assert.deepEqual(useOf(uses, 'inner_udp')?.pseudo, ['inner_ipv4']);
});

test('checksum rules: inner checksums are settled before those that cover them', () => {
  assert.deepEqual(
    usesOf(tunnelFormat).map((use) => use.header),
    ['inner_tcp', 'inner_udp', 'inner_ipv4', 'udp', 'ipv4'],
  );
});

test('checksum rules: a pushed IPv4 header is summed in full, pushed UDP keeps none', () => {
  const uses = usesOf(ipFormat, (p) => {
    p.added('outer', ipv4Header, { before: 'ipv4' });
    p.added('outer_udp', udpHeader, { before: 'ipv4' });
    p.added('gue', gueHeader, { before: 'ipv4' });
  });
  assert.deepEqual(useOf(uses, 'outer'), {
    header: 'outer',
    field: 'checksum',
    zeroMeansNone: false,
    inner: [],
    pseudo: [],
    added: true,
  });
  assert.equal(useOf(uses, 'outer_udp'), undefined);
  assert.equal(useOf(uses, 'gue'), undefined);
});

test('checksum rules: a pushed header whose sum would need the payload is refused', () => {
  for (const [name, type] of [
    ['tcp', tcpHeader],
    ['icmp', icmpHeader],
  ] as const) {
    assertRefused(
      () => usesOf(ipFormat, (p) => void p.added('outer', type, { before: 'ipv4' })),
      ['STATE_USE', 'added header outer', `a pushed ${name} header would need a sum over the payload`],
    );
  }
});

test('checksum rules: a transport behind one IP header or two is refused', () => {
  const nested = (innerNext: string): (() => unknown) => {
    const headers = {
      ethernet: ethernetHeader,
      ipv4: ipv4Header,
      inner_ipv4: ipv4Header,
      tcp: tcpHeader,
      inner_tcp: tcpHeader,
    };
    const format = packetFormat('nested', headers, 'ethernet', {
      ethernet: { otherwise: 'ipv4' },
      ipv4: {
        on: ['ipv4.protocol'],
        cases: [
          { match: [4], next: 'inner_ipv4' },
          { match: [6], next: 'tcp' },
          { match: [253], next: 'inner_tcp' },
        ],
      },
      inner_ipv4: { otherwise: innerNext },
    });
    return () => usesOf(format);
  };
  assertRefused(nested('tcp'), [
    'PARSER',
    'header tcp',
    'its pseudo header may be of ipv4 or of inner_ipv4 behind it; parse the two into headers of their own',
  ]);
});

test('checksum rules: a transport behind an IP header on some paths only is refused', () => {
  const format = (isBare: boolean) =>
    packetFormat(
      'bare',
      { ethernet: ethernetHeader, ipv4: ipv4Header, udp: udpHeader, bare_udp: udpHeader },
      'ethernet',
      {
        ethernet: {
          on: ['ethernet.etherType'],
          cases: [
            { match: [EtherType.Ipv4], next: 'ipv4' },
            { match: [0x88b5], next: isBare ? 'udp' : 'bare_udp' },
            { match: [0x88b6], next: 'bare_udp' },
          ],
        },
        ipv4: { otherwise: 'udp' },
      },
    );
  assertRefused(
    () => usesOf(format(true)),
    [
      'PARSER',
      'header udp',
      'has an IP header in front on some paths only; parse the two into headers of their own',
    ],
  );
  assert.deepEqual(useOf(usesOf(format(false)), 'bare_udp')?.pseudo, []);
});
