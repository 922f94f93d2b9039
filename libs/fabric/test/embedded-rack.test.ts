import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readPcap, readPcapHeader } from '@ballast/wire';
import {
  type Attachment,
  EmbeddedRack,
  type FabricError,
  KvClient,
  type KvError,
  type RackFigures,
  request,
  requestStream,
} from '../src/index.ts';
import { DESCRIPTION, smallRack, startRack } from '../testing/small-rack.ts';

/** Far beyond what anything here takes: a test that waits in vain ends with its own message. */
const PATIENCE = { timeout: 20_000 };

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const refusal = (status: number, error: string): object => ({ status, error });

/** Status and error code of a refused request. */
async function refused(url: string, path: string, method = 'GET'): Promise<object> {
  const response = await fetch(url + path, { method });
  const { error, message } = (await response.json()) as { error: string; message: string };
  assert.notEqual(message, '');
  return refusal(response.status, error);
}

test('embedded rack: a host writes, reads and deletes over its UDP overlay', PATIENCE, async () => {
  await using rack = await startRack();
  const kv = await KvClient.connect(rack.url);
  assert.equal(await kv.get('fresh'), null);
  await kv.put('fresh', bytes('first'));
  await kv.put('fresh', bytes('second'));
  assert.deepEqual(await kv.get('fresh'), bytes('second'));
  await kv.delete('fresh');
  assert.equal(await kv.get('fresh'), null);
  await kv.put('empty', new Uint8Array(0));
  assert.deepEqual(await kv.get('empty'), new Uint8Array(0));
  await kv.close();
});

test('embedded rack: operations in progress together each get their own answer', PATIENCE, async () => {
  await using rack = await startRack();
  const kv = await KvClient.connect(rack.url);
  const keys = Array.from({ length: 100 }, (_, i) => `key${i}`);
  await Promise.all(keys.map((key) => kv.put(key, bytes(`value of ${key}`))));
  const values = await Promise.all(keys.map((key) => kv.get(key)));
  assert.deepEqual(
    values.map((value) => new TextDecoder().decode(value ?? undefined)),
    keys.map((key) => `value of ${key}`),
  );
  await kv.close();
});

test('embedded rack: what cannot be sent is refused before it is sent', PATIENCE, async () => {
  await using rack = await startRack();
  const kv = await KvClient.connect(rack.url);
  await assert.rejects(kv.put('', bytes('x')), { code: 'KEY_LENGTH' });
  await assert.rejects(kv.get('k'.repeat(256)), { code: 'KEY_LENGTH' });
  await assert.rejects(kv.put('k', new Uint8Array(2_000)), { code: 'TOO_LARGE', definite: true });
  await kv.close();
  await assert.rejects(kv.get('k'), { code: 'CLOSED' });
});

test(
  'embedded rack: ports are given out until none is left, and client ids never again',
  PATIENCE,
  async () => {
    await using rack = await startRack({ sparePorts: 2 });
    const attach = (): Promise<Attachment> => request(rack.url, 'POST', '/api/hosts');
    const first = await attach();
    const second = await attach();
    assert.notEqual(first.link, second.link);
    assert.deepEqual(await refused(rack.url, '/api/hosts', 'POST'), refusal(503, 'NO_SPARE_PORT'));
    await request(rack.url, 'DELETE', `/api/hosts/${first.clientId}`);
    assert.deepEqual(
      await refused(rack.url, `/api/hosts/${first.clientId}`, 'DELETE'),
      refusal(404, 'NO_HOST'),
    );
    const third = await attach();
    assert.equal(third.link, first.link);
    assert.equal(new Set([first, second, third].map(({ clientId }) => clientId)).size, 3);
    assert.equal(new Set([first, second, third].map(({ ip }) => ip)).size, 3);
    assert.deepEqual(rack.live.hosts.attached, [third.clientId, second.clientId]);
  },
);

test('embedded rack: a client id is not given again when the next rack is installed', PATIENCE, async () => {
  await using rack = await startRack();
  const before = await request<Attachment>(rack.url, 'POST', '/api/hosts');
  rack.embedded.install({ rack: smallRack(), description: DESCRIPTION });
  const after = await request<Attachment>(rack.url, 'POST', '/api/hosts');
  assert.notEqual(after.clientId, before.clientId);
});

test('embedded rack: the port of a host that went silent is given to another', PATIENCE, async () => {
  await using rack = await startRack({ sparePorts: 1 }, { leaseSeconds: 0.02 });
  const silent = await request<Attachment>(rack.url, 'POST', '/api/hosts');
  let next: Attachment | null = null;
  while (next === null) {
    await sleep(5);
    next = await request<Attachment>(rack.url, 'POST', '/api/hosts').catch(() => null);
  }
  assert.notEqual(next.clientId, silent.clientId);
});

