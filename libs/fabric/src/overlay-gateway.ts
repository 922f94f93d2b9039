/**
 * Frames over UDP, rack side: a port of the embedded switch whose cable is a UDP socket on the loopback
 * interface. One Ethernet frame per datagram; no root needed.
 */
import { createSocket, type Socket } from 'node:dgram';
import {
  type Core,
  type Frame,
  type FramePool,
  HEADROOM_BYTES,
  NEVER,
  Outbox,
  type PortNumber,
  type Sink,
} from '@ballast/base';
import type { SimNode } from '@ballast/sim';

/** The node at the far end of the cable: what the switch sends it goes into the socket. */
export class GatewayCore implements Core {
  readonly deadlineNs = NEVER;
  readonly #pool: FramePool;
  readonly #outbox = new Outbox();
  #send: ((contents: Uint8Array) => void) | null = null;

  constructor(pool: FramePool) {
    this.#pool = pool;
  }

  /** Where frames from the switch go; null: nobody is there and they are dropped. */
  connect(send: ((contents: Uint8Array) => void) | null): void {
    this.#send = send;
  }

  /** A frame that came in from the far side; too long ones are dropped. */
  inject(contents: Uint8Array): void {
    if (contents.length + HEADROOM_BYTES > this.#pool.capacityBytes) return;
    const frame = this.#pool.take();
    frame.fill(contents);
    this.#outbox.push(0, frame);
  }

  handle(_now: number, _port: PortNumber, frame: Frame): void {
    this.#send?.(frame.contents());
    this.#pool.release(frame);
  }

  timeout(): void {
    // Nothing is ever due: the socket drives this core.
  }

  drain(sink: Sink): void {
    this.#outbox.drain(sink);
  }
}

/** A UDP socket plugged into a gateway node. The first sender becomes the peer; others are ignored. */
export class OverlayGateway {
  readonly #socket: Socket;
  readonly #node: SimNode<GatewayCore>;

  private constructor(socket: Socket, node: SimNode<GatewayCore>) {
    this.#socket = socket;
    this.#node = node;
  }

  /** UDP port that frames are to be sent to. */
  get udpPort(): number {
    return this.#socket.address().port;
  }

  static async open(node: SimNode<GatewayCore>, host: string): Promise<OverlayGateway> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, host, resolve);
    });
    socket.unref();
    let peer: { address: string; port: number } | null = null;
    socket.on('message', (bytes, { address, port }) => {
      peer ??= { address, port };
      if (address === peer.address && port === peer.port) node.command((core) => core.inject(bytes));
    });
    // A peer that has gone answers with ICMP errors; a cable does not mind.
    socket.on('error', () => undefined);
    node.command((core) =>
      core.connect((contents) => {
        // The frame's buffer is reused as soon as this returns; the socket sends later.
        if (peer !== null) socket.send(Buffer.from(contents), peer.port, peer.address);
      }),
    );
    return new OverlayGateway(socket, node);
  }

  close(): void {
    this.#node.command((core) => core.connect(null));
    this.#socket.close();
  }
}
