import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kernel, type SimNode } from '@ballast/sim';
import { GatewayCore, OverlayGateway } from './overlay-gateway.ts';

const HOST = '127.0.0.1';
const MTU_BYTES = 1500;

interface Cable {
  readonly kernel: Kernel;
  readonly gateway: OverlayGateway;
  /** The node on the other side of the gateway's cable. */
  readonly far: SimNode<Recorder>;
  /** A host's socket, connected to the gateway. */
  readonly host: () => Promise<Socket>;
}

/** Keeps the texts of the frames that reach it. */
class Recorder extends GatewayCore {
  readonly received: string[] = [];
  constructor(pool: ConstructorParameters<typeof GatewayCore>[0]) {
    super(pool);
    this.connect((contents) => this.received.push(new TextDecoder().decode(contents)));
  }
}

async function lay(t: TestContext): Promise<Cable> {
  const kernel = new Kernel({ seed: 1, mtuBytes: MTU_BYTES });
  const near = kernel.addNode({ name: 'near', core: ({ pool }) => new GatewayCore(pool) });
  const far = kernel.addNode({ name: 'far', core: ({ pool }) => new Recorder(pool) });
  kernel.connect(near.port(0), far.port(0), { latencyNs: 1 });
  const gateway = await OverlayGateway.open(near, HOST, () => kernel.runUntil(kernel.now + 1));
  t.after(() => gateway.close());
  const host = async (): Promise<Socket> => {
    const socket = createSocket('udp4');
    socket.connect(gateway.udpPort, HOST);
    await once(socket, 'connect');
    t.after(() => socket.close());
    return socket;
  };
  return { kernel, gateway, far, host };
}

/** Lets the loop turn until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(1);
}

test('overlay: a datagram is a frame, both ways', { timeout: 10_000 }, async (t) => {
  const { kernel, far, host } = await lay(t);
  const socket = await host();
  socket.send('there');
  await until(() => far.core.received.length > 0);
  assert.deepEqual(far.core.received, ['there']);
  const answer = once(socket, 'message') as Promise<[Buffer]>;
  far.command((core) => core.inject(Buffer.from('back')));
  kernel.runUntil(kernel.now + 1);
  assert.equal((await answer)[0].toString(), 'back');
  assert.equal(kernel.pool.inUse, 0);
});

test(
  'overlay: the first sender is the peer, and nobody else is listened to',
  { timeout: 10_000 },
  async (t) => {
    const { far, host } = await lay(t);
    const [peer, stranger] = [await host(), await host()];
    peer.send('one');
    await until(() => far.core.received.length === 1);
    stranger.send('stranger');
    peer.send('two');
    await until(() => far.core.received.length === 2);
    assert.deepEqual(far.core.received, ['one', 'two']);
  },
);

test('overlay: an empty datagram is a sign of life and no frame', { timeout: 10_000 }, async (t) => {
  const { kernel, gateway, far, host } = await lay(t);
  const socket = await host();
  await sleep(20);
  const silentNs = gateway.silentNs;
  assert.ok(silentNs > 0);
  socket.send('');
  await until(() => gateway.silentNs < silentNs);
  assert.deepEqual(far.core.received, []);
  assert.equal(kernel.pool.inUse, 0);
});

test(
  'overlay: a datagram that fits no frame is dropped, frames without a host too',
  { timeout: 10_000 },
  async (t) => {
    const { kernel, far, host } = await lay(t);
    far.command((core) => core.inject(Buffer.from('to nobody')));
    kernel.runUntil(kernel.now + 1);
    const socket = await host();
    socket.send(Buffer.alloc(MTU_BYTES + 19));
    socket.send('last');
    await until(() => far.core.received.length > 0);
    assert.deepEqual(far.core.received, ['last']);
    assert.equal(kernel.pool.inUse, 0);
  },
);
