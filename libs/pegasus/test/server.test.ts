import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Prng, us } from '@ballast/base';
import { PegasusFlag, PegasusOp, PegasusRecord, PegasusStatus } from '@ballast/wire';
import { ItemStore, PegasusServer, SipKeyHasher } from '../src/index.ts';
import {
  CONTROLLER_IP,
  drained,
  exchange,
  frameOf,
  GATEWAY_MAC,
  hashOf,
  type Message,
  pool,
  SERVER_IPS,
  VIP,
} from './frames.ts';

const VALUE = Uint8Array.of(1, 2, 3, 4);
const KEY = 'user1';

function makeServer(id = 0, hasher = new SipKeyHasher()): PegasusServer {
  return new PegasusServer({
    id,
    member: { incarnation: 1, epoch: 0 },
    joinRetryNs: us(200),
    peerRetryNs: us(500),
    isEmpty: false,
    log: null,
    store: new ItemStore(16),
    mac: 0x0200_0000_0100 + id,
    ip: SERVER_IPS[id]!,
    gatewayMac: GATEWAY_MAC,
    vip: VIP,
    controllerIp: CONTROLLER_IP,
    serverIps: SERVER_IPS,
    load: () => 5,
    hasher,
    pool,
    prng: new Prng(1),
  });
}

let server = makeServer();
beforeEach(() => {
  server = makeServer();
  const { hi, lo } = hashOf(KEY);
  server.preload(hi, lo, new TextEncoder().encode(KEY), VALUE, 1);
});

function get(key: string, generation = 0): Message {
  return { op: PegasusOp.Get, key, fields: { generation } };
}

function put(key: string, id: number, version: number, more: Partial<PegasusRecord> = {}): Message {
  // A window that reaches back to the first id: nothing is settled.
  const fields = { requestIdLo: id, window: id - 1, versionIncarnation: 1, versionCounter: version, ...more };
  return { op: PegasusOp.Put, key, value: Uint8Array.of(version), fields };
}

function order(
  op: PegasusOp,
  generation: number,
  more: Partial<PegasusRecord> = {},
  value: Uint8Array = new Uint8Array(0),
): Message {
  return {
    op,
    key: KEY,
    value,
    fromIp: CONTROLLER_IP,
    fields: { generation, load: 1, serverIncarnation: 1, ...more },
  };
}

/** Takes the key through Hold and Open. */
function makeHot(target: PegasusServer, generation: number): void {
  const [held] = exchange(server, order(PegasusOp.Hold, generation));
  const handOver = held!.value;
  exchange(target, order(PegasusOp.Open, generation, {}, handOver));
  if (target !== server) exchange(server, order(PegasusOp.Open, generation, {}, handOver));
}

function onlyReply(message: Message, now = 0, target = server) {
  const replies = exchange(target, message, now);
  assert.equal(replies.length, 1);
  return replies[0]!;
}

test('pegasus server: a read answers value, version, load and incarnation to the client', () => {
  const { record, value, dstIp, dstPort } = onlyReply(get(KEY));
  assert.equal(record.op, PegasusOp.GetReply);
  assert.equal(record.status, PegasusStatus.Ok);
  assert.deepEqual(value, VALUE);
  assert.equal(record.versionCounter, 1);
  assert.equal(record.load, 5);
  assert.equal(record.serverIncarnation, 1);
  assert.equal(dstIp, 0x0a01_0001);
  assert.equal(dstPort, 20_000);
});

test('pegasus server: a cold read of an unknown key finds nothing; a hot one is to be asked again', () => {
  assert.equal(onlyReply(get('nobody')).record.status, PegasusStatus.NotFound);
  assert.equal(onlyReply(get('nobody', 9)).record.status, PegasusStatus.Retry);
});

test('pegasus server: a newer write takes effect, an older one is acknowledged without effect', () => {
  assert.equal(onlyReply(put(KEY, 1, 20)).record.status, PegasusStatus.Ok);
  const late = onlyReply(put(KEY, 2, 10));
  assert.equal(late.record.status, PegasusStatus.Ok);
  assert.equal(late.record.versionCounter, 10);
  assert.deepEqual(onlyReply(get(KEY)).value, Uint8Array.of(20));
});

test('pegasus server: a repeated write answers with the version of its first execution', () => {
  onlyReply(put(KEY, 1, 20));
  onlyReply(put(KEY, 2, 30));
  const repeat = onlyReply(put(KEY, 1, 40));
  assert.equal(repeat.record.versionCounter, 20);
  assert.deepEqual(onlyReply(get(KEY)).value, Uint8Array.of(30));
  assert.equal(server.counters.repeats, 1);
});

test('pegasus server: a late duplicate of a settled write is dropped unanswered', () => {
  onlyReply(put(KEY, 1, 20));
  onlyReply(put(KEY, 5, 30, { window: 0 }));
  assert.deepEqual(exchange(server, put(KEY, 1, 40, { window: 0 })), []);
  assert.deepEqual(onlyReply(get(KEY)).value, Uint8Array.of(30));
  assert.equal(server.counters.stale, 1);
});

