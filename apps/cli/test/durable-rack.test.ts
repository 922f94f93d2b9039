/** kill -9 of a whole rack, and crashes of its nodes, under load: nothing that was acknowledged is lost. */
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkLinearizable } from '@ballast/checkers';
import { type RackStatus, request } from '@ballast/fabric';
import { RackProcess, RecordedClients } from '../testing/rack-process.ts';
import { runBallast, temporaryFolder } from './command-run.ts';

const PATIENCE = { timeout: 120_000 };
/** Few enough that each is written often, on several servers; some become hot. */
const KEYS = Array.from({ length: 12 }, (_, i) => `k${i}`);
const FLAGS = [
  '--servers',
  '3',
  '--service-us',
  '100',
  '--keys',
  '300',
  '--rate',
  '400',
  '--write-ratio',
  '0.2',
];
const WRITES_BEFORE_KILL = 150;
/** Head of the first record of a log, which the end of the file now cuts off. */
const RECORD_HEAD = [16, 40] as const;

const started = /goes on: [^]*All 3 servers are taken in again/;

async function writesMore(clients: RecordedClients, count: number): Promise<void> {
  const target = clients.acknowledged + count;
  while (clients.acknowledged < target) await sleep(5);
}

test('rack up --data: after kill -9 under load every acknowledged write is there', PATIENCE, async (t) => {
  const data = join(temporaryFolder(t), 'rack');
  const clients = new RecordedClients(KEYS, 1);
  const log = join(data, 'server0.log');
  const levels = ['process', 'disk', 'process'];
  for (const [round, level] of levels.entries()) {
    await using rack = new RackProcess(['--data', data, '--durability', level, ...FLAGS]);
    const url = await rack.until(round === 0 ? /stays up/ : started);
    if (round > 0) await clients.readAll(url);
    const load = clients.run(url, 4);
    await writesMore(clients, WRITES_BEFORE_KILL);
    await rack.kill();
    await load;
    // A write that the kill may have cut: it was never acknowledged.
    if (round === 1) appendFileSync(log, readFileSync(log).subarray(...RECORD_HEAD));
    if (round === 2)
      assert.match(rack.output, /server0\.log: cut 24 bytes off at byte \d+: an unfinished write/);
  }
  await using rack = new RackProcess(['--data', data, ...FLAGS]);
  const url = await rack.until(started);
  assert.ok((await clients.readAll(url)).every((value) => value !== null));
  assert.equal(checkLinearizable(clients.history.operations()).verdict, 'ok');
});

test(
  'rack up --data: a torn end is said with its place; damage and a second process are refused',
  PATIENCE,
  async (t) => {
    const data = join(temporaryFolder(t), 'rack');
    const log = join(data, 'server1.log');
    {
      await using rack = new RackProcess(['--data', data, ...FLAGS]);
      await rack.until(/stays up/);
      const second = await runBallast(['rack', 'up', '--data', data, '--port', '0', ...FLAGS]);
      assert.equal(second.code, 2);
      assert.match(second.stderr, /controller\.log is in use by process \d+/);
    }
    truncateSync(log, statSync(log).size - 3);
    {
      await using rack = new RackProcess(['--data', data, ...FLAGS]);
      await rack.until(started);
      assert.match(rack.output, /server1\.log: cut \d+ bytes off at byte \d+/);
      await rack.kill('SIGTERM');
    }
    truncateSync(log, 30);
    appendFileSync(log, 'x'.repeat(1_000));
    const { code, stderr } = await runBallast(['rack', 'up', '--data', data, '--port', '0', ...FLAGS]);
    assert.equal(code, 2);
    assert.match(stderr, /server1\.log is damaged at byte 16 of 1030/);
  },
);

test(
  'rack crash: a server is expelled and comes back while operations go on, linearizable',
  PATIENCE,
  async (t) => {
    const data = join(temporaryFolder(t), 'rack');
    await using rack = new RackProcess(['--data', data, ...FLAGS]);
    const url = await rack.until(/stays up/);
    const clients = new RecordedClients(KEYS, 2);
    const load = clients.run(url, 4);
    await writesMore(clients, 50);
    const crash = await runBallast(['rack', 'crash', 'server1', '--for', '1500ms', '--rack', url]);
    assert.deepEqual(crash, { code: 0, stdout: '', stderr: '' });
    const down = await request<RackStatus>(url, 'GET', '/api/status');
    assert.deepEqual([down.servers[1]?.state, down.isWhole], ['down', false]);
    await writesMore(clients, 20);
    let status = down;
    while (!status.isWhole) {
      await sleep(20);
      status = await request<RackStatus>(url, 'GET', '/api/status');
    }
    await writesMore(clients, 50);
    clients.stop();
    await load;
    const text = await runBallast(['rack', 'status', '--rack', url]);
    assert.match(text.stdout, /^1 times a server was declared dead, 1 times one was taken in$/m);
    assert.match(text.stdout, /^server1 +up +live +2 /m);
    assert.equal(checkLinearizable(clients.history.operations()).verdict, 'ok');
    const refused = await runBallast(['rack', 'pause', 'server7', '--for', '1s', '--rack', url]);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /there is no node "server7"; the nodes are server0, server1, server2, tor, controller/,
    );
  },
);
