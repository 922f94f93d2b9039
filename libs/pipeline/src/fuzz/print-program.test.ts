import { bits, ethernetHeader, EtherType, header, ipv4Header } from '@ballast/wire';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exact, program, ternary } from '../builder.ts';
import { all, choose } from '../expression.ts';
import { packetFormat } from '../parser-graph.ts';
import { printProgram, printStatement } from './print-program.ts';

const format = packetFormat('test', { ethernet: ethernetHeader, ipv4: ipv4Header }, 'ethernet', {
  ethernet: { on: ['ethernet.etherType'], cases: [{ match: [EtherType.Ipv4], next: 'ipv4' }] },
});
const mark = header('mark', { tag: bits(12), color: bits(4) });

const everything = program('printed', (p) => {
  const { ethernet, ipv4 } = p.parse(format);
  const marked = p.added('mark', mark, { before: 'ipv4' });
  const routes = p.table('routes', {
    match: { dst: exact(ipv4.dst), ttl: ternary(ipv4.ttl) },
    actions: { via: { port: bits(16) }, none: {} },
    size: 8,
  });
  const sums = p.register('sums', { low: bits(16), high: bits(64) }, 4);
  const flows = p.slots('flows', { key: { src: bits(32) }, record: { hits: bits(8) }, buckets: 2 });
  const recent = p.cache('recent', { key: { src: bits(32) }, record: { port: bits(16) }, size: 16 });
  const seen = p.counter('seen', 4);
  p.ingress(() => {
    p.when(all(ipv4.isValid(), ethernet.src.ne(0)).not(), () => p.drop('odd'));
    const index = ipv4.src.slice(1, 0);
    sums.at(index).update((cell) => {
      p.when(
        cell.low.gt(7),
        () => cell.low.set(0),
        () => cell.low.set(cell.low.plus(1)),
      );
    });
    sums.at(index).add('high', 3);
    sums.argmin('low', { count: 4, among: ipv4.ttl });
    seen.count(index);
    flows.insert({ src: ipv4.src }, { hits: 1 });
    flows.remove({ src: ipv4.src }, (cell) => cell.hits.eq(0));
    const known = recent.get({ src: ipv4.src });
    recent.put({ src: ipv4.src }, { port: p.ingressPort });
    const spread = p.hash('crc32', [ipv4.src, ipv4.dst], { modulus: 5 });
    const secret = p.hash('halfSipHash', [ipv4.src], { key: 0x1234n });
    p.push(marked);
    marked.tag.set(choose(known.hit, spread.extend(12), secret.slice(11, 0)));
    ipv4.identification.set(ipv4.ttl.shl(2).concat(ipv4.ttl.trailingZeros()));
    p.random(bits(8));
    routes.apply({
      via: ({ port }) => p.forward(port),
      none: () => p.recirculate(2),
      miss: () => p.toController('no_route'),
    });
  });
  p.egress(() => {
    p.pop(ethernet);
    p.emit();
  });
});

test('print: a program shows its headers, parser, state and statements, one construct a line', () => {
  assert.equal(
    printProgram(everything),
    `program printed

headers:
  ethernet: ethernet, 14 bytes { dst 48, src 48, etherType 16 }
  mark: mark, 2 bytes, added { tag 12, color 4 }
  ipv4: ipv4, 20 bytes { version 4, ihl 4, dscp 6, ecn 2, totalLength 16, identification 16, flags 3, fragmentOffset 13, ttl 8, protocol 8, checksum 16, src 32, dst 32 }

parser:
  ethernet, by ethernet.etherType
    (0x800) -> ipv4
    otherwise -> accept
  ipv4 -> accept

state:
  table routes, 8 entries, key { dst exact 32, ttl ternary 8 }
    via(port 16 into routes_via_port)
    none()
  register sums[4] { low 16, high 64 }
  slots flows, 2 hashes x 2 buckets x 4 cells, key { src 32 }, record { hits 8 }
  cache recent[16], key { src 32 }, record { port 16 }
  counter seen[4]

variables:
  routes_via_port 16
  sums_high_0 64
  sums_least_1 16, at most 3
  sums_minimum_2 16
  flows_status_3 2
  flows_status_4 2
  recent_port_5 16
  recent_hit_6 1
  crc32_7 3, at most 4
  halfSipHash_8 64
  random_9 8

ingress, at most 2 recirculations:
  if !(valid(ipv4) && (ethernet.src != 48w0)) {
    drop odd
  } else {
    update sums[ipv4.src[1:0]] {
      if cell.low > 16w7 {
        cell.low = 16w0
      } else {
        cell.low = cell.low + 16w1
      }
    }
    sums[ipv4.src[1:0]].high += 64w3, new value into sums_high_0
    sums_least_1, sums_minimum_2 = argmin sums[0..3].low among ipv4.ttl
    count seen[ipv4.src[1:0]]
    flows_status_3 = insert flows(ipv4.src) { hits = 8w1 }
    flows_status_4 = remove flows(ipv4.src) if cell.hits == 8w0
    recent_hit_6 = get recent(ipv4.src) { recent_port_5 = port }
    put recent(ipv4.src) { port = ingressPort }
    crc32_7 = crc32(ipv4.src, ipv4.dst) mod 5
    halfSipHash_8 = halfSipHash[0x0000000000001234](ipv4.src)
    push mark
    mark.tag = (recent_hit_6 == 1w1) ? extend(crc32_7, 12) : halfSipHash_8[11:0]
    ipv4.identification = (ipv4.ttl << 2) ++ ctz(ipv4.ttl)
    random_9 = random()
    apply routes(ipv4.dst, ipv4.ttl) {
      via(routes_via_port) {
        forward routes_via_port
      }
      none() {
        recirculate
      }
      miss {
        controller no_route
      }
    }
  }

egress:
  pop ethernet
  emit
`,
  );
});

test('print: a statement is shown by its first line', () => {
  assert.equal(
    printStatement(everything, everything.ingress[0]!),
    'if !(valid(ipv4) && (ethernet.src != 48w0)) {',
  );
});