test('pegasus server: a delete leaves a tombstone with its version', () => {
  onlyReply({ ...put(KEY, 1, 20), op: PegasusOp.Delete, value: new Uint8Array(0) });
  const { record } = onlyReply(get(KEY));
  assert.equal(record.status, PegasusStatus.NotFound);
  assert.equal(record.versionCounter, 20);
  onlyReply(put(KEY, 2, 10));
  assert.equal(onlyReply(get(KEY)).record.status, PegasusStatus.NotFound);
});

test('pegasus server: a key that does not belong to its hash is refused', () => {
  const { record } = onlyReply({ op: PegasusOp.Get, key: KEY, fields: { keyHashLo: 1 } });
  assert.equal(record.status, PegasusStatus.BadRequest);
});

test('pegasus server: while home holds a key its writes are to be sent again and reads go on', () => {
  const [held] = exchange(server, order(PegasusOp.Hold, 3));
  assert.equal(held!.record.op, PegasusOp.HoldAck);
  assert.equal(held!.key, KEY);
  assert.equal(onlyReply(put(KEY, 1, 20)).record.status, PegasusStatus.Retry);
  assert.equal(onlyReply(get(KEY)).record.status, PegasusStatus.Ok);
  assert.equal(onlyReply(put('other', 2, 21)).record.status, PegasusStatus.Ok);
});

test('pegasus server: an unknown key is not held, and the refusal is repeated', () => {
  for (let i = 0; i < 2; i++) {
    const [answer] = exchange(server, { ...order(PegasusOp.Hold, 3), key: 'nobody' });
    assert.equal(answer!.key, '');
  }
});

test('pegasus server: a generation is executed from its opening to its fence, and never after', () => {
  const other = makeServer(1);
  const hot = { generation: 3 };
  assert.equal(onlyReply(put(KEY, 1, 20, hot), 0, other).record.status, PegasusStatus.Retry);
  makeHot(other, 3);
  assert.equal(onlyReply(put(KEY, 1, 20, hot), 0, other).record.status, PegasusStatus.Ok);
  assert.equal(onlyReply(put(KEY, 2, 21), 0, other).record.status, PegasusStatus.Retry);
  exchange(other, order(PegasusOp.Fence, 3));
  assert.equal(onlyReply(put(KEY, 3, 22, hot), 0, other).record.status, PegasusStatus.Retry);
  exchange(other, order(PegasusOp.Open, 3)); // Late: a fence is for good.
  assert.equal(onlyReply(put(KEY, 3, 22, hot), 0, other).record.status, PegasusStatus.Retry);
});

test('pegasus server: what was executed cold is known wherever the key becomes hot', () => {
  const other = makeServer(1);
  onlyReply(put(KEY, 1, 20));
  makeHot(other, 3);
  const repeat = onlyReply(put(KEY, 1, 40, { generation: 3 }), 0, other);
  assert.equal(repeat.record.versionCounter, 20);
  // The item itself has not come here yet: this server must not pass for a holder.
  assert.equal(repeat.record.generation, 0);
});

test('pegasus server: a late request of an earlier generation is to be sent again, answered from nothing it holds', () => {
  const other = makeServer(1);
  makeHot(other, 3);
  onlyReply(put(KEY, 1, 20, { generation: 3 }), 0, other);
  assert.equal(onlyReply(get(KEY, 3), 0, other).record.status, PegasusStatus.Ok);
  assert.equal(onlyReply(get(KEY, 2), 0, other).record.status, PegasusStatus.Retry);
  assert.equal(onlyReply(put(KEY, 1, 25, { generation: 2 }), 0, other).record.status, PegasusStatus.Retry);
});

test('pegasus server: a merge brings home what the others executed, and home writes again', () => {
  const other = makeServer(1);
  makeHot(other, 3);
  onlyReply(put(KEY, 1, 20, { generation: 3 }), 0, other);
  const [fenced] = exchange(other, order(PegasusOp.Fence, 3));
  exchange(server, order(PegasusOp.Fence, 3));
  assert.equal(onlyReply(put(KEY, 2, 30)).record.status, PegasusStatus.Retry);
  exchange(server, order(PegasusOp.Merge, 3, {}, fenced!.value));
  assert.deepEqual(onlyReply(get(KEY)).value, Uint8Array.of(20));
  assert.equal(onlyReply(put(KEY, 1, 31)).record.versionCounter, 20);
  assert.equal(onlyReply(put(KEY, 2, 32)).record.status, PegasusStatus.Ok);
});

