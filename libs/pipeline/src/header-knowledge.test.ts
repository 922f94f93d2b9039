import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bits, header, ipv4Header, vlanHeader } from '@ballast/wire';
import { ipFormat, tunnelFormat } from '../testing/semantics/formats.ts';
import { assertRefused, type RefusedFor } from '../testing/program-refusal.ts';
import { type HeaderRefs, program, type ProgramBuilder } from './builder.ts';
import { all } from './expression.ts';
import type { Program } from './ir.ts';

type Tunnel = HeaderRefs<(typeof tunnelFormat)['headers']>;
const shim = header('shim', { x: bits(32) });

/** Only packets in VXLAN with IPv4 inside go on to the body, which ends them. */
function vxlanProgram(body: (p: ProgramBuilder, headers: Tunnel) => void): () => Program {
  return () =>
    program('test', (p) => {
      const headers = p.parse(tunnelFormat);
      p.ingress(() => {
        const { vxlan, inner_ethernet: ethernet, inner_ipv4: ip } = headers;
        p.when(all(vxlan.isValid(), ethernet.isValid(), ip.isValid()).not(), () => p.drop('other'));
        body(p, headers);
      });
    });
}

const covered = (construct: string, by: string): RefusedFor => [
  'STATE_USE',
  `ingress, ${construct}`,
  `the checksum of ${by} covers it, and ${by} may stay; pop both`,
];

test('header knowledge: a header under a checksum is popped together with the checksum’s header', () => {
  assertRefused(
    vxlanProgram((p, { vxlan }) => {
      p.pop(vxlan);
      p.forward(1);
    }),
    covered('pop of vxlan', 'udp'),
  );
  const orders: readonly (readonly (keyof Tunnel)[])[] = [
    ['vxlan', 'udp', 'ipv4', 'ethernet'],
    ['ethernet', 'ipv4', 'udp', 'vxlan'],
    ['udp', 'vxlan', 'inner_ethernet', 'ipv4'],
  ];
  for (const order of orders) {
    assert.doesNotThrow(
      vxlanProgram((p, headers) => {
        for (const name of order) p.pop(headers[name]);
        p.forward(1);
      }),
    );
  }
});

test('header knowledge: an IP header stays as long as a checksum covers its addresses', () => {
  assertRefused(
    vxlanProgram((p, { ipv4 }) => {
      p.pop(ipv4);
      p.forward(1);
    }),
    covered('pop of ipv4', 'udp'),
  );
});

test('header knowledge: what one branch pops does not excuse the other', () => {
  assertRefused(
    vxlanProgram((p, { udp, vxlan, inner_ethernet: ethernet }) => {
      p.when(ethernet.src.eq(1), () => p.pop(udp));
      p.pop(vxlan);
      p.forward(1);
    }),
    covered('pop of vxlan', 'udp'),
  );
  assert.doesNotThrow(
    vxlanProgram((p, { udp, vxlan, inner_ethernet: ethernet }) => {
      p.when(ethernet.src.eq(1), () => {
        p.pop(vxlan);
        p.pop(udp);
      });
      p.forward(1);
    }),
  );
});

test('header knowledge: a packet that is dropped owes nothing', () => {
  assert.doesNotThrow(
    vxlanProgram((p, { vxlan }) => {
      p.pop(vxlan);
      p.drop('anyway');
    }),
  );
});

test('header knowledge: a packet owes also where it recirculates or goes to the controller or the host', () => {
  const ends: readonly ((p: ProgramBuilder) => void)[] = [
    (p) => p.recirculate(1),
    (p) => p.toController('x'),
    (p) => p.pass(),
    (p) => p.multicast(1),
  ];
  for (const end of ends) {
    assertRefused(
      vxlanProgram((p, { vxlan }) => {
        p.pop(vxlan);
        end(p);
      }),
      covered('pop of vxlan', 'udp'),
    );
  }
});

test('header knowledge: a checksum that is surely not there covers nothing', () => {
  const ipip = (isAsked: boolean) => (): Program =>
    program('test', (p) => {
      const { ipv4, udp, inner_ipv4: inner } = p.parse(tunnelFormat);
      p.ingress(() => {
        p.when(inner.isValid().not(), () => p.drop('other'));
        if (isAsked) p.when(udp.isValid(), () => p.drop('in_udp'));
        p.pop(ipv4);
        p.forward(1);
      });
    });
  assertRefused(ipip(false), covered('pop of ipv4', 'udp'));
  assert.doesNotThrow(ipip(true));
});

/** Pushes a header that stands in front of `before`, where `condition` holds. */
function pushing(before: 'udp' | 'tcp' | 'icmp', onlyIn: 'udp' | 'tcp' | 'icmp' | null): () => Program {
  return () =>
    program('test', (p) => {
      const headers = p.parse(ipFormat);
      const added = p.added('added', shim, { before });
      p.ingress(() => {
        if (onlyIn === null) p.push(added);
        else p.when(headers[onlyIn].isValid(), () => p.push(added));
        p.forward(1);
      });
    });
}

test('header knowledge: nothing is pushed behind a checksum, even where the parser sees payload', () => {
  // In the order of headers: ICMP, UDP, TCP; no two of them are ever there together.
  assert.doesNotThrow(pushing('tcp', 'tcp'));
  assertRefused(pushing('tcp', 'udp'), covered('push of added', 'udp'));
  assertRefused(pushing('tcp', null), covered('push of added', 'udp'));
  assert.doesNotThrow(pushing('icmp', null));
});

test('header knowledge: IPv4’s checksum covers its own header only', () => {
  assert.doesNotThrow(() =>
    program('test', (p) => {
      const { vlan, udp } = p.parse(ipFormat);
      const [outer, tag] = [
        p.added('outer', ipv4Header, { before: 'udp' }),
        p.added('tag', vlanHeader, { before: 'vlan' }),
      ];
      p.ingress(() => {
        p.when(udp.isValid(), () => p.push(outer));
        p.when(vlan.isValid(), () => p.pop(vlan));
        p.push(tag);
        p.forward(1);
      });
    }),
  );
});

test('header knowledge: the egress part owes for itself', () => {
  assertRefused(
    () =>
      program('test', (p) => {
        const { vxlan } = p.parse(tunnelFormat);
        p.ingress(() => p.forward(1));
        p.egress(() => {
          p.when(vxlan.isValid(), () => p.pop(vxlan));
          p.emit();
        });
      }),
    ['STATE_USE', 'egress, pop of vxlan', /the checksum of udp covers it/],
  );
});
