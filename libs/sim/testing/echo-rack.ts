import {
  type Core,
  type Frame,
  type FramePool,
  type Nanos,
  NEVER,
  Outbox,
  type PortNumber,
  type Prng,
  type Sink,
  us,
} from '@ballast/base';
import { exponential, Kernel } from '../src/index.ts';

const REQUEST_BYTES = 128;
/** Where the frames of the bench carry the switch port of their receiver and of their sender. */
const TO_PORT = 0;
const FROM_PORT = 1;

/** Forwards by the port number in the first byte. */
class ForwardingSwitch implements Core {
  readonly deadlineNs = NEVER;
  readonly #out = new Outbox();

  handle(_now: Nanos, _port: PortNumber, frame: Frame): void {
    this.#out.push(frame.bytes[frame.start + TO_PORT]!, frame);
  }

  timeout(): void {}

  drain(sink: Sink): void {
    this.#out.drain(sink);
  }
}

/** Sends every frame back to its sender. */
class EchoServer implements Core {
  readonly deadlineNs = NEVER;
  readonly #out = new Outbox();

  handle(_now: Nanos, port: PortNumber, frame: Frame): void {
    const { bytes, start } = frame;
    const server = bytes[start + TO_PORT]!;
    bytes[start + TO_PORT] = bytes[start + FROM_PORT]!;
    bytes[start + FROM_PORT] = server;
    this.#out.push(port, frame);
  }

  timeout(): void {}

  drain(sink: Sink): void {
    this.#out.drain(sink);
  }
}

/** Open loop: requests to random servers, with exponential gaps whatever the answers do. */
class PoissonClient implements Core {
  deadlineNs: Nanos;
  answers = 0;
  readonly #out = new Outbox();
  readonly #prng: Prng;
  readonly #pool: FramePool;
  readonly #ports: { own: PortNumber; servers: number };
  readonly #gapNs: Nanos;

  constructor(prng: Prng, pool: FramePool, ports: { own: PortNumber; servers: number }, gapNs: Nanos) {
    this.#prng = prng;
    this.#pool = pool;
    this.#ports = ports;
    this.#gapNs = gapNs;
    this.deadlineNs = prng.exponential(gapNs);
  }

  handle(_now: Nanos, _port: PortNumber, frame: Frame): void {
    this.answers++;
    this.#pool.release(frame);
  }

  timeout(now: Nanos): void {
    if (now < this.deadlineNs) return;
    this.deadlineNs += this.#prng.exponential(this.#gapNs);
    const frame = this.#pool.take();
    frame.length = REQUEST_BYTES;
    frame.bytes[frame.start + TO_PORT] = this.#prng.below(this.#ports.servers);
    frame.bytes[frame.start + FROM_PORT] = this.#ports.own;
    this.#out.push(0, frame);
  }

  drain(sink: Sink): void {
    this.#out.drain(sink);
  }
}

/** Echo servers at `load` behind a switch that only forwards, and open-loop clients. */
export function echoRack(shape: { seed: number; servers: number; clients: number; load: number }): Kernel {
  const { seed, servers, clients, load } = shape;
  const serviceNs = us(10);
  const kernel = new Kernel({ seed });
  const link = { latencyNs: 500, bitsPerSecond: 100e9, queueBytesMax: 1 << 20 };
  const tor = kernel.addNode({ name: 'tor', core: () => new ForwardingSwitch() });
  for (let i = 0; i < servers; i++) {
    const cpu = { cores: 1, service: exponential(serviceNs), queueFramesMax: 1024 };
    const server = kernel.addNode({ name: `server${i}`, core: () => new EchoServer(), cpu });
    kernel.connect(tor.port(i), server.port(0), link);
  }
  const gapNs = (serviceNs * clients) / (servers * load);
  for (let i = 0; i < clients; i++) {
    const ports = { own: servers + i, servers };
    const client = kernel.addNode({
      name: `client${i}`,
      core: (host) => new PoissonClient(host.prng, host.pool, ports, gapNs),
    });
    kernel.connect(tor.port(ports.own), client.port(0), link);
  }
  return kernel;
}
