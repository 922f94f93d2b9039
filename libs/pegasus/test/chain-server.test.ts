/** A storage server of the head of a chain: what it sends instead of answers to writes. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Prng, us } from '@ballast/base';
import { PEGASUS_PORT, PegasusFlag, PegasusOp, PegasusRecord, PegasusStatus } from '@ballast/wire';
import { type ItemLog, ItemStore, PegasusServer, SipKeyHasher } from '../src/index.ts';
import { CLIENT_IP, CONTROLLER_IP, drained, exchange, frameOf, GATEWAY_MAC, hashOf } from './frames.ts';
import { type Message, pool, SERVER_IPS, VIP } from './frames.ts';

const KEY = 'user1';
const CLIENT_PORT = 20_000;

/** A log that says how much it holds, and never what is durable. */
class CountingLog implements ItemLog {
  position = 0;
  put(): void {
    this.position++;
  }
  remove(): void {
    this.position++;
  }
}

function makeServer(log: ItemLog | null = null): PegasusServer {
  return new PegasusServer({
    id: 0,
    member: { incarnation: 3, epoch: 0 },
    joinRetryNs: us(200),
    peerRetryNs: us(500),
    isEmpty: false,
    log,
    store: new ItemStore(16),
    mac: 0x0200_0000_0100,
    ip: SERVER_IPS[0]!,
    gatewayMac: GATEWAY_MAC,
    vip: VIP,
    controllerIp: CONTROLLER_IP,
    serverIps: SERVER_IPS,
    load: () => 5,
    hasher: new SipKeyHasher(),
    pool,
    prng: new Prng(1),
  });
}

let server = makeServer();
beforeEach(() => {
  server = makeServer();
});

function write(id: number, version: number, more: Partial<PegasusRecord> = {}): Message {
  const given = { flags: PegasusFlag.Chained, versionIncarnation: 1, versionCounter: version };
  const fields = { requestIdLo: id, window: id - 1, ...given, ...more };
  return { op: PegasusOp.Put, key: KEY, value: Uint8Array.of(version), fields };
}

function storedVersion(): number {
  const { hi, lo } = hashOf(KEY);
  const item = server.store.find(hi, lo, new TextEncoder().encode(KEY), 0, KEY.length);
  return server.store.versionCounter(item);
}

test('chained server: a write is executed and goes on to the switch, with the client as its sender', () => {
  const [sent, ...others] = exchange(server, write(1, 7));
  assert.equal(others.length, 0, 'the client gets no answer');
  const { record, key, value, dstIp, dstPort } = sent!;
  assert.deepEqual([record.op, record.status, key, [...value]], [PegasusOp.ChainForward, 0, KEY, [7]]);
  assert.deepEqual([dstIp, dstPort], [VIP, PEGASUS_PORT]);
  assert.equal(sent!.srcIp, CLIENT_IP);
  assert.equal(sent!.srcPort, CLIENT_PORT);
  const { server: id, serverIncarnation, load, versionCounter, requestIdLo, window, flags } = record;
  assert.deepEqual([id, serverIncarnation, load, flags], [0, 3, 5, 0]);
  assert.deepEqual([versionCounter, requestIdLo, window], [7, 1, 0]);
  assert.equal(storedVersion(), 7);
  assert.equal(server.counters.forwarded, 1);
});

test('chained server: a repeat goes on under the version of the first execution, with the value', () => {
  exchange(server, write(1, 7));
  exchange(server, write(2, 8));
  const [repeat] = exchange(server, { ...write(1, 9), value: Uint8Array.of(7) });
  assert.deepEqual([repeat!.record.op, repeat!.record.versionCounter], [PegasusOp.ChainForward, 7]);
  assert.deepEqual([...repeat!.value], [7]);
  assert.equal(storedVersion(), 8, 'it is not executed again');
});

test('chained server: a delete is a forward of a key that is not found', () => {
  const [sent] = exchange(server, { ...write(1, 7), op: PegasusOp.Delete, value: new Uint8Array(0) });
  assert.deepEqual([sent!.record.op, sent!.record.status], [PegasusOp.ChainForward, PegasusStatus.NotFound]);
  const [late] = exchange(server, write(2, 6));
  assert.equal(
    late!.record.op,
    PegasusOp.ChainForward,
    'an overtaken write goes on, too: the tail answers it',
  );
  assert.equal(late!.record.versionCounter, 6);
  assert.equal(storedVersion(), 7);
});

test('chained server: a refusal is the answer to the client', () => {
  const [refused] = exchange(server, write(1, 7, { generation: 5 }));
  assert.deepEqual([refused!.record.op, refused!.record.status], [PegasusOp.WriteReply, PegasusStatus.Retry]);
  assert.equal(refused!.dstIp, CLIENT_IP);
});

test('chained server: once the mark is gone a repeat is answered with the recorded version', () => {
  exchange(server, write(1, 7));
  const [reply] = exchange(server, write(1, 9, { flags: 0 }));
  const { op, status, versionCounter } = reply!.record;
  assert.deepEqual([op, status, versionCounter], [PegasusOp.WriteReply, PegasusStatus.Ok, 7]);
  assert.equal(reply!.value.length, 0);
});

test('chained server: nothing goes on before the log says that it is durable', () => {
  server = makeServer(new CountingLog());
  server.handle(0, 0, frameOf(write(1, 7)));
  assert.deepEqual(drained(server), []);
  server.durable(1);
  assert.deepEqual(
    drained(server).map(({ record }) => record.op),
    [PegasusOp.ChainForward],
  );
});