test('embedded rack: figures are of the running rack, as JSON and for Prometheus', PATIENCE, async () => {
  await using rack = await startRack();
  while (rack.live.figures.throughputPerSecond === 0) await sleep(20);
  const figures = await request<RackFigures>(rack.url, 'GET', '/api/rack');
  assert.equal(figures.system, 'pegasus');
  assert.equal(figures.phase, DESCRIPTION.phase);
  assert.equal(figures.capacityPerSecond, 60_000);
  assert.equal(figures.servers.length, 3);
  assert.ok(figures.p99Us >= figures.p50Us && figures.p50Us >= 50, 'at least the service time');
  const metrics = await (await fetch(`${rack.url}/metrics`)).text();
  assert.match(metrics, /^ballast_operations_total\{outcome="ok"\} [1-9]\d*$/m);
  assert.match(metrics, /^ballast_server_queue_frames\{server="2"\} \d+$/m);
  assert.match(metrics, /^# TYPE ballast_operations_total counter$/m);
  assert.equal((await request<{ status: string }>(rack.url, 'GET', '/health')).status, 'ok');
});

test(
  'embedded rack: a capture is a pcap of one link, with as many packets as asked for',
  PATIENCE,
  async () => {
    await using rack = await startRack();
    const path = '/api/capture?link=client0-tor&packets=20';
    const stream = await requestStream(rack.url, path, new AbortController().signal);
    const file = Buffer.concat(await Array.fromAsync<Uint8Array>(stream));
    assert.equal(readPcapHeader(file).resolution, 'nanoseconds');
    const records = [...readPcap(file)];
    assert.equal(records.length, 20);
    const times = records.map(({ seconds, nanoseconds }) => seconds + nanoseconds / 1e9);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
    assert.equal(new Date(times[0]! * 1000).getUTCFullYear(), new Date().getUTCFullYear());
    assert.equal(stream.trailers['ballast-dropped-packets'], '0');
  },
);

test("embedded rack: a host's frames are in a capture of its link", PATIENCE, async () => {
  await using rack = await startRack();
  const kv = await KvClient.connect(rack.url);
  const stop = new AbortController();
  const stream = await requestStream(rack.url, `/api/capture?link=${kv.link}`, stop.signal);
  const chunks: Uint8Array[] = [];
  stream.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  stream.on('error', () => undefined); // It is broken off below.
  await kv.put('seen', bytes('on the wire'));
  while (!Buffer.concat(chunks).includes('on the wire')) await sleep(5);
  stop.abort();
  await kv.close();
});

test('embedded rack: bad requests are refused with a code and a sentence', PATIENCE, async () => {
  await using rack = await startRack();
  const cases: [path: string, method: string, expected: object][] = [
    ['/api/capture', 'GET', refusal(400, 'BAD_REQUEST')],
    ['/api/capture?link=client0-tor&seconds=0', 'GET', refusal(400, 'BAD_REQUEST')],
    ['/api/capture?link=client0-tor&packets=1.5', 'GET', refusal(400, 'BAD_REQUEST')],
    ['/api/capture?link=client0-tor&packet=5', 'GET', refusal(400, 'BAD_REQUEST')],
    ['/api/capture?link=nowhere', 'GET', refusal(404, 'NO_LINK')],
    ['/api/hosts/none', 'DELETE', refusal(400, 'BAD_REQUEST')],
    ['/api/hosts/1', 'DELETE', refusal(404, 'NO_HOST')],
    ['/api/nothing', 'GET', refusal(404, 'NO_SUCH_PATH')],
  ];
  for (const [path, method, expected] of cases) {
    assert.deepEqual(await refused(rack.url, path, method), expected, `${method} ${path}`);
  }
});

test('embedded rack: while a history is recorded no host may join', PATIENCE, async () => {
  await using rack = await startRack({ history: true });
  assert.deepEqual(await refused(rack.url, '/api/hosts', 'POST'), refusal(409, 'RECORDING'));
});

test('embedded rack: before its first rack is there, callers are told to come back', PATIENCE, async () => {
  await using embedded = await EmbeddedRack.open({ port: 0 });
  assert.deepEqual(await refused(embedded.url, '/api/rack'), refusal(503, 'NO_RACK_NOW'));
  embedded.install({ rack: smallRack(), description: DESCRIPTION });
  assert.equal((await fetch(`${embedded.url}/api/rack`)).status, 200);
});

test("embedded rack: a port in use and another machine's address are refused by name", PATIENCE, async () => {
  await using first = await EmbeddedRack.open({ port: 0 });
  const port = Number(new URL(first.url).port);
  await assert.rejects(EmbeddedRack.open({ port }), (error: FabricError) => {
    assert.equal(error.code, 'PORT_IN_USE');
    return error.message.includes(`port ${port} of 127.0.0.1`);
  });
  await assert.rejects(EmbeddedRack.open({ host: '203.0.113.1', port: 0 }), { code: 'BAD_ADDRESS' });
});

test(
  'embedded rack: closing it ends runs, captures and operations, and frees the port',
  PATIENCE,
  async () => {
    const rack = await startRack();
    const kv = await KvClient.connect(rack.url);
    await kv.put('k', bytes('v'));
    const stream = await requestStream(
      rack.url,
      '/api/capture?link=client0-tor',
      new AbortController().signal,
    );
    const captured = Array.fromAsync<Uint8Array>(stream).catch(() => []);
    await rack.embedded.close();
    await rack.run;
    await captured;
    await assert.rejects(kv.put('k', bytes('w')), { code: 'NO_ANSWER', definite: false });
    await kv.close();
    await using again = await EmbeddedRack.open({ port: Number(new URL(rack.url).port) });
    assert.equal(again.url, rack.url);
  },
);

test('embedded rack: that nobody is at an address is said with the cure', PATIENCE, async () => {
  const embedded = await EmbeddedRack.open({ port: 0 });
  const { url } = embedded;
  await embedded.close();
  await assert.rejects(KvClient.connect(url), (error: KvError) => {
    assert.equal(error.code, 'NO_RACK');
    return error.message.includes('ballast rack up --keep');
  });
});
