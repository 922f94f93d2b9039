import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bits,
  ethernetHeader,
  gueHeader,
  header,
  ipv4Header,
  tcpHeader,
  udpHeader,
  vlanHeader,
  vxlanHeader,
} from '@ballast/wire';
import { tunnelFormat } from '../testing/semantics/formats.ts';
import {
  assertIpPair,
  assertIpRefused,
  assertRefused,
  buildIp,
  type IpBody,
  type RefusedFor,
} from '../testing/program-refusal.ts';
import {
  type Assignable,
  exact,
  type HeaderRefs,
  longestPrefix,
  program,
  type ProgramBuilder,
} from './builder.ts';
import { checkProgram } from './check.ts';
import { all, any, type Bits, choose } from './expression.ts';
import type { Program, Statement } from './ir.ts';
import { packetFormat } from './parser-graph.ts';

const notThere = (header: string): string =>
  `header ${header} may not be in the packet here; ask ${header}.isValid() first`;

test('check: a header is read only where it is known to be there', () => {
  assertIpPair({
    refused:
      (_p, { ethernet, ipv4 }) =>
      () =>
        ethernet.src.set(ipv4.src.extend(48)),
    why: ['VALIDITY', 'ingress, set ethernet.src', notThere('ipv4')],
    accepted:
      (p, { ethernet, ipv4 }) =>
      () =>
        p.when(ipv4.isValid(), () => ethernet.src.set(ipv4.src.extend(48))),
  });
});

test('check: a header is set only where it is known to be there', () => {
  assertIpPair({
    refused:
      (_p, { ipv4 }) =>
      () =>
        ipv4.ttl.set(1),
    why: ['VALIDITY', 'ingress, set ipv4.ttl', notThere('ipv4')],
    accepted:
      (p, { ipv4 }) =>
      () =>
        p.when(ipv4.isValid(), () => ipv4.ttl.set(1)),
  });
});

test('check: the parser’s first header is always there', () => {
  buildIp(
    (_p, { ethernet }) =>
      () =>
        ethernet.dst.set(ethernet.src),
  );
});

test('check: a header implies those that the parser extracts before it on every path', () => {
  assertIpPair({
    // UDP may also follow IPv6 here.
    refused:
      (p, { ipv4, udp }) =>
      () =>
        p.when(udp.isValid(), () => ipv4.ttl.set(1)),
    why: ['VALIDITY', 'ingress, set ipv4.ttl', notThere('ipv4')],
    accepted:
      (p, { ipv4, icmp }) =>
      () =>
        p.when(icmp.isValid(), () => ipv4.ttl.set(1)),
  });
});

test('check: an early end leaves the others with what it asked for', () => {
  buildIp((p, { ipv4, tcp }) => () => {
    p.when(ipv4.isValid().not(), () => p.drop('not_ipv4'));
    ipv4.ttl.set(1);
    p.when(
      tcp.isValid(),
      () => undefined,
      () => p.drop('not_tcp'),
    );
    tcp.window.set(ipv4.identification);
  });
});

test('check: behind branches only what all of them know is known', () => {
  const validated: (isBoth: boolean) => IpBody =
    (isBoth) =>
    (p, { vlan, ipv4 }) =>
    () => {
      p.when(
        vlan.isValid(),
        () => p.when(ipv4.isValid().not(), () => p.drop('x')),
        () => isBoth && p.when(ipv4.isValid().not(), () => p.drop('y')),
      );
      ipv4.ttl.set(1);
    };
  assertIpRefused(validated(false), ['OUTCOME', 'ingress, if', /several branches go on/]);
  // Two branches that go on cannot be joined with an end among them, so the join is shown with a pop.
  assertIpPair({
    refused:
      (p, { ethernet, vlan }) =>
      () => {
        p.when(vlan.isValid().not(), () => p.drop('x'));
        p.when(ethernet.src.eq(1), () => p.pop(vlan));
        vlan.vid.set(1);
      },
    why: ['VALIDITY', 'ingress, set vlan.vid', notThere('vlan')],
    accepted:
      (p, { ethernet, vlan }) =>
      () => {
        p.when(vlan.isValid().not(), () => p.drop('x'));
        p.when(ethernet.src.eq(1), () => ethernet.src.set(2));
        vlan.vid.set(1);
      },
  });
});

test('check: a conjunction knows its earlier parts, a disjunction that they failed', () => {
  assertIpPair({
    refused:
      (p, { udp }) =>
      () =>
        p.when(udp.dstPort.eq(53).and(udp.isValid()), () => p.drop('dns')),
    why: ['VALIDITY', 'ingress, if', notThere('udp')],
    accepted:
      (p, { udp }) =>
      () =>
        p.when(udp.isValid().and(udp.dstPort.eq(53)), () => p.drop('dns')),
  });
  assertIpPair({
    refused:
      (p, { udp }) =>
      () =>
        p.when(any(udp.isValid(), udp.dstPort.eq(53)), () => p.drop('dns')),
    why: ['VALIDITY', 'ingress, if', notThere('udp')],
    accepted:
      (p, { udp }) =>
      () =>
        p.when(any(udp.isValid().not(), udp.dstPort.eq(53)), () => p.drop('dns')),
  });
});

test('check: what a branch knows follows from the whole condition', () => {
  assertIpPair({
    refused:
      (p, { tcp, udp }) =>
      () =>
        p.when(tcp.isValid().or(udp.isValid()), () => tcp.window.set(1)),
    why: ['VALIDITY', 'ingress, set tcp.window', notThere('tcp')],
    accepted:
      (p, { tcp }) =>
      () =>
        p.when(all(tcp.isValid(), p.ingressPort.eq(1)), () => tcp.window.set(1)),
  });
  assertIpPair({
    // Not (a and b) tells nothing of a alone.
    refused:
      (p, { tcp }) =>
      () =>
        p.when(
          all(tcp.isValid(), p.ingressPort.eq(1)).not(),
          () => undefined,
          () => tcp.window.set(1),
        ),
    why: ['VALIDITY', 'ingress, set tcp.window', notThere('tcp')],
    accepted:
      (p, { tcp }) =>
      () =>
        p.when(
          any(tcp.isValid().not(), p.ingressPort.eq(1)),
          () => undefined,
          () => tcp.window.set(1),
        ),
  } satisfies Parameters<typeof assertIpPair>[0] as never);
});
