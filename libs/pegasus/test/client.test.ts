import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ms, NEVER, us } from '@ballast/base';
import { PEGASUS_PORT, PegasusOp, type PegasusRecord, PegasusStatus } from '@ballast/wire';
import { type ClientOp, PegasusClient, SipKeyHasher, SubmitRefusal, WINDOW_MAX } from '../src/index.ts';
import { CLIENT_IP, drained, frameOf, GATEWAY_MAC, pool, type Received, VIP } from './frames.ts';

const RETRANSMIT_NS = us(100);
const RETRY_NS = us(10);
const GIVE_UP_NS = ms(2);

interface Done {
  readonly token: number;
  readonly outcome: string;
  readonly reason: string;
  readonly found: boolean;
  readonly value: Uint8Array;
}

function makeClient(): { client: PegasusClient; done: Done[] } {
  const done: Done[] = [];
  const client = new PegasusClient({
    clientId: 1,
    mac: 0x0200_0001_0000,
    ip: CLIENT_IP,
    udpPort: 20_000,
    gatewayMac: GATEWAY_MAC,
    vip: VIP,
    epoch: 1,
    mtuBytes: 1500,
    retransmitNs: RETRANSMIT_NS,
    retryNs: RETRY_NS,
    giveUpNs: GIVE_UP_NS,
    hasher: new SipKeyHasher(),
    pool,
    onComplete: (_now, { token, outcome, reason, found, bytes, valueStart, valueBytes }) =>
      done.push({ token, outcome, reason, found, value: bytes.slice(valueStart, valueStart + valueBytes) }),
  });
  return { client, done };
}

function submit(client: PegasusClient, op: ClientOp, now = 0): number {
  const key = new TextEncoder().encode('user1');
  const value = op === 'put' ? Uint8Array.of(9) : null;
  return client.submit(now, op, key, key.length, value, value?.length ?? 0);
}

function answer(
  client: PegasusClient,
  to: Received,
  status: PegasusStatus,
  now: number,
  more: Partial<PegasusRecord> = {},
): void {
  const { requestIdLo, op, epoch } = to.record;
  const reply = op === PegasusOp.Get ? PegasusOp.GetReply : PegasusOp.WriteReply;
  const value =
    reply === PegasusOp.GetReply && status === PegasusStatus.Ok ? Uint8Array.of(42) : new Uint8Array(0);
  const fields = { requestIdLo, status, epoch, ...more };
  client.handle(
    now,
    0,
    frameOf({ op: reply, key: 'user1', value, fields, fromIp: VIP, toIp: CLIENT_IP, fromPort: PEGASUS_PORT }),
  );
}

/** Lets the client's own timers run until `until`; what it sends, with the instants. */
function run(client: PegasusClient, until: number): { at: number; sent: Received }[] {
  const all: { at: number; sent: Received }[] = [];
  while (client.deadlineNs <= until) {
    const at = client.deadlineNs;
    client.timeout(at);
    for (const sent of drained(client)) all.push({ at, sent });
  }
  return all;
}

test('pegasus client: a read ends with the value that came', () => {
  const { client, done } = makeClient();
  const token = submit(client, 'get');
  const [request] = drained(client);
  assert.equal(request!.dstIp, VIP);
  answer(client, request!, PegasusStatus.Ok, us(5));
  assert.deepEqual(done, [{ token, outcome: 'ok', reason: 'none', found: true, value: Uint8Array.of(42) }]);
  assert.equal(client.outstanding, 0);
});

test('pegasus client: an unanswered request is sent again with the same id and epoch, at doubling distances', () => {
  const { client, done } = makeClient();
  submit(client, 'put');
  const [first] = drained(client);
  const again = run(client, GIVE_UP_NS * 2);
  const waits = again.map(({ at }) => at / RETRANSMIT_NS);
  assert.deepEqual(waits, [1, 3, 7, 15]);
  assert.ok(
    again.every(
      ({ sent }) => sent.record.requestIdLo === first!.record.requestIdLo && sent.record.epoch === 1,
    ),
  );
  assert.deepEqual(
    done.map((d) => [d.outcome, d.reason]),
    [['unknown', 'timeout']],
  );
  assert.equal(client.deadlineNs, NEVER);
});

test('pegasus client: what is asked to be repeated is repeated soon, and only once a refusal', () => {
  const { client, done } = makeClient();
  submit(client, 'put');
  let [request] = drained(client);
  let now = 0;
  for (let round = 0; round < 20; round++) {
    answer(client, request!, PegasusStatus.Retry, now);
    answer(client, request!, PegasusStatus.Retry, now); // A duplicate must not double the requests.
    const sent = run(client, now + RETRY_NS);
    assert.equal(sent.length, 1);
    now = sent[0]!.at;
    request = sent[0]!.sent;
  }
  answer(client, request!, PegasusStatus.Ok, now);
  assert.deepEqual(
    done.map((d) => d.outcome),
    ['ok'],
  );
});

