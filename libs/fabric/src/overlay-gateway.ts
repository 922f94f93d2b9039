/**
 * Frames over UDP, rack side: a port of the embedded switch whose cable is a UDP socket. One Ethernet frame
 * per
 * datagram; no root needed. A datagram without a byte keeps the cable alive and is no frame.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import {
  type Core,
  type Frame,
  type FramePool,
  HEADROOM_BYTES,
  type Nanos,
  NEVER,
  Outbox,
  type PortNumber,
  type Sink,
} from '@ballast/base';
import type { SimNode } from '@ballast/sim';
import { monotonicNs } from './clock.ts';

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

  handle(_now: Nanos, _port: PortNumber, frame: Frame): void {
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
  readonly #onFrame: () => void;
  #peer: { readonly address: string; readonly port: number } | null = null;
  #heardNs: Nanos = monotonicNs();

  private constructor(socket: Socket, node: SimNode<GatewayCore>, onFrame: () => void) {
    this.#socket = socket;
    this.#node = node;
    this.#onFrame = onFrame;
    // A peer that has gone answers with ICMP errors; a cable does not mind.
    socket.on('error', () => undefined);
    socket.on('message', (bytes, from) => this.#receive(bytes, from));
    node.command((core) => core.connect((contents) => this.#send(contents)));
  }

  /**
   * Opens a socket on a free port of `host` for `node`.
   *
   * @param onFrame called after a frame was given to the node
   */
  static async open(node: SimNode<GatewayCore>, host: string, onFrame: () => void): Promise<OverlayGateway> {
    const socket = createSocket('udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    return new OverlayGateway(socket, node, onFrame);
  }

  /** UDP port that frames are to be sent to. */
  get udpPort(): number {
    return this.#socket.address().port;
  }

  /** How long ago the peer was heard of, or the socket opened. */
  get silentNs(): Nanos {
    return monotonicNs() - this.#heardNs;
  }

  close(): void {
    this.#node.command((core) => core.connect(null));
    this.#socket.close();
  }

  #receive(bytes: Uint8Array, { address, port }: { address: string; port: number }): void {
    this.#peer ??= { address, port };
    if (address !== this.#peer.address || port !== this.#peer.port) return;
    this.#heardNs = monotonicNs();
    if (bytes.length === 0) return;
    this.#node.command((core) => core.inject(bytes));
    this.#onFrame();
  }

  #send(contents: Uint8Array): void {
    // The frame's buffer is reused as soon as this returns; the socket sends later.
    if (this.#peer !== null) this.#socket.send(Buffer.from(contents), this.#peer.port, this.#peer.address);
  }
}
