import { test } from 'node:test';
import { bits, vlanHeader } from '@ballast/wire';
import { assertIpPair, assertIpRefused, buildIp, type IpBody } from '../testing/program-refusal.ts';
import { exact, type ProgramBuilder } from './builder.ts';
import { all, any, type Bits, choose } from './expression.ts';

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
    // Not (a and b) tells nothing of a.
    refused:
      (p, { tcp }) =>
      () =>
        p.when(
          all(tcp.isValid(), p.ingressPort.eq(1)),
          () => undefined,
          () => tcp.window.set(1),
        ),
    why: ['VALIDITY', 'ingress, set tcp.window', notThere('tcp')],
    accepted:
      (p, { tcp }) =>
      () =>
        p.when(
          all(tcp.isValid(), p.ingressPort.eq(1)).not(),
          () => undefined,
          () => tcp.window.set(1),
        ),
  });
});

test('check: both values of a choice are evaluated, whatever its condition', () => {
  assertIpPair({
    refused:
      (p, { ethernet, vlan }) =>
      () => {
        ethernet.src.set(choose(vlan.isValid(), vlan.vid.extend(48), 0));
      },
    why: ['VALIDITY', 'ingress, set ethernet.src', notThere('vlan')],
    accepted:
      (p, { ethernet, vlan }) =>
      () => {
        p.when(vlan.isValid(), () => ethernet.src.set(choose(vlan.vid.gt(9), vlan.vid.extend(48), 0)));
      },
  });
});

/** Every place that an expression can stand in, each with a field of a header that may not be there. */
const placesOfExpressions: Readonly<Record<string, (p: ProgramBuilder, field: Bits) => () => unknown>> = {
  forward: (p, field) => () => p.when(p.ingressPort.eq(1), () => p.forward(field)),
  multicast: (p, field) => () => p.when(p.ingressPort.eq(1), () => p.multicast(field)),
  'hash crc32': (p, field) => () => p.hash('crc32', [field]),
  'read r': (p, field) => {
    const r = p.register('r', { v: bits(16) }, 4);
    return () => r.at(field.slice(1, 0)).read();
  },
  'add r': (p, field) => {
    const r = p.register('r', { v: bits(16) }, 4);
    return () => r.at(0).add('v', field);
  },
  'update r': (p, field) => {
    const r = p.register('r', { v: bits(16) }, 4);
    return () => r.at(0).update(({ v }) => v.set(field));
  },
  'argmin r': (p, field) => {
    const r = p.register('r', { v: bits(16) }, 4);
    return () => r.argmin('v', { count: 4, among: field });
  },
  'count c': (p, field) => {
    const c = p.counter('c', 4);
    return () => c.count(field.slice(1, 0));
  },
  'slotLookup s': (p, field) => {
    const s = p.slots('s', { key: { k: bits(16) }, record: { v: bits(16) }, buckets: 1 });
    return () => s.lookup({ k: field });
  },
  'slotInsert s': (p, field) => {
    const s = p.slots('s', { key: { k: bits(16) }, record: { v: bits(16) }, buckets: 1 });
    return () => s.insert({ k: 0 }, { v: field });
  },
  'slotUpdate s': (p, field) => {
    const s = p.slots('s', { key: { k: bits(16) }, record: { v: bits(16) }, buckets: 1 });
    return () => s.update({ k: 0 }, ({ v }) => p.when(v.eq(field), () => v.set(0)));
  },
  'slotRemove s': (p, field) => {
    const s = p.slots('s', { key: { k: bits(16) }, record: { v: bits(16) }, buckets: 1 });
    return () => s.remove({ k: 0 }, ({ v }) => v.eq(field));
  },
  'cacheGet h': (p, field) => {
    const h = p.cache('h', { key: { k: bits(16) }, record: { v: bits(16) }, size: 4 });
    return () => h.get({ k: field });
  },
  'cachePut h': (p, field) => {
    const h = p.cache('h', { key: { k: bits(16) }, record: { v: bits(16) }, size: 4 });
    return () => h.put({ k: 0 }, { v: field });
  },
  'cacheRemove h': (p, field) => {
    const h = p.cache('h', { key: { k: bits(16) }, record: { v: bits(16) }, size: 4 });
    return () => h.remove({ k: field });
  },
  'apply t': (p, field) => {
    const t = p.table('t', { match: { k: exact(field) }, actions: { hit: {} }, size: 4 });
    return () => t.apply({ hit: () => undefined, miss: () => undefined });
  },
};

