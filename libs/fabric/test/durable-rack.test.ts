/** A rack on the wall clock whose nodes keep what they know in a folder. kill -9: the cli's tests. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RackOptions } from '@ballast/rack';
import {
  DataFolder,
  type Durability,
  KvClient,
  type LogDisk,
  LogError,
  nodeDisk,
  request,
} from '../src/index.ts';
import { type RunningRack, startRack } from '../testing/small-rack.ts';

const PATIENCE = { timeout: 60_000 };
const SERVERS = 3;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | null): string | null => value && new TextDecoder().decode(value);

interface Kept {
  readonly path: string;
  readonly notes: string[];
  open(changes?: Partial<RackOptions>, disk?: LogDisk): Promise<RunningRack>;
}

/** A folder that goes with the test, and racks on it. */
function keptRack(t: TestContext, durability: Durability = 'process'): Kept {
  const path = mkdtempSync(join(tmpdir(), 'ballast-rack-'));
  t.after(() => {
    rmSync(path, { recursive: true });
  });
  const notes: string[] = [];
  return {
    path,
    notes,
    open: async (changes = {}, disk = nodeDisk) => {
      const { servers = SERVERS } = changes;
      const data = DataFolder.open({ path, durability, servers, disk, note: (note) => notes.push(note) });
      const rack = await startRack({ keys: 50, ...changes }, {}, data);
      await until(() => rack.live.rack.isWhole);
      return rack;
    },
  };
}

/** A disk that is full for one file, by any name that it has had, as long as it is told so. */
function fillingDisk(name: string): { readonly disk: LogDisk; readonly fill: (isFull: boolean) => void } {
  const files = new Map<number, string>();
  let isFull = false;
  const disk: LogDisk = {
    ...nodeDisk,
    open(path, isFresh) {
      const file = nodeDisk.open(path, isFresh);
      files.set(file, path);
      return file;
    },
    write(file, ...rest) {
      if (isFull && files.get(file)?.includes(name) === true)
        throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      return nodeDisk.write(file, ...rest);
    },
  };
  return { disk, fill: (value) => (isFull = value) };
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(5);
}

async function put(url: string, items: Readonly<Record<string, string>>): Promise<void> {
  await withClient(url, (kv) =>
    Promise.all(Object.entries(items).map(([key, value]) => kv.put(key, bytes(value)))),
  );
}

async function got(url: string, keys: readonly string[]): Promise<(string | null)[]> {
  return withClient(url, (kv) => Promise.all(keys.map(async (key) => text(await kv.get(key)))));
}

