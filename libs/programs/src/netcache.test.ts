import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Frame, FramePool } from '@ballast/base';
import {
  type Entity,
  type Instance,
  interpretTarget,
  jsTarget,
  Outcome,
  type Target,
} from '@ballast/pipeline';
import {
  decodePegasus,
  Drop,
  packet,
  PEGASUS_FORMAT,
  PEGASUS_MAGIC,
  PEGASUS_PORT,
  PegasusOp,
  PegasusRecord,
  PegasusStatus,
  readUdpFrame,
  UdpDatagram,
} from '@ballast/wire';
import { CACHE_UNITS_MAX, netcacheProgram, SERVED_BY_SWITCH } from './netcache.ts';

type PegasusValues = NonNullable<Parameters<ReturnType<typeof packet>['pegasus']>[0]>;

const KEY = 'user000000000007';
const ITEM = 5;
const GENERATION = 9;
const VIP = 0x0aff_0001;
const SERVER = { port: 2, ip: 0x0a00_0101, mac: 0x0200_0000_0101 };
const CLIENT = { port: 30, ip: 0x0a01_0001, mac: 0x0200_0001_0001, udpPort: 20_000 };
const INSIDE_PORTS = 4;
/** All positions of the ring are server 0. */
const FIRST_VERSION = 1n << 48n;

function load(target: Target, sampleBelow = 0): Instance {
  const instance = target.load(netcacheProgram({ itemBits: 4 }));
  const bytes = new TextEncoder().encode(KEY);
  const key = new DataView(bytes.buffer);
  const register = (name: string, index: number, record: readonly (number | bigint)[]): Entity => ({
    entity: 'register',
    register: name,
    index,
    record: record.map(BigInt),
  });
  const entry = (table: string, match: bigint[], action: string, parameters: bigint[]): Entity => {
    return {
      entity: 'table',
      table,
      match: match.map((value) => ({ kind: 'exact', value })),
      action,
      parameters,
    };
  };
  const empty = new Array<number>(2 * CACHE_UNITS_MAX).fill(0);
  instance.control.write([
    { type: 'modify', entity: register('servers', 0, [SERVER.port, SERVER.ip, SERVER.mac]) },
    { type: 'modify', entity: register('next_version', 0, [FIRST_VERSION]) },
    { type: 'modify', entity: register('rack', 0, [INSIDE_PORTS, sampleBelow, VIP, 0x0200_0000_ffff]) },
    { type: 'modify', entity: register('items', ITEM, [GENERATION, 0, 0, ...empty]) },
    {
      type: 'insert',
      entity: entry('cached', [key.getBigUint64(0), key.getBigUint64(8)], 'item', [BigInt(ITEM)]),
    },
    {
      type: 'insert',
      entity: entry('hosts', [BigInt(CLIENT.ip)], 'via', [BigInt(CLIENT.port), BigInt(CLIENT.mac)]),
    },
  ]);
  return instance;
}

interface Passed {
  readonly outcome: Outcome;
  readonly destination: number;
  readonly record: PegasusRecord;
  readonly srcIp: number;
  readonly dstIp: number;
  readonly dstPort: number;
  readonly value: Uint8Array;
}

function pass(instance: Instance, frame: Frame, ingressPort: number): Passed {
  const outcome = instance.process(frame, ingressPort, 0);
  const datagram = new UdpDatagram();
  const record = new PegasusRecord();
  assert.equal(readUdpFrame(frame, datagram), Drop.None, 'lengths and checksums are right');
  const { payloadStart, payloadBytes, srcIp, dstIp, dstPort } = datagram;
  assert.equal(decodePegasus(frame.view, payloadStart, payloadBytes, record), Drop.None);
  const valueAt = payloadStart + 50 + record.keyLength;
  const value = frame.bytes.slice(valueAt, payloadStart + payloadBytes);
  return { outcome, destination: instance.destination, record, srcIp, dstIp, dstPort, value };
}

function message(values: PegasusValues, value: Uint8Array, from: 'client' | 'server', key = KEY): Frame {
  const isRequest = from === 'client';
  const bytes = packet()
    .eth({})
    .ipv4({ src: isRequest ? CLIENT.ip : SERVER.ip, dst: isRequest ? VIP : CLIENT.ip })
    .udp({
      srcPort: isRequest ? CLIENT.udpPort : PEGASUS_PORT,
      dstPort: isRequest ? PEGASUS_PORT : CLIENT.udpPort,
    })
    .pegasus({ magic: PEGASUS_MAGIC, format: PEGASUS_FORMAT, keyLength: key.length, key, ...values })
    .payload(value)
    .build();
  const frame = new FramePool(1500).take();
  frame.fill(bytes);
  return frame;
}

const NOTHING: Uint8Array = new Uint8Array(0);
const valueOf = (mark: number, bytes: number): Uint8Array =>
  Uint8Array.from({ length: bytes }, (_, i) => (mark + i) & 0xff);

