/** A client of a chain of two racks: which rack gets what, and what it makes of their answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Frame, ms, us } from '@ballast/base';
import { PEGASUS_PORT, PegasusOp, type PegasusRecord, PegasusStatus } from '@ballast/wire';
import { type ClientOp, PegasusClient, SipKeyHasher } from '../src/index.ts';
import { CLIENT_IP, drained, frameOf, GATEWAY_MAC, pool, type Received, VIP } from './frames.ts';

const { Ok, Retry, Unavailable, WrongEpoch } = PegasusStatus;
const TAIL_VIP = 0x0aff_0101;
const HEAD_EPOCH = 5;
const TAIL_EPOCH = 9;

interface Rig {
  readonly client: PegasusClient;
  readonly done: string[];
}

function makeRig(): Rig {
  const done: string[] = [];
  const client = new PegasusClient({
    clientId: 1,
    mac: 0x0200_0001_0000,
    ip: CLIENT_IP,
    udpPort: 20_000,
    gatewayMac: GATEWAY_MAC,
    vip: VIP,
    epoch: HEAD_EPOCH,
    tail: { vip: TAIL_VIP, gatewayMac: GATEWAY_MAC - 1, port: 1, epoch: TAIL_EPOCH },
    mtuBytes: 1500,
    retransmitNs: us(100),
    retryNs: us(10),
    giveUpNs: ms(2),
    hasher: new SipKeyHasher(),
    pool,
    onComplete: (_now, { op, outcome, reason }) => void done.push(`${op} ${outcome} ${reason}`),
  });
  return { client, done };
}

function submit({ client }: Rig, op: ClientOp, now = 0): Received[] {
  const key = new TextEncoder().encode('user1');
  const value = op === 'put' ? Uint8Array.of(9) : null;
  client.submit(now, op, key, key.length, value, value?.length ?? 0);
  return drained(client);
}

function answer(
  { client }: Rig,
  fromIp: number,
  { record }: Received,
  fields: Partial<PegasusRecord> & { readonly status: number },
  now = 0,
): void {
  const op = record.op === PegasusOp.Get ? PegasusOp.GetReply : PegasusOp.WriteReply;
  const own = { requestIdLo: record.requestIdLo, epoch: record.epoch, ...fields };
  const route = { fromIp, toIp: CLIENT_IP, fromPort: PEGASUS_PORT };
  client.handle(now, 0, frameOf({ op, key: 'user1', fields: own, ...route }));
}

/** The ports that a client sends out of. */
function portsOf(client: PegasusClient): number[] {
  const ports: number[] = [];
  client.drain({
    transmit: (port: number, frame: Frame) => {
      ports.push(port);
      pool.release(frame);
    },
  });
  return ports;
}

test('chain client: writes go to the head, reads to the tail, each under the epoch of its rack', () => {
  const rig = makeRig();
  const [write] = submit(rig, 'put');
  assert.deepEqual([write!.dstIp, write!.record.epoch], [VIP, HEAD_EPOCH]);
  const [read] = submit(rig, 'get');
  assert.deepEqual([read!.dstIp, read!.record.epoch], [TAIL_VIP, TAIL_EPOCH]);
  answer(rig, TAIL_VIP, write!, { status: Ok });
  answer(rig, TAIL_VIP, read!, { status: Ok });
  assert.deepEqual(rig.done, ['put ok none', 'get ok none']);
});

test('chain client: each rack has a port', () => {
  const { client } = makeRig();
  const key = new TextEncoder().encode('user1');
  for (const op of ['put', 'get', 'delete'] as const) client.submit(0, op, key, key.length, null, 0);
  assert.deepEqual(portsOf(client), [0, 1, 0]);
});

test('chain client: an epoch is learned of the rack that says it', () => {
  const rig = makeRig();
  const [read] = submit(rig, 'get');
  answer(rig, TAIL_VIP, read!, { status: WrongEpoch, epoch: TAIL_EPOCH + 1 });
  const [again] = drained(rig.client);
  assert.deepEqual([again!.dstIp, again!.record.epoch], [TAIL_VIP, TAIL_EPOCH + 1]);
  const [write] = submit(rig, 'put');
  assert.equal(write!.record.epoch, HEAD_EPOCH);
  answer(rig, VIP, write!, { status: WrongEpoch, epoch: HEAD_EPOCH + 1 });
  assert.deepEqual(rig.done, ['put unknown epochChanged']);
  assert.equal(submit(rig, 'put')[0]!.record.epoch, HEAD_EPOCH + 1);
});

test('chain client: what the tail cannot execute now is sent to the head again', () => {
  const rig = makeRig();
  const [write] = submit(rig, 'put');
  answer(rig, TAIL_VIP, write!, { status: Retry });
  rig.client.timeout(us(10));
  const [again] = drained(rig.client);
  assert.deepEqual([again!.dstIp, again!.record.requestIdLo], [VIP, write!.record.requestIdLo]);
  answer(rig, TAIL_VIP, write!, { status: WrongEpoch, epoch: 77 });
  assert.deepEqual(rig.done, [], 'the head has refused nothing');
  answer(rig, TAIL_VIP, write!, { status: Unavailable });
  assert.deepEqual(rig.done, ['put unknown unavailable']);
});

test('chain client: without a head, writes go on at the tail under the epoch that it had at first', () => {
  const rig = makeRig();
  const [write] = submit(rig, 'put');
  const [read] = submit(rig, 'get');
  answer(rig, TAIL_VIP, read!, { status: WrongEpoch, epoch: TAIL_EPOCH + 1 });
  drained(rig.client);
  rig.client.useOnly(us(1), 'tail');
  const sent = drained(rig.client);
  assert.deepEqual(
    sent.map(({ dstIp, record }) => [dstIp, record.op, record.requestIdLo, record.epoch]),
    [[TAIL_VIP, PegasusOp.Put, write!.record.requestIdLo, TAIL_EPOCH]],
    'the read is there already',
  );
  const [later] = submit(rig, 'put');
  assert.deepEqual([later!.dstIp, later!.record.epoch], [TAIL_VIP, TAIL_EPOCH + 1]);
  answer(rig, VIP, write!, { status: WrongEpoch, epoch: HEAD_EPOCH + 1 });
  assert.deepEqual(rig.done, [], 'a late refusal of the head says nothing of the tail');
  answer(rig, TAIL_VIP, write!, { status: WrongEpoch, epoch: TAIL_EPOCH + 1 });
  assert.deepEqual(rig.done, ['put unknown epochChanged']);
});

test('chain client: without a tail, reads go on at the head', () => {
  const rig = makeRig();
  submit(rig, 'put');
  const [read] = submit(rig, 'get');
  rig.client.useOnly(us(1), 'head');
  const sent = drained(rig.client);
  assert.deepEqual(
    sent.map(({ dstIp, record }) => [dstIp, record.op, record.requestIdLo, record.epoch]),
    [[VIP, PegasusOp.Get, read!.record.requestIdLo, HEAD_EPOCH]],
    'the write is there already',
  );
  assert.equal(submit(rig, 'get')[0]!.dstIp, VIP);
});
