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
      p.when(cell.low.gt(7), () => cell.low.set(0), () => cell.low.set(cell.low.plus(1)));
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
`,
  );
});

test('print: a statement is shown by its first line', () => {
  assert.equal(printStatement(everything, everything.ingress[0]!), 'if !((valid(ipv4)) && (ethernet.src != 48w0)) {');
});
