import { bits, header } from '@ballast/wire';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exact, program, ternary } from '../builder.ts';
import { all, choose } from '../expression.ts';
import { packetFormat } from '../parser-graph.ts';
import { printProgram, printStatement } from './print-program.ts';

const outer = header('outer', { next: bits(8), rest: bits(8) });
const host = header('host', { src: bits(32), dst: bits(32), ttl: bits(8), id: bits(16) });
const mark = header('mark', { tag: bits(12), color: bits(4) });

const format = packetFormat('test', { outer, host }, 'outer', {
  outer: {
    on: ['outer.next', 'outer.rest'],
    cases: [
      { match: [7, { value: 1, mask: 3 }], next: 'host' },
      { match: [8, { value: 0, mask: 0 }], next: 'host' },
    ],
  },
});

const printed = program('printed', (p) => {
  const headers = p.parse(format);
  const marked = p.added('mark', mark, { before: 'host' });
  const routes = p.table('routes', {
    match: { dst: exact(headers.host.dst), ttl: ternary(headers.host.ttl) },
    actions: { via: { port: bits(16) }, none: {} },
    size: 8,
  });
  const sums = p.register('sums', { low: bits(16), high: bits(64) }, 4);
  const flows = p.slots('flows', { key: { src: bits(32) }, record: { hits: bits(8) }, buckets: 2 });
  const recent = p.cache('recent', { key: { src: bits(32) }, record: { port: bits(16) }, size: 16 });
  const seen = p.counter('seen', 4);
  p.ingress(() => {
    const { src, dst, ttl, id } = headers.host;
    p.when(all(headers.host.isValid(), src.ne(0)).not(), () => p.drop('odd'));
    const index = src.slice(1, 0);
    sums.at(index).update((cell) => {
      p.when(
        cell.low.gt(7),
        () => cell.low.set(0),
        () => cell.low.set(cell.low.plus(1)),
      );
    });
    sums.at(index).add('high', 3);
    sums.argmin('low', { count: 4, among: ttl });
    seen.count(index);
    flows.insert({ src }, { hits: 1 });
    flows.remove({ src }, (cell) => cell.hits.eq(0));
    const known = recent.get({ src });
    recent.put({ src }, { port: p.ingressPort });
    const spread = p.hash('crc32', [src, dst], { modulus: 5 });
    const secret = p.hash('halfSipHash', [src], { key: 0x1234n });
    p.push(marked);
    marked.tag.set(choose(known.hit, spread.extend(12), secret.slice(11, 0)));
    id.set(ttl.shl(2).concat(ttl.trailingZeros()));
    p.random(bits(8));
    routes.apply({
      via: ({ port }) => p.forward(port),
      none: () => p.recirculate(2),
      miss: () => p.toController('no_route'),
    });
  });
  p.egress(() => {
    p.pop(headers.outer);
    p.emit();
  });
});

const DECLARATIONS = `program printed

headers:
  outer: outer, 2 bytes { next 8, rest 8 }
  mark: mark, 2 bytes, added { tag 12, color 4 }
  host: host, 11 bytes { src 32, dst 32, ttl 8, id 16 }

parser:
  outer, by outer.next, outer.rest
    (0x7, 0x1 &&& 0x3) -> host
    (0x8, _) -> host
    otherwise -> accept
  host -> accept

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
`;

const STATEMENTS = `
ingress, at most 2 recirculations:
  if !(valid(host) && (host.src != 32w0)) {
    drop odd
  } else {
    update sums[host.src[1:0]] {
      if cell.low > 16w7 {
        cell.low = 16w0
      } else {
        cell.low = cell.low + 16w1
      }
    }
    sums[host.src[1:0]].high += 64w3, new value into sums_high_0
    sums_least_1, sums_minimum_2 = argmin sums[0..3].low among host.ttl
    count seen[host.src[1:0]]
    flows_status_3 = insert flows(host.src) { hits = 8w1 }
    flows_status_4 = remove flows(host.src) if cell.hits == 8w0
    recent_hit_6 = get recent(host.src) { recent_port_5 = port }
    put recent(host.src) { port = ingressPort }
    crc32_7 = crc32(host.src, host.dst) mod 5
    halfSipHash_8 = halfSipHash[0x0000000000001234](host.src)
    push mark
    mark.tag = (recent_hit_6 == 1w1) ? extend(crc32_7, 12) : halfSipHash_8[11:0]
    host.id = (host.ttl << 2) ++ ctz(host.ttl)
    random_9 = random()
    apply routes(host.dst, host.ttl) {
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
  pop outer
  emit
`;

test('print: a program shows its headers, parser, state and statements, one construct a line', () => {
  assert.equal(printProgram(printed), DECLARATIONS + STATEMENTS);
});

test('print: a statement is shown by its first line', () => {
  assert.equal(printStatement(printed, printed.ingress[0]!), 'if !(valid(host) && (host.src != 32w0)) {');
});
