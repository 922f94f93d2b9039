/**
 * A client that retransmits, and an echo server of two CPUs, over a link that loses frames.
 *
 *     node libs/sim/examples/lossy-echo.ts [seed]
 */
import {
  type Core,
  type Frame,
  formatNanos,
  ms,
  type Nanos,
  NEVER,
  Outbox,
  type Sink,
  us,
} from '@ballast/base';
import { exponential, FaultSchedule, type Host, Kernel } from '../src/index.ts';

class EchoServer implements Core {
  readonly deadlineNs = NEVER;
  readonly #out = new Outbox();

  handle(_now: Nanos, port: number, frame: Frame): void {
    this.#out.push(port, frame);
  }

  timeout(): void {}

  drain(sink: Sink): void {
    this.#out.drain(sink);
  }
}

/** Sends requests one after the other, each until its answer comes. */
class Client implements Core {
  deadlineNs: Nanos = 0;
  answered = 0;
  retransmissions = -1;
  readonly #host: Host;
  readonly #out = new Outbox();

  constructor(host: Host) {
    this.#host = host;
  }

  handle(now: Nanos, _port: number, frame: Frame): void {
    const isAnswer = frame.view.getUint32(frame.start) === this.answered;
    this.#host.pool.release(frame);
    if (!isAnswer) return; // Late: an earlier transmission was answered before.
    this.answered++;
    this.#request(now);
  }

  timeout(now: Nanos): void {
    if (now < this.deadlineNs) return;
    this.retransmissions++;
    this.#request(now);
  }

  drain(sink: Sink): void {
    this.#out.drain(sink);
  }

  #request(now: Nanos): void {
    const frame = this.#host.pool.take();
    frame.length = 64;
    frame.view.setUint32(frame.start, this.answered);
    this.#out.push(0, frame);
    this.deadlineNs = now + us(200);
  }
}

const kernel = new Kernel({ seed: Number(process.argv[2] ?? 1) });
const cpu = { cores: 2, service: exponential(us(10)), queueFramesMax: 64 };
const server = kernel.addNode({ name: 'server', core: () => new EchoServer(), cpu });
const client = kernel.addNode({ name: 'client', core: (host) => new Client(host) });
const link = kernel.connect(client.port(0), server.port(0), { latencyNs: 500, bitsPerSecond: 10e9 });

const faults = new FaultSchedule([
  { kind: 'impair', link: link.name, faults: { lossRatio: 0.1 }, atNs: ms(10), forNs: ms(30) },
  { kind: 'crash', node: 'server', atNs: ms(20), forNs: ms(2) },
]);
faults.install(kernel);
kernel.runUntil(ms(50));

console.log(faults.toString());
console.log(`answered ${client.core.answered} requests with ${client.core.retransmissions} retransmissions`);
console.log(`the server was busy for ${formatNanos(server.stats.busyNs)} and lost`, server.stats.drops);
console.log(`${kernel.events} events, trace ${kernel.traceHash}`);