test('pegasus client: after a change of the epoch a write is unknown and a read goes on under the new one', () => {
  const { client, done } = makeClient();
  submit(client, 'put');
  submit(client, 'get');
  const [write, read] = drained(client);
  answer(client, write!, PegasusStatus.WrongEpoch, 10, { epoch: 2 });
  answer(client, read!, PegasusStatus.WrongEpoch, 10, { epoch: 2 });
  assert.deepEqual(
    done.map((d) => [d.outcome, d.reason]),
    [['unknown', 'epochChanged']],
  );
  const [again] = drained(client);
  assert.equal(again!.record.epoch, 2);
  answer(client, again!, PegasusStatus.Ok, 20);
  assert.equal(done[1]!.outcome, 'ok');
});

test('pegasus client: a read that met many epochs waits no longer for its answer than one that met none', () => {
  const { client, done } = makeClient();
  submit(client, 'get');
  for (let epoch = 2; epoch < 12; epoch++) {
    const [request] = drained(client);
    answer(client, request!, PegasusStatus.WrongEpoch, epoch, { epoch });
  }
  drained(client);
  const [first] = run(client, GIVE_UP_NS * 2);
  assert.equal(first!.at, 11 + RETRANSMIT_NS);
  assert.deepEqual(
    done.map((d) => d.outcome),
    ['unknown'],
  );
});

test('pegasus client: an unavailable key fails a read for certain and leaves a write unknown', () => {
  const { client, done } = makeClient();
  submit(client, 'put');
  submit(client, 'get');
  for (const request of drained(client)) answer(client, request, PegasusStatus.Unavailable, 10);
  assert.deepEqual(
    done.map((d) => d.outcome),
    ['unknown', 'failed'],
  );
});

test('pegasus client: a second answer to a request is late and changes nothing', () => {
  const { client, done } = makeClient();
  submit(client, 'get');
  const [request] = drained(client);
  answer(client, request!, PegasusStatus.Ok, 10);
  answer(client, request!, PegasusStatus.NotFound, 20);
  assert.equal(done.length, 1);
  assert.equal(client.counters.late, 1);
});

test('pegasus client: each request says from which id on something is unsettled', () => {
  const { client } = makeClient();
  submit(client, 'get');
  submit(client, 'get');
  const [first, second] = drained(client);
  assert.deepEqual([first!.record.window, second!.record.window], [0, 1]);
  answer(client, second!, PegasusStatus.Ok, 10);
  submit(client, 'get');
  const [third] = drained(client);
  assert.equal(third!.record.window, 2); // The first is still out.
  answer(client, first!, PegasusStatus.Ok, 20);
  submit(client, 'get');
  assert.equal(drained(client)[0]!.record.window, 1);
});

test('pegasus client: a full window and a value beyond one packet are refused, and nothing is sent', () => {
  const { client } = makeClient();
  const key = Uint8Array.of(1);
  const large = new Uint8Array(2000);
  assert.equal(client.submit(0, 'put', key, 1, large, large.length), SubmitRefusal.TooLarge);
  assert.equal(client.submit(0, 'put', key, 1, large, client.valueBytesMax(1)), 1);
  drained(client);
  for (let i = 1; i < WINDOW_MAX; i++) submit(client, 'get');
  drained(client);
  assert.equal(submit(client, 'get'), SubmitRefusal.WindowFull);
  assert.deepEqual(drained(client), []);
});

test('pegasus client: frames are all released once every operation has ended', () => {
  const inUse = pool.inUse;
  const { client } = makeClient();
  for (let i = 0; i < 10; i++) submit(client, 'put');
  for (const request of drained(client).slice(0, 5)) answer(client, request, PegasusStatus.Ok, 10);
  run(client, GIVE_UP_NS * 3);
  assert.equal(client.outstanding, 0);
  assert.equal(pool.inUse, inUse);
});

test('pegasus client: a frame cut short anywhere is counted and released', () => {
  const { client } = makeClient();
  const whole = frameOf({ op: PegasusOp.GetReply, key: 'user1', fromIp: VIP, toIp: CLIENT_IP })
    .contents()
    .slice();
  const inUse = pool.inUse;
  for (let length = 0; length < whole.length; length++) {
    const frame = pool.take();
    frame.fill(whole.subarray(0, length));
    client.handle(0, 0, frame);
  }
  assert.equal(client.counters.bytesRefused, whole.length);
  assert.equal(pool.inUse, inUse);
});
