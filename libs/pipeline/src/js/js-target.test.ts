import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getHeapStatistics } from 'node:v8';
import { Frame } from '@ballast/base';
import { bits, ethernetHeader, EtherType, ipv4Header, packet, udpHeader } from '@ballast/wire';
import { exact, longestPrefix, program } from '../builder.ts';
import type { Program } from '../ir.ts';
import { packetFormat } from '../parser-graph.ts';
import { ProgramError } from '../program-error.ts';
import { Outcome } from '../target.ts';
import { compileJs, jsTarget } from './js-target.ts';

const format = packetFormat(
  'udp_packet',
  { ethernet: ethernetHeader, ipv4: ipv4Header, udp: udpHeader },
  'ethernet',
  {
    ethernet: { on: ['ethernet.etherType'], cases: [{ match: [EtherType.Ipv4], next: 'ipv4' }] },
    ipv4: { on: ['ipv4.ihl', 'ipv4.protocol'], cases: [{ match: [5, 17], next: 'udp' }] },
  },
);

/** Something of every kind of state on the way of each packet. */
function busy(): Program {
  return program('busy', (p) => {
    const { ethernet, ipv4, udp } = p.parse(format);
    const outer = p.added('outer', ipv4Header, { before: 'ipv4' });
    const routes = p.table('routes', {
      match: { dst: longestPrefix(ipv4.dst) },
      actions: { via: { port: bits(9) } },
      size: 16,
    });
    const owners = p.table('owners', {
      match: { mac: exact(ethernet.src) },
      actions: { known: {} },
      size: 4,
    });
    const totals = p.register('totals', { bytes: bits(64), last: bits(48) }, 4);
    const flows = p.slots('flows', {
      key: { src: bits(32), port: bits(16) },
      record: { seen: bits(40) },
      buckets: 8,
    });
    const recent = p.cache('recent', { key: { dst: bits(64) }, record: { port: bits(16) }, size: 8 });
    const hits = p.counter('hits', 4);
    p.ingress(() => {
      p.when(udp.isValid().not(), () => p.drop('not_udp'));
      const bucket = p.hash('crc32', [ipv4.src, ipv4.dst], { modulus: 4 });
      const sip = p.hash('halfSipHash', [ipv4.src, udp.srcPort], { key: 0x0123_4567_89ab_cdefn });
      totals.at(bucket).update((cell) => {
        cell.bytes.set(cell.bytes.plus(p.packetLength.extend(64)).xor(sip));
        cell.last.set(p.now);
      });
      flows.insert({ src: ipv4.src, port: udp.srcPort }, { seen: 1 });
      flows.update({ src: ipv4.src, port: udp.srcPort }, (cell) => cell.seen.set(cell.seen.plus(1)));
      recent.put({ dst: sip }, { port: udp.dstPort });
      hits.count(p.random(bits(2)));
      owners.apply({ known: () => undefined, miss: () => undefined });
      ipv4.ttl.set(ipv4.ttl.minus(1));
      p.push(outer);
      outer.dst.set(ipv4.dst);
      routes.apply({ via: ({ port }) => p.forward(port.extend(16)), miss: () => p.forward(3) });
    });
  });
}

test('js target: nothing is allocated per packet', () => {
  const instance = jsTarget.load(busy());
  const contents = packet()
    .eth()
    .ipv4({ src: '10.0.0.1', dst: '10.0.0.2' })
    .udp({ srcPort: 7, dstPort: 8 })
    .build();
  const frame = new Frame(512);
  const run = (packets: number): void => {
    for (let i = 0; i < packets; i++) {
      frame.fill(contents);
      assert.equal(instance.process(frame, 0, i), Outcome.Forward);
    }
  };
  const packets = 250_000;
  run(packets); // Until every tier of the JIT compiler has had its turn.
  const before = getHeapStatistics().total_allocated_bytes;
  run(packets);
  const bytesPerPacket = (getHeapStatistics().total_allocated_bytes - before) / packets;
  // The smallest object is 16 bytes.
  assert.ok(bytesPerPacket < 8, `${bytesPerPacket} bytes a packet`);
});

