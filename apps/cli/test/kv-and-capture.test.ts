import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { EmbeddedRack, KvClient } from '@ballast/fabric';
import { readPcap } from '@ballast/wire';
import { captureFromSimulation } from '../src/capture/run-capture.ts';
import { deleteKey, getKey, putKey, readValue } from '../src/kv/operations.ts';
import { modelOf } from '../src/rack/model.ts';
import { keptPhase, loadOf, rackOptionsOf } from '../src/rack/phases.ts';
import { rackUpOptions } from '../src/rack/rack.ts';
import { FLAGS } from '../testing/rack-up-flags.ts';
import { type CommandRun, runBallast, temporaryFolder } from './command-run.ts';

describe('kv and capture: with a rack that is up', () => {
  let embedded: EmbeddedRack;

  before(async () => {
    embedded = await EmbeddedRack.open({ port: 0 });
    const options = rackUpOptions({ ...FLAGS, rate: 500, keep: true });
    const phase = keptPhase(options);
    const model = modelOf(options);
    const live = embedded.install({
      rack: rackOptionsOf(phase, loadOf(phase, options), options, model),
      description: { phase: 'test', workload: phase.label, offeredPerSecond: 500, boundPerSecond: null },
    });
    void live.run();
  });
  after(() => embedded.close());

  const run = (...args: string[]): Promise<CommandRun> => runBallast([...args, '--rack', embedded.url]);

  test('kv: a value is put, got and deleted; a key that is not there exits with 1', async () => {
    assert.deepEqual(await run('kv', 'put', 'text', 'hello'), { code: 0, stdout: '', stderr: '' });
    assert.deepEqual(await run('kv', 'get', 'text'), { code: 0, stdout: 'hello', stderr: '' });
    assert.deepEqual(await run('kv', 'delete', 'text'), { code: 0, stdout: '', stderr: '' });
    const missing = await run('kv', 'get', 'text');
    assert.deepEqual(missing, { code: 1, stdout: '', stderr: 'ballast: there is no key "text"\n' });
  });

  test('kv: --json has text as text, bytes as base64, and says whether the key was found', async (t) => {
    const client = await KvClient.connect(embedded.url);
    t.after(() => client.close());
    const written: string[] = [];
    const streams = {
      stdout: { write: (chunk: Uint8Array | string) => written.push(String(chunk)) },
      stderr: { write: () => 0 },
    };
    const bytes = Uint8Array.of(0xff, 0, 1);
    await putKey(client, 'k', new TextEncoder().encode('\ufeffhé'), true, streams);
    assert.equal(await getKey(client, 'k', true, streams), 0);
    await putKey(client, 'k', bytes, true, streams);
    assert.equal(await getKey(client, 'k', true, streams), 0);
    await deleteKey(client, 'k', true, streams);
    assert.equal(await getKey(client, 'k', true, streams), 1);
    assert.deepEqual(
      written.map((text) => JSON.parse(text) as unknown),
      [
        { key: 'k', bytes: 6 },
        { key: 'k', found: true, bytes: 6, value: '\ufeffhé' },
        { key: 'k', bytes: 3 },
        { key: 'k', found: true, bytes: 3, valueBase64: Buffer.from(bytes).toString('base64') },
        { key: 'k' },
        { key: 'k', found: false },
      ],
    );
  });

  test('kv: a value that fits no packet is refused with 2', async () => {
    const large = await run('kv', 'put', 'k', 'x'.repeat(2_000));
    assert.equal(large.code, 2);
    assert.match(large.stderr, /a value of 2000 bytes does not fit one packet; at most \d+ bytes/);
  });

  test('capture: a link of the rack becomes a pcap file that can be read', async (t) => {
    const file = join(temporaryFolder(t), 'link.pcap');
    const { code, stderr } = await run('capture', 'client0-tor', '-w', file, '--packets', '10');
    assert.equal(code, 0);
    assert.match(stderr, /^ballast: 10 packets in /m);
    assert.equal([...readPcap(readFileSync(file))].length, 10);
  });

  test('capture: Ctrl-C is a good end, and the file is sound', async (t) => {
    const file = join(temporaryFolder(t), 'link.pcap');
    const args = ['capture', 'client0-tor', '-w', file, '--seconds', '0', '--rack', embedded.url];
    const { code, stderr } = await runBallast(args, 'listening on client0-tor until Ctrl-C');
    assert.equal(code, 0);
    const packets = [...readPcap(readFileSync(file))].length;
    assert.match(stderr, new RegExp(`^ballast: ${packets} packets? in `, 'm'));
  });

  test('capture: an unknown link is refused with those that there are', async () => {
    const { code, stderr } = await run('capture', 'nowhere', '-w', '-');
    assert.equal(code, 2);
    assert.match(
      stderr,
      /there is no link nowhere; the links are server0-tor to server3-tor, controller-tor/,
    );
    const { stdout } = await run('capture', '--list');
    assert.ok(stdout.split('\n').includes('server3-tor'));
  });
});

test('capture: of a simulation it is the run of the seed, the same bytes each time', async (t) => {
  const folder = temporaryFolder(t);
  const flags = { rack: '', sim: true, seed: 3, system: 'pegasus' } as const;
  const [first, second, other] = ['a', 'b', 'c'].map((name) => join(folder, name));
  assert.equal((await runBallast(['capture', 'server0-tor', '-w', first!, '--sim', '--seed', '3'])).code, 0);
  captureFromSimulation('server0-tor', second!, flags);
  captureFromSimulation('server0-tor', other!, { ...flags, seed: 4, packets: 100 });
  assert.ok([...readPcap(readFileSync(first!))].length > 100);
  assert.deepEqual(readFileSync(second!), readFileSync(first!));
  assert.equal([...readPcap(readFileSync(other!))].length, 100);
  assert.notDeepEqual(readFileSync(other!), readFileSync(first!).subarray(0, readFileSync(other!).length));
});

test('kv: the value comes from one place', async (t) => {
  const file = join(temporaryFolder(t), 'value');
  writeFileSync(file, Uint8Array.of(1, 2, 3));
  assert.deepEqual(new Uint8Array(await readValue(undefined, file)), Uint8Array.of(1, 2, 3));
  await assert.rejects(readValue(undefined, undefined), { message: /the value is missing: give one/ });
  await assert.rejects(readValue('x', file), { message: /exclude each other/ });
});

test('kv: that no rack is there is said with the cure, and exits with 1', async () => {
  const { code, stderr } = await runBallast(['kv', 'get', 'k', '--rack', 'http://127.0.0.1:9']);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^ballast: no rack answers at http:\/\/127\.0\.0\.1:9; start one with 'ballast rack up --keep'/,
  );
});

test('kv: an address that is none is refused with 2', async () => {
  const { code, stderr } = await runBallast(['kv', 'get', 'k', '--rack', 'somewhere']);
  assert.equal(code, 2);
  assert.match(stderr, /option '--rack <url>'.*Expected an address such as http:\/\/127\.0\.0\.1:7070/);
});
