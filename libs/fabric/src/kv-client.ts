/**
 * Key-value client of a running rack: the client core of the simulator, with a UDP socket for a cable.
 *
 *     const kv = await KvClient.connect('http://127.0.0.1:7070');
 *     await kv.put('user1', new TextEncoder().encode('hello'));
 *     const value = await kv.get('user1'); // Uint8Array, or null
 *     await kv.close();
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Frame, FramePool, HEADROOM_BYTES, ms, NEVER, seconds, type Sink } from '@ballast/base';
import { type ClientOp, type Completion, PegasusClient, SipKeyHasher, SubmitRefusal } from '@ballast/pegasus';
import type { Attachment } from './attachment.ts';
import { monotonicNs } from './clock.ts';
import { request } from './control-client.ts';
import { KvError } from './kv-error.ts';

export const KEY_BYTES_MAX = 255;
const RETRY_NS = ms(1);
const GIVE_UP_NS = seconds(5);
/** Datagrams in a lease, so that the loss of one does not end it. */
const KEEPALIVES_PER_LEASE = 3;
const NOTHING = new Uint8Array(0);

interface Waiting {
  readonly op: ClientOp;
  readonly resolve: (value: Uint8Array | null) => void;
  readonly reject: (error: KvError) => void;
}

export class KvClient {
  readonly #url: string;
  readonly #attachment: Attachment;
  readonly #socket: Socket;
  readonly #core: PegasusClient;
  readonly #pool: FramePool;
  readonly #keepalive: NodeJS.Timeout;
  /** Operations in progress, by the core's token. */
  readonly #waiting = new Map<number, Waiting>();
  /** That nobody listens is told to whichever call comes next: here, or as an error of the socket. */
  readonly #sent = (error: Error | null): void => {
    if (error !== null && 'code' in error && error.code === 'ECONNREFUSED') this.#abandon();
  };
  readonly #sink: Sink = { transmit: (_port, frame) => this.#transmit(frame) };
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  private constructor(url: string, attachment: Attachment, socket: Socket) {
    this.#url = url;
    this.#attachment = attachment;
    this.#socket = socket;
    this.#pool = new FramePool(attachment.mtuBytes);
    this.#core = new PegasusClient({
      ...attachment,
      retryNs: RETRY_NS,
      giveUpNs: GIVE_UP_NS,
      hasher: new SipKeyHasher(),
      pool: this.#pool,
      onComplete: (_now, completion) => this.#completed(completion),
    });
    socket.on('message', (bytes) => this.#receive(bytes));
    // Nobody is at the other end: the rack has stopped, or has detached us.
    socket.on('error', () => this.#abandon());
    const keepaliveMs = (attachment.leaseSeconds * 1000) / KEEPALIVES_PER_LEASE;
    this.#keepalive = setInterval(() => socket.send(NOTHING), keepaliveMs).unref();
  }

  /** Joins the rack whose control address is `url`. KvError NO_RACK, RACK_REFUSED. */
  static async connect(url: string): Promise<KvClient> {
    const attachment = await request<Attachment>(url, 'POST', '/api/hosts');
    const socket = createSocket('udp4');
    socket.connect(attachment.overlayPort, new URL(url).hostname);
    try {
      await once(socket, 'connect');
    } catch (cause) {
      throw new KvError({ code: 'NO_RACK', url }, { cause });
    }
    return new KvClient(url, attachment, socket);
  }

  /** Name of this client's cable, for captures. */
  get link(): string {
    return this.#attachment.link;
  }

  /** The value, or null when the key is not there. */
  get(key: string): Promise<Uint8Array | null> {
    return this.#run('get', key, null);
  }

  async put(key: string, value: Uint8Array): Promise<void> {
    await this.#run('put', key, value);
  }

  /** Also succeeds when the key is not there. */
  async delete(key: string): Promise<void> {
    await this.#run('delete', key, null);
  }

  /** Leaves the rack. Operations in progress end without an answer. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#keepalive);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#socket.close();
    this.#abandon();
    // A rack that is gone need not be told.
    await request(this.#url, 'DELETE', `/api/hosts/${this.#attachment.clientId}`).catch(() => undefined);
  }

  #run(op: ClientOp, key: string, value: Uint8Array | null): Promise<Uint8Array | null> {
    const bytes = new TextEncoder().encode(key);
    if (this.#isClosed) return Promise.reject(new KvError({ code: 'CLOSED' }));
    if (bytes.length < 1 || bytes.length > KEY_BYTES_MAX) {
      return Promise.reject(
        new KvError({ code: 'KEY_LENGTH', bytes: bytes.length, bytesMax: KEY_BYTES_MAX }),
      );
    }
    return new Promise((resolve, reject) => {
      const valueBytes = value?.length ?? 0;
      const token = this.#core.submit(monotonicNs(), op, bytes, bytes.length, value, valueBytes);
      if (token === SubmitRefusal.TooLarge) {
        const bytesMax = this.#core.valueBytesMax(bytes.length);
        return reject(new KvError({ code: 'TOO_LARGE', bytes: valueBytes, bytesMax }));
      }
      if (token === SubmitRefusal.WindowFull) return reject(new KvError({ code: 'BUSY' }));
      this.#waiting.set(token, { op, resolve, reject });
      this.#settle();
    });
  }

  #completed({ token, op, outcome, reason, bytes, valueStart, valueBytes, found }: Completion): void {
    const waiting = this.#waiting.get(token);
    if (waiting === undefined) return;
    this.#waiting.delete(token);
    if (outcome === 'ok')
      return waiting.resolve(found ? bytes.slice(valueStart, valueStart + valueBytes) : null);
    waiting.reject(
      new KvError({ code: 'NO_ANSWER', op, definite: outcome === 'failed' || op === 'get', reason }),
    );
  }

  /** Nobody will answer what is in progress. */
  #abandon(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { op, reject } of waiting) {
      reject(new KvError({ code: 'NO_ANSWER', op, definite: op === 'get', reason: 'rackGone' }));
    }
  }

  #receive(bytes: Uint8Array): void {
    if (bytes.length + HEADROOM_BYTES > this.#pool.capacityBytes) return;
    const frame = this.#pool.take();
    frame.fill(bytes);
    this.#core.handle(monotonicNs(), 0, frame);
    this.#settle();
  }

  #transmit(frame: Frame): void {
    this.#socket.send(Buffer.from(frame.contents()), this.#sent);
    this.#pool.release(frame);
  }

  /** After every input: sends what there is, and sets the timer to the core's deadline. */
  #settle(): void {
    this.#core.drain(this.#sink);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const { deadlineNs } = this.#core;
    if (deadlineNs === NEVER || this.#waiting.size === 0) return;
    const wait = Math.max(0, Math.ceil((deadlineNs - monotonicNs()) / 1e6));
    this.#timer = setTimeout(() => {
      this.#core.timeout(monotonicNs());
      this.#settle();
    }, wait);
  }
}
