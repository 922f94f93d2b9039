import { Prng } from '@ballast/base';
import {
  bits,
  dissect,
  ethernetHeader,
  EtherType,
  header,
  ipv4Header,
  tcpHeader,
  udpHeader,
} from '@ballast/wire';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { program } from '../builder.ts';
import { packetFormat } from '../parser-graph.ts';
import { ProgramLinks } from './program-links.ts';
import { checksumPlaces, PacketSource, type RandomPacket } from './random-packet.ts';
import { ValuePool } from './value-pool.ts';

const app = header('app', { magic: bits(16), op: bits(5), rest: bits(11) });
const format = packetFormat(
  'test',
  { ethernet: ethernetHeader, ipv4: ipv4Header, udp: udpHeader, tcp: tcpHeader, app },
  'ethernet',
  {
    ethernet: { on: ['ethernet.etherType'], cases: [{ match: [EtherType.Ipv4], next: 'ipv4' }] },
    ipv4: {
      on: ['ipv4.version', 'ipv4.ihl', 'ipv4.fragmentOffset', 'ipv4.protocol'],
      cases: [
        { match: [4, 5, 0, 17], next: 'udp' },
        { match: [4, 5, 0, 6], next: 'tcp' },
      ],
    },
    udp: { on: ['udp.dstPort'], cases: [{ match: [{ value: 0x1000, mask: 0xf000 }], next: 'app' }] },
  },
);

const subject = program('subject', (p) => {
  const { app: message } = p.parse(format);
  p.ingress(() => {
    p.when(message.isValid().not(), () => p.drop('no_message'));
    p.when(message.magic.ne(0xbeef), () => p.drop('bad_magic'));
    p.when(
      message.rest.slice(4, 1).eq(9),
      () => p.forward(1),
      () => p.forward(2),
    );
  });
});

function packets(count: number): RandomPacket[] {
  const rng = new Prng(11);
  const source = new PacketSource(rng, subject, new ValuePool(rng, new ProgramLinks(subject)));
  return Array.from({ length: count }, () => source.next());
}

const many = packets(2000);

/** How many of the packets hold. */
function share(holds: (packet: RandomPacket) => boolean): number {
  return many.filter(holds).length / many.length;
}

test('packets: most take a way through the parser to its end', () => {
  const innermost = (name: string): number =>
    share(({ bytes }) => dissect(bytes).layers.at(-1)?.type.name === name);
  assert.ok(innermost('udp') > 0.25);
  assert.ok(innermost('tcp') > 0.25);
});

test('packets: values that the program compares with come up, inside slices too', () => {
  const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer);
  const isMessage = ({ placed, bytes }: RandomPacket): boolean => placed.length === 4 && bytes.length >= 46;
  const messages = many.filter(isMessage);
  assert.ok(messages.length > 200);
  const hits = messages.filter(({ bytes }) => view(bytes).getUint16(42) === 0xbeef);
  assert.ok(hits.length > messages.length / 3);
  assert.ok(hits.some(({ bytes }) => ((view(bytes).getUint16(44) >>> 1) & 0xf) === 9));
});

test('packets: most have right checksums, some wrong ones, some UDP without', () => {
  const isCut = ({ bytes }: RandomPacket): boolean =>
    dissect(bytes).layers.some((layer) => layer.missingBytes > 0);
  const udp = many.filter((p) => p.placed[2]?.type.name === 'udp' && !isCut(p));
  const checksum = (p: RandomPacket): number => {
    const place = checksumPlaces(p).find(({ type }) => type === 'udp');
    return place === undefined ? -1 : new DataView(p.bytes.buffer).getUint16(place.offset);
  };
  assert.ok(udp.filter((p) => checksum(p) === 0).length > 10);
  assert.ok(udp.filter((p) => checksum(p) === 0xffff).length > 5);
  assert.ok(udp.filter((p) => checksum(p) > 0).length > udp.length / 2);
});

test('packets: some end early, at any length', () => {
  const short = many.map(({ bytes }) => bytes.length).filter((length) => length < 60);
  assert.ok(new Set(short).size > 45);
  assert.ok(short.some((length) => length < 14));
});
