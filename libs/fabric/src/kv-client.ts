/**
 * Key-value client of a running rack: the client core of the simulator, with a UDP socket for a cable.
 *
 *     const kv = await KvClient.connect('http://127.0.0.1:7070');
 *     await kv.put('user1', new TextEncoder().encode('hello'));
 *     const value = await kv.get('user1'); // Uint8Array, or null
 *     await kv.close();
 */
import { createSocket, type Socket } from 'node:dgram';
import {
  DetailedError,
  type Frame,
  FramePool,
  HEADROOM_BYTES,
  ms,
  NEVER,
  seconds,
  type Sink,
} from '@ballast/base';
import {
  type ClientOp,
  type ClientReason,
  type Completion,
  PegasusClient,
  SipKeyHasher,
  SubmitRefusal,
} from '@ballast/pegasus';
import { monotonicNs } from './clock.ts';

/** What a rack tells a host that joins it. */
export interface Attachment {
  readonly clientId: number;
  readonly mac: number;
  readonly ip: number;
  readonly udpPort: number;
  readonly gatewayMac: number;
  readonly vip: number;
  readonly epoch: number;
  readonly mtuBytes: number;
  /** UDP port of the rack's end of the cable. */
  readonly overlayPort: number;
}

export type KvErrorDetail =
  | { code: 'NO_RACK'; url: string }
  | { code: 'RACK_REFUSED'; url: string; reason: string }
  | { code: 'TOO_LARGE'; bytes: number; bytesMax: number }
  | { code: 'KEY_LENGTH'; bytes: number; bytesMax: number }
  | { code: 'BUSY' }
  | { code: 'NO_ANSWER'; op: ClientOp; definite: boolean; reason: ClientReason };

/** An operation that did not end well. `definite` says whether it surely was not executed. */
export class KvError extends DetailedError<KvErrorDetail> {
  protected override explain(d: KvErrorDetail): string {
    switch (d.code) {
      case 'NO_RACK':
        return `no rack answers at ${d.url}; start one with 'ballast rack up --keep', or name its address with --rack`;
      case 'RACK_REFUSED':
        return `the rack at ${d.url} refused: ${d.reason}`;
      case 'TOO_LARGE':
        return `a value of ${d.bytes} bytes does not fit one packet; at most ${d.bytesMax} bytes beside this key`;
      case 'KEY_LENGTH':
        return `a key of ${d.bytes} bytes; expected 1 to ${d.bytesMax}`;
      case 'BUSY':
        return 'too many operations in progress; wait for some to finish';
      case 'NO_ANSWER': {
        const state = d.definite ? 'was not executed' : 'may or may not have been executed';
        return `${d.op} got no answer (${d.reason}); it ${state}`;
      }
    }
  }
}

export const KEY_BYTES_MAX = 255;
const HTTP_TIMEOUT_MS = 3_000;

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
  readonly #waiting = new Map<number, Waiting>();
  #timer: NodeJS.Timeout | null = null;
  readonly #sink: Sink = { transmit: (_port, frame) => this.#transmit(frame) };

  private constructor(url: string, attachment: Attachment, socket: Socket) {
    this.#url = url;
    this.#attachment = attachment;
    this.#socket = socket;
    this.#pool = new FramePool(attachment.mtuBytes);
    this.#core = new PegasusClient({
      ...attachment,
      retransmitNs: ms(20),
      retryNs: ms(1),
      giveUpNs: seconds(3),
      hasher: new SipKeyHasher(),
      pool: this.#pool,
      onComplete: (_now, completion) => this.#completed(completion),
    });
    socket.on('message', (bytes) => this.#receive(bytes));
  }

  /** Joins the rack whose control address is `url`. KvError NO_RACK, RACK_REFUSED. */
  static async connect(url: string): Promise<KvClient> {
    const attachment = await request<Attachment>(url, 'POST', '/api/hosts');
    const socket = createSocket('udp4');
    const { hostname } = new URL(url);
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(attachment.overlayPort, hostname, resolve);
    });
    return new KvClient(url, attachment, socket);
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

  /** Leaves the rack. Operations in progress are not waited for. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#socket.close();
    // A rack that is gone need not be told.
    await request(this.#url, 'DELETE', `/api/hosts/${this.#attachment.clientId}`).catch(() => undefined);
  }

  #run(op: ClientOp, key: string, value: Uint8Array | null): Promise<Uint8Array | null> {
    const bytes = new TextEncoder().encode(key);
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

  #completed(completion: Completion): void {
    const waiting = this.#waiting.get(completion.token);
    if (waiting === undefined) return;
    this.#waiting.delete(completion.token);
    const { op, outcome, reason, bytes, valueStart, valueBytes, found } = completion;
    if (outcome === 'ok')
      return waiting.resolve(found ? bytes.slice(valueStart, valueStart + valueBytes) : null);
    const definite = outcome === 'failed' || op === 'get';
    waiting.reject(new KvError({ code: 'NO_ANSWER', op, definite, reason }));
  }

  #receive(bytes: Uint8Array): void {
    if (bytes.length + HEADROOM_BYTES > this.#pool.capacityBytes) return;
    const frame = this.#pool.take();
    frame.fill(bytes);
    this.#core.handle(monotonicNs(), 0, frame);
    this.#settle();
  }

  #transmit(frame: Frame): void {
    this.#socket.send(Buffer.from(frame.contents()));
    this.#pool.release(frame);
  }

  /** After every input: sends what there is, and sets the timer to the core's deadline. */
  #settle(): void {
    this.#core.drain(this.#sink);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const { deadlineNs } = this.#core;
    if (deadlineNs === NEVER || this.#core.outstanding === 0) return;
    this.#timer = setTimeout(
      () => {
        this.#core.timeout(monotonicNs());
        this.#settle();
      },
      Math.max(0, Math.ceil((deadlineNs - monotonicNs()) / 1e6)),
    );
  }
}

/** Asks a rack's control address. KvError NO_RACK when nobody answers, RACK_REFUSED on an error status. */
export async function request<T>(url: string, method: 'GET' | 'POST' | 'DELETE', path: string): Promise<T> {
  let response: Response;
  try {
    response = await fetch(new URL(path, url), { method, signal: AbortSignal.timeout(HTTP_TIMEOUT_MS) });
  } catch (cause) {
    throw new KvError({ code: 'NO_RACK', url }, { cause });
  }
  const text = await response.text();
  if (!response.ok) throw new KvError({ code: 'RACK_REFUSED', url, reason: refusalOf(text) });
  return JSON.parse(text) as T;
}

function refusalOf(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && 'message' in body) return String(body.message);
  } catch {
    // Not a rack's answer; its text is all there is.
  }
  return text.slice(0, 200);
}