for (const target of [interpretTarget, jsTarget]) {
  const request = (instance: Instance, op: PegasusOp, value: Uint8Array = NOTHING, key = KEY): Passed =>
    pass(instance, message({ op, generation: 77, flags: 3 }, value, 'client', key), CLIENT.port);
  const reply = (
    instance: Instance,
    op: PegasusOp,
    values: PegasusValues,
    value: Uint8Array = NOTHING,
  ): Passed =>
    pass(instance, message({ op, generation: GENERATION, ...values }, value, 'server'), SERVER.port);
  const isServed = ({ record, destination }: Passed): boolean =>
    record.op === PegasusOp.GetReply && destination === CLIENT.port;

  test(`netcache on ${target.name}: home's reply fills the item, and the switch answers with its value`, () => {
    for (let units = 1; units <= CACHE_UNITS_MAX; units++) {
      const instance = load(target);
      const miss = request(instance, PegasusOp.Get);
      assert.equal(miss.destination, SERVER.port);
      assert.equal(miss.record.generation, GENERATION);
      assert.equal(miss.record.flags, 0);
      const value = valueOf(units, 16 * units);
      assert.equal(reply(instance, PegasusOp.GetReply, { version: 4n }, value).srcIp, VIP);

      const hit = request(instance, PegasusOp.Get);
      assert.ok(isServed(hit));
      assert.deepEqual(hit.value, value);
      assert.equal(hit.record.status, PegasusStatus.Ok);
      assert.equal(hit.record.server, SERVED_BY_SWITCH);
      assert.equal(hit.record.versionCounter, 4);
      assert.deepEqual([hit.srcIp, hit.dstIp, hit.dstPort], [VIP, CLIENT.ip, CLIENT.udpPort]);
    }
  });

  test(`netcache on ${target.name}: a forwarded write invalidates, and only its reply or a newer one fills`, () => {
    const instance = load(target);
    reply(instance, PegasusOp.GetReply, { version: 4n }, valueOf(1, 32));
    const write = request(instance, PegasusOp.Put, valueOf(2, 32));
    assert.equal(write.destination, SERVER.port);
    assert.equal(write.record.versionCounter, 1);
    assert.ok(!isServed(request(instance, PegasusOp.Get)));
    reply(instance, PegasusOp.GetReply, { version: 4n }, valueOf(1, 32));
    assert.ok(!isServed(request(instance, PegasusOp.Get)), 'an old reply does not fill');
    reply(instance, PegasusOp.WriteReply, { version: FIRST_VERSION + 1n }, valueOf(2, 32));
    assert.deepEqual(request(instance, PegasusOp.Get).value, valueOf(2, 32));
  });

  test(`netcache on ${target.name}: what does not fill, and what empties an item`, () => {
    const cases: readonly { name: string; values: PegasusValues; value: Uint8Array; op?: PegasusOp }[] = [
      { name: 'another generation', values: { version: 4n, generation: 8 }, value: valueOf(1, 16) },
      { name: 'no whole units', values: { version: 4n }, value: valueOf(1, 20) },
      { name: 'too long', values: { version: 4n }, value: valueOf(1, 144) },
      { name: 'no value', values: { version: 4n, status: PegasusStatus.NotFound }, value: NOTHING },
      { name: 'a refusal', values: { version: 4n, status: PegasusStatus.Retry }, value: valueOf(1, 16) },
      { name: 'no reply', values: { version: 4n }, value: valueOf(1, 16), op: PegasusOp.Replicate },
    ];
    for (const { name, values, value, op = PegasusOp.GetReply } of cases) {
      const instance = load(target);
      reply(instance, op, values, value);
      assert.ok(!isServed(request(instance, PegasusOp.Get)), name);
    }
    // A newer version without a value that fits: of a write that was forwarded before the insertion, too.
    for (const generation of [GENERATION, 0]) {
      const instance = load(target);
      reply(instance, PegasusOp.GetReply, { version: 4n }, valueOf(1, 16));
      assert.ok(isServed(request(instance, PegasusOp.Get)));
      reply(instance, PegasusOp.WriteReply, { version: 5n, generation });
      assert.ok(!isServed(request(instance, PegasusOp.Get)), `generation ${generation}`);
    }
  });

  test(`netcache on ${target.name}: other keys pass, each write with a version of its own`, () => {
    const instance = load(target);
    for (const [i, key] of ['user000000000008', 'short', KEY].entries()) {
      const write = request(instance, PegasusOp.Put, valueOf(1, 16), key);
      assert.equal(write.destination, SERVER.port);
      assert.equal(write.record.versionIncarnation, 1);
      assert.equal(write.record.versionCounter, i + 1);
    }
    assert.equal(request(instance, PegasusOp.Get, NOTHING, 'short').record.generation, 0);
  });

  test(`netcache on ${target.name}: a sampled request goes to a group, an outsider's reply nowhere`, () => {
    const instance = load(target, 0xffff);
    const sampled = request(instance, PegasusOp.Get, NOTHING, 'user000000000008');
    assert.equal(sampled.outcome, Outcome.Multicast);
    const forged = message({ op: PegasusOp.GetReply, generation: GENERATION }, valueOf(1, 16), 'server');
    assert.equal(instance.process(forged, CLIENT.port, 0), Outcome.Drop);
    assert.ok(!isServed(request(instance, PegasusOp.Get)));
  });
}