async function withClient<T>(url: string, use: (client: KvClient) => Promise<T>): Promise<T> {
  const client = await KvClient.connect(url);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** Some on every server. */
const KEYS = Array.from({ length: 24 }, (_, i) => `key${i}`);
const itemsOf = (round: string): Record<string, string> =>
  Object.fromEntries(KEYS.map((key) => [key, `${round} of ${key}`]));

for (const durability of ['process', 'disk'] as const) {
  test(`durable rack: at level ${durability} the next rack on its folder goes on`, PATIENCE, async (t) => {
    const kept = keptRack(t, durability);
    let spent = 0;
    let written: string[] = [];
    for (const round of ['first', 'second', 'third']) {
      await using rack = await kept.open();
      const incarnations = rack.live.status.servers.map(({ incarnation }) => incarnation ?? 0);
      assert.ok(Math.min(...incarnations) > spent, 'no incarnation is given twice');
      spent = Math.max(...incarnations);
      if (written.length > 0) assert.deepEqual(await got(rack.url, KEYS), written);
      await put(rack.url, itemsOf(round));
      written = Object.values(itemsOf(round));
    }
    assert.deepEqual(kept.notes, []);
  });
}

test('durable rack: a second rack on a folder in use is refused with its process', PATIENCE, async (t) => {
  const kept = keptRack(t);
  await using _ = await kept.open();
  await assert.rejects(kept.open(), (error: LogError) => {
    assert.equal(error.code, 'LOG_LOCKED');
    return error.message.includes(`controller.log is in use by process ${process.pid}`);
  });
});

test(
  'durable rack: with fewer servers than it has items on it is refused, and more may join',
  PATIENCE,
  async (t) => {
    const kept = keptRack(t);
    {
      await using rack = await kept.open();
      await put(rack.url, itemsOf('first'));
    }
    await assert.rejects(kept.open({ servers: 2 }), { code: 'SERVERS_MISSING' });
    await using rack = await kept.open({ servers: 4 });
    assert.equal(rack.live.status.servers[3]?.ringShare, 0);
    await request(rack.url, 'POST', '/api/join');
    await until(() => (rack.live.status.servers[3]?.ringShare ?? 0) > 0.24);
    assert.deepEqual(await got(rack.url, KEYS), Object.values(itemsOf('first')));
  },
);

test('durable rack: a server leaves, and the next rack does without it', PATIENCE, async (t) => {
  const kept = keptRack(t);
  {
    await using rack = await kept.open();
    await put(rack.url, itemsOf('first'));
    await request(rack.url, 'POST', '/api/nodes/server2/leave');
    await until(() => rack.live.status.servers[2]?.member === 'left');
    assert.deepEqual(await got(rack.url, KEYS), Object.values(itemsOf('first')));
    await request(rack.url, 'POST', '/api/nodes/server1/leave');
    await assert.rejects(request(rack.url, 'POST', '/api/nodes/server0/leave'), { code: 'RACK_REFUSED' });
    await until(() => rack.live.status.servers[1]?.member === 'left');
  }
  await using rack = await kept.open({ servers: 1 });
  assert.deepEqual(await got(rack.url, KEYS), Object.values(itemsOf('first')));
});

test('durable rack: without its journal or one of its logs it does not start', PATIENCE, async (t) => {
  const kept = keptRack(t);
  await (await kept.open())[Symbol.asyncDispose]();
  const journal = join(kept.path, 'controller.log');
  const log = join(kept.path, 'server1.log');
  renameSync(journal, `${journal}.away`);
  await assert.rejects(kept.open(), { code: 'JOURNAL_MISSING' });
  renameSync(`${journal}.away`, journal);
  renameSync(log, `${log}.away`);
  await assert.rejects(kept.open(), { code: 'LOG_MISSING' });
  // What the message says: the server starts without its items.
  writeFileSync(log, '');
  await using rack = await kept.open();
  assert.equal(rack.live.status.servers[1]?.items, 0);
  assert.ok((rack.live.status.servers[0]?.items ?? 0) > 0);
});

test('durable rack: a start that ended before the rack was complete begins again', PATIENCE, async (t) => {
  const kept = keptRack(t);
  await (await kept.open())[Symbol.asyncDispose]();
  writeFileSync(join(kept.path, 'founding'), '');
  await using rack = await kept.open({ keys: 7 });
  assert.match(kept.notes[0] ?? '', /an earlier start ended before its rack was complete; starting over/);
  assert.equal(
    rack.live.status.servers.reduce((sum, { items }) => sum + (items ?? 0), 0),
    7,
  );
  assert.ok(!existsSync(join(kept.path, 'founding')));
});

test(
  'durable rack: torn tails of log and journal are cut off with a message; damage is refused',
  PATIENCE,
  async (t) => {
    const kept = keptRack(t);
    {
      await using rack = await kept.open();
      await put(rack.url, itemsOf('first'));
    }
    for (const name of ['server0.log', 'controller.log']) appendFileSync(join(kept.path, name), 'torn');
    {
      await using rack = await kept.open();
      assert.match(kept.notes[0] ?? '', /controller\.log: cut 4 bytes off at byte \d+/);
      assert.match(kept.notes[1] ?? '', /server0\.log: cut 4 bytes off at byte \d+/);
      assert.deepEqual(await got(rack.url, KEYS), Object.values(itemsOf('first')));
    }
    writeFileSync(join(kept.path, 'server1.log'), 'something else altogether');
    await assert.rejects(kept.open(), { code: 'LOG_DAMAGED' });
  },
);

for (const node of ['server1', 'tor', 'controller']) {
  test(`durable rack: ${node} crashes and comes back with what it knew`, PATIENCE, async (t) => {
    const kept = keptRack(t, 'disk');
    await using rack = await kept.open();
    await put(rack.url, itemsOf('first'));
    await request(rack.url, 'POST', `/api/nodes/${node}/crash?seconds=0.05`);
    assert.equal((await request<{ status: string }>(rack.url, 'GET', '/health')).status, 'degraded');
    const { rack: inner } = rack.live;
    const found = [...inner.servers, inner.switchNode, inner.controller].find(({ name }) => name === node);
    await until(() => found?.incarnation === 1 && inner.isWhole);
    assert.deepEqual(await got(rack.url, KEYS), Object.values(itemsOf('first')));
    await put(rack.url, itemsOf('second'));
    assert.deepEqual(await got(rack.url, KEYS), Object.values(itemsOf('second')));
    if (node === 'server1') assert.deepEqual([rack.live.status.expelled, rack.live.status.admitted], [1, 1]);
  });
}

test(
  'durable rack: a server whose log cannot be written stops, and starts again when there is room',
  PATIENCE,
  async (t) => {
    const kept = keptRack(t);
    const { disk, fill } = fillingDisk('server1.log');
    await using rack = await kept.open({}, disk);
    await put(rack.url, itemsOf('first'));
    fill(true);
    const kv = await KvClient.connect(rack.url);
    const written = await Promise.allSettled(KEYS.map((key) => kv.put(key, bytes(`second of ${key}`))));
    await kv.close();
    const failed = written.filter(({ status }) => status === 'rejected').length;
    assert.ok(failed > 0 && failed < KEYS.length, `${failed} of ${KEYS.length} writes: those of one server`);
    const stopped = rack.live.status.servers[1];
    assert.equal(stopped?.state, 'down');
    assert.match(
      stopped.failure ?? '',
      /server1\.log failed \(ENOSPC\); nothing .* is acknowledged any more/,
    );
    fill(false);
    await request(rack.url, 'POST', '/api/nodes/server1/crash?seconds=0');
    await until(() => rack.live.rack.isWhole);
    assert.equal(rack.live.status.servers[1]?.failure, null);
    const values = await got(rack.url, KEYS);
    for (const [index, { status }] of written.entries())
      if (status === 'fulfilled') assert.equal(values[index], `second of ${KEYS[index]}`);
  },
);

test('durable rack: a node stands still, and goes on', PATIENCE, async () => {
  await using rack = await startRack();
  await request(rack.url, 'POST', '/api/nodes/server0/pause?seconds=0.05');
  assert.equal(rack.live.status.servers[0]?.state, 'paused');
  await assert.rejects(request(rack.url, 'POST', '/api/nodes/server0/pause?seconds=1'), /is paused already/);
  await until(() => rack.live.status.servers[0]?.state === 'up');
  for (const path of [
    '/api/nodes/server9/crash?seconds=1',
    '/api/nodes/server0/crash',
    '/api/nodes/server0/pause?seconds=-1',
    '/api/nodes/server0/pause?seconds=9999',
    '/api/nodes/tor/leave',
    '/api/join?x=1',
  ])
    await assert.rejects(request(rack.url, 'POST', path), { code: 'RACK_REFUSED' }, path);
  assert.match(await (await fetch(`${rack.url}/metrics`)).text(), /^ballast_members\{state="live"\} 3$/m);
});

test(
  'durable rack: a controller whose journal cannot be written stops, and requests are answered',
  PATIENCE,
  async (t) => {
    const kept = keptRack(t);
    const { disk, fill } = fillingDisk('controller.log');
    {
      await using rack = await kept.open({}, disk);
      await put(rack.url, itemsOf('first'));
      fill(true);
      // The change that it cannot write down.
      await request(rack.url, 'POST', '/api/nodes/server2/leave');
      await until(() => rack.live.status.controller.state === 'down');
      const { controller, ringShareUnavailable, isWhole } = rack.live.status;
      assert.match(controller.failure ?? '', /controller\.log failed \(ENOSPC\)/);
      assert.deepEqual([ringShareUnavailable, isWhole], [null, false]);
      await put(rack.url, itemsOf('second'));
      await request(rack.url, 'POST', '/api/nodes/controller/crash?seconds=0');
      await sleep(20);
      assert.equal(
        rack.live.status.controller.state,
        'down',
        'it stays down until the rack is started again',
      );
      fill(false);
    }
    await using rack = await kept.open();
    assert.deepEqual(await got(rack.url, KEYS), Object.values(itemsOf('second')));
  },
);