test('pegasus server: at the end home keeps its item and the others drop theirs', () => {
  const other = makeServer(1);
  makeHot(other, 3);
  onlyReply(put(KEY, 1, 20, { generation: 3 }), 0, other);
  for (const target of [server, other]) exchange(target, order(PegasusOp.Fence, 3));
  const [again] = exchange(other, order(PegasusOp.Fence, 3));
  exchange(server, order(PegasusOp.Merge, 3, {}, again!.value));
  for (const target of [server, other]) exchange(target, order(PegasusOp.Forget, 3));
  assert.equal(server.store.size, 1);
  assert.equal(other.store.size, 0);
  const [late] = exchange(other, order(PegasusOp.Hold, 3));
  assert.equal(late!.key, '', 'a message of a generation that is over changes nothing');
});

test('pegasus server: after a hot write copies go to the others at once, once for a batch, and again to the silent ones', () => {
  makeHot(server, 3);
  exchange(server, order(PegasusOp.Spread, 3, { load: 3, clientId: 0xf }));
  const before = drained(server).length;
  exchange(server, put(KEY, 1, 20, { generation: 3 }), 1_000);
  exchange(server, put(KEY, 2, 21, { generation: 3 }), 1_000);
  assert.equal(server.deadlineNs, 1_000);
  server.timeout(1_000);
  const copies = drained(server);
  assert.equal(before, 0);
  assert.equal(copies.length, 3);
  assert.ok(copies.every((c) => c.record.op === PegasusOp.Replicate && c.record.versionCounter === 21));
  const ack = {
    op: PegasusOp.ReplicateAck,
    key: KEY,
    fields: { generation: 3, server: copies[0]!.record.target },
  };
  exchange(server, ack);
  server.timeout(server.deadlineNs);
  const repeated = drained(server).map((c) => c.record.target);
  assert.deepEqual(
    repeated.sort(),
    copies
      .slice(1)
      .map((c) => c.record.target)
      .sort(),
  );
});

test('pegasus server: copies are given up after a few transmissions', () => {
  makeHot(server, 3);
  exchange(server, order(PegasusOp.Spread, 3, { load: 1, clientId: 0xf }));
  exchange(server, put(KEY, 1, 20, { generation: 3 }), 0);
  let sent = 0;
  for (let i = 0; i < 20 && server.deadlineNs < Infinity; i++) {
    server.timeout(server.deadlineNs);
    sent += drained(server).length;
  }
  assert.equal(sent, 4);
});

test('pegasus server: a copy is taken under its own generation only, and acknowledged with what is held', () => {
  const other = makeServer(1);
  makeHot(other, 3);
  const copy = (generation: number, version: number): Message => ({
    op: PegasusOp.Replicate,
    key: KEY,
    value: Uint8Array.of(version),
    fromIp: SERVER_IPS[0]!,
    fields: { generation, server: 0, versionIncarnation: 1, versionCounter: version },
  });
  assert.deepEqual(exchange(other, copy(2, 50)), []);
  assert.equal(onlyReply(copy(3, 30), 0, other).record.versionCounter, 30);
  const late = onlyReply(copy(3, 20), 0, other);
  assert.equal(late.record.op, PegasusOp.ReplicateAck);
  assert.equal(late.record.versionCounter, 30);
});

test('pegasus server: a hot-routed request for another key of the hash goes home with its mark', () => {
  const sameHash = { hi: 7, lo: 7, hash: (): void => undefined };
  const target = makeServer(1, sameHash as unknown as SipKeyHasher);
  const fields = { keyHashHi: 7, keyHashLo: 7, generation: 3 };
  exchange(target, { ...order(PegasusOp.Open, 3), fields: { ...fields, load: 1, serverIncarnation: 1 } });
  const [forwarded] = exchange(target, { op: PegasusOp.Get, key: 'other', fields });
  assert.equal(forwarded!.record.op, PegasusOp.Get);
  assert.equal(forwarded!.record.flags, PegasusFlag.ToHome);
  assert.equal(forwarded!.dstIp, VIP);
  const [marked] = exchange(target, {
    op: PegasusOp.Get,
    key: 'other',
    fields: { ...fields, generation: 0 },
  });
  assert.equal(marked!.record.flags, PegasusFlag.OtherKey);
});

test('pegasus server: control messages from anybody but the controller are refused', () => {
  const { fromIp: _ignored, ...forged } = order(PegasusOp.Hold, 3);
  assert.deepEqual(exchange(server, forged), []);
  assert.equal(server.counters.bytesRefused, 1);
});

test('pegasus server: a frame cut short anywhere is counted and released, never answered nor thrown', () => {
  const whole = frameOf(put(KEY, 1, 20))
    .contents()
    .slice();
  const inUse = pool.inUse;
  for (let length = 0; length < whole.length; length++) {
    const frame = pool.take();
    frame.fill(whole.subarray(0, length));
    server.handle(0, 0, frame);
    assert.deepEqual(drained(server), []);
  }
  assert.equal(server.counters.bytesRefused, whole.length);
  assert.equal(pool.inUse, inUse);
});
