import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '@ballast/base';
import { Kernel, type Link, type SimNode } from '@ballast/sim';
import { readPcap } from '@ballast/wire';
import { LinkCapture } from './link-capture.ts';
import { GatewayCore } from './overlay-gateway.ts';

function lay(): { kernel: Kernel; link: Link; a: SimNode<GatewayCore>; b: SimNode<GatewayCore> } {
  const kernel = new Kernel({ seed: 1 });
  const node = (name: string): SimNode<GatewayCore> =>
    kernel.addNode({ name, core: ({ pool }) => new GatewayCore(pool) });
  const [a, b] = [node('a'), node('b')];
  const link = kernel.connect(a.port(0), b.port(0), { latencyNs: 10 });
  return { kernel, link, a, b };
}

function send(node: SimNode<GatewayCore>, text: string): void {
  node.command((core) => core.inject(Buffer.from(text)));
}

async function textsOf(capture: LinkCapture): Promise<string[]> {
  const file = Buffer.concat(await Array.fromAsync<Uint8Array>(capture));
  return [...readPcap(file)].map(({ bytes }) => new TextDecoder().decode(bytes));
}

test('link capture: both directions are in it, from its start to its end', async () => {
  const { kernel, link, a, b } = lay();
  send(a, 'before');
  const capture = new LinkCapture(link, { nowNs: kernel.now });
  send(a, 'forth');
  send(b, 'back');
  capture.finish();
  send(a, 'after');
  assert.deepEqual(await textsOf(capture), ['forth', 'back']);
});

test('link capture: it ends after the packets it was asked for, and takes nothing from another one', async () => {
  const { kernel, link, a } = lay();
  const one = new LinkCapture(link, { nowNs: kernel.now, packets: 1 });
  const all = new LinkCapture(link, { nowNs: kernel.now, packets: 3 });
  for (const text of ['1', '2', '3', '4']) send(a, text);
  assert.deepEqual(await textsOf(one), ['1']);
  assert.deepEqual(await textsOf(all), ['1', '2', '3']);
});

test("link capture: seconds are the rack's own", async () => {
  const { kernel, link, a } = lay();
  const capture = new LinkCapture(link, { nowNs: kernel.now, seconds: 1 });
  send(a, 'in time');
  kernel.runUntil(seconds(1) + 1);
  send(a, 'too late');
  capture.finish();
  assert.deepEqual(await textsOf(capture), ['in time']);
});

test('link capture: a reader that does not keep up loses packets, and they are counted', async () => {
  const { kernel, link, a } = lay();
  const capture = new LinkCapture(link, { nowNs: kernel.now });
  const frame = 'x'.repeat(1_400);
  const sent = 13_000; // 18 MB, more than is kept for a reader.
  for (let i = 0; i < sent; i++) {
    send(a, frame);
    kernel.runUntil(kernel.now + 10);
  }
  capture.finish();
  const kept = (await textsOf(capture)).length;
  assert.ok(capture.dropped > 0);
  assert.equal(kept + capture.dropped, sent);
});