for (const [construct, place] of Object.entries(placesOfExpressions)) {
  test(`check: validity is asked for in the expressions of ${construct}`, () => {
    assertIpPair({
      refused: (p, { udp }) => place(p, udp.dstPort),
      why: ['VALIDITY', `ingress, ${construct.replace('hash crc32', 'hash')}`, notThere('udp')],
      accepted: (p, { udp }) => {
        const statements = place(p, udp.dstPort);
        return () => {
          p.when(udp.isValid().not(), () => p.drop('not_udp'));
          statements();
        };
      },
    });
  });
}

test('check: checksums are not set', () => {
  assertIpPair({
    refused:
      (p, { tcp }) =>
      () =>
        p.when(tcp.isValid(), () => tcp.checksum.set(0)),
    why: ['STATE_USE', 'ingress, set tcp.checksum', 'checksums follow by themselves; no program sets one'],
    accepted:
      (p, { tcp }) =>
      () =>
        p.when(tcp.isValid(), () => tcp.urgent.set(tcp.checksum)),
  });
});

test('check: a header is pushed once on a path', () => {
  const pushing: (isTwice: boolean) => IpBody = (isTwice) => (p) => {
    const tag = p.added('tag', vlanHeader, { before: 'vlan' });
    return () => {
      p.when(p.ingressPort.eq(1), () => p.push(tag));
      if (isTwice) p.push(tag);
    };
  };
  assertIpPair({
    refused: pushing(true),
    why: ['VALIDITY', 'ingress, push of tag', 'may be there already on a path to here'],
    accepted: pushing(false),
  });
  buildIp((p) => {
    const tag = p.added('tag', vlanHeader, { before: 'vlan' });
    return () =>
      p.when(
        p.ingressPort.eq(1),
        () => p.push(tag),
        () => p.push(tag),
      );
  });
});

test('check: only added headers are pushed', () => {
  assertIpPair({
    refused:
      (p, { vlan }) =>
      () =>
        p.push(vlan),
    why: ['STATE_USE', 'ingress, push of vlan', 'only headers declared with added() are pushed'],
    accepted: (p) => {
      const tag = p.added('tag', vlanHeader, { before: 'vlan' });
      return () => p.push(tag);
    },
  });
});

test('check: a header is popped where it is known to be there, and is gone then', () => {
  assertIpPair({
    refused:
      (p, { vlan }) =>
      () =>
        p.pop(vlan),
    why: ['VALIDITY', 'ingress, pop of vlan', notThere('vlan')],
    accepted:
      (p, { vlan }) =>
      () =>
        p.when(vlan.isValid(), () => p.pop(vlan)),
  });
  assertIpRefused(
    (p, { ethernet, vlan }) =>
      () =>
        p.when(vlan.isValid(), () => {
          p.pop(vlan);
          ethernet.etherType.set(vlan.etherType);
        }),
    ['VALIDITY', 'ingress, set ethernet.etherType', notThere('vlan')],
  );
});

test('check: what was popped is implied by nothing any more', () => {
  assertIpRefused(
    (p, { ethernet, vlan, ipv4, icmp }) =>
      () => {
        p.when(all(vlan.isValid(), icmp.isValid()).not(), () => p.drop('x'));
        p.pop(icmp);
        p.pop(ipv4);
        p.when(icmp.isValid(), () => ethernet.src.set(ipv4.src.extend(48)));
      },
    ['VALIDITY', 'ingress, set ethernet.src', notThere('ipv4')],
  );
});