test('js target: generated code reads like the program', () => {
  const { source } = compileJs(
    program('hop', (p) => {
      const { ethernet, ipv4 } = p.parse(format);
      p.ingress(() => {
        p.when(ipv4.isValid().not(), () => p.drop('not_ipv4'));
        p.when(ipv4.ttl.eq(0), () => p.drop('expired'));
        ipv4.ttl.set(ipv4.ttl.minus(1));
        p.forward(ethernet.dst.slice(15, 0));
      });
    }),
  );
  assert.equal(source.slice(source.indexOf('// Parser')), HOP);
});

const HOP = `// Parser: ethernet
  let ipv4_valid = false;
  const ethernet_etherType = view.getUint16(start + 12);
  if (ethernet_etherType === 2048 && length >= 34) {
    // Parser: ipv4
    ipv4_valid = true;
  }

  // Control.
  let outcome = FORWARD;
  let ipv4_checksum_delta = 0;
  if (!ipv4_valid) {
    return drop(0); // not_ipv4
  } else {
    const ipv4_ttl = view.getUint8(start + 22);
    if (ipv4_ttl === 0) {
      return drop(1); // expired
    } else {
      const ipv4_ttl_new = (ipv4_ttl - 1) & 255;
      ipv4_checksum_delta += 0x1fffe - (ipv4_ttl << 8) + (ipv4_ttl_new << 8);
      view.setUint8(start + 22, ipv4_ttl_new); // ipv4.ttl
      const ethernet_dst_hi = view.getUint16(start);
      const ethernet_dst_lo = view.getUint32(start + 2);
      packet.destination = ethernet_dst_lo & 65535;
      outcome = FORWARD;
    }
  }

  // Checksums.
  if (ipv4_checksum_delta !== 0 && ipv4_valid) {
    const ipv4_checksum = view.getUint16(start + 24);
    let ipv4_checksum_sum = (~ipv4_checksum & 65535) + ipv4_checksum_delta;
    ipv4_checksum_sum = (ipv4_checksum_sum >>> 16) + (ipv4_checksum_sum & 65535);
    ipv4_checksum_sum = (ipv4_checksum_sum >>> 16) + (ipv4_checksum_sum & 65535);
    view.setUint16(start + 24, ~(ipv4_checksum_sum & 65535)); // ipv4.checksum
  }
  return outcome;
}

return { ingress, egress: null };
`;

test('js target: what it cannot do is refused with the program and the construct', () => {
  const wide = program('wide', (p) => {
    const { ethernet } = p.parse(format);
    const long = Array.from({ length: 50 }, () => ethernet.dst);
    p.ingress(() => {
      p.hash('halfSipHash', long);
      p.forward(0);
    });
  });
  const isRefusal = (error: unknown): boolean => error instanceof ProgramError && error.code === 'CAPABILITY';
  assert.throws(() => jsTarget.load(wide), isRefusal);
  assert.throws(
    () => compileJs(wide),
    /program wide, hash halfSipHash: is over 300 bytes; target js takes at most 256/,
  );
});

test('js target: no name of a program breaks or hides what the code needs', () => {
  const named = program('named', (p) => {
    const { ethernet } = p.parse(format);
    const now = p.register('now', { hi: bits(16), lo: bits(32), let: bits(8), class: bits(8) }, 1);
    const frame = p.variable('frame', bits(16));
    const view = p.variable('view_hi', bits(64));
    p.ingress(() => {
      p.when(ethernet.etherType.eq(1), () => p.drop('odd'));
      frame.set(ethernet.etherType);
      view.set(p.now.extend(64));
      now.at(0).update((cell) => {
        cell.hi.set(frame);
        cell.lo.set(view.slice(31, 0));
        cell.let.set(3);
        cell.class.set(cell.let.plus(1));
      });
      p.forward(frame);
    });
  });
  const instance = jsTarget.load(named);
  const frame = new Frame(256);
  frame.fill(packet().eth({ etherType: 0x1234 }).build());
  assert.equal(instance.process(frame, 0, 0x5_6789_abcd), Outcome.Forward);
  assert.deepEqual(instance.dump().registers['now'], [[0x1234n, 0x6789_abcdn, 3n, 4n]]);
  assert.equal(instance.destination, 0x1234);
});
