/**
 * A rack in this process, on the wall clock, with an address to control it. No root needed.
 *
 *     const embedded = await EmbeddedRack.open({ port: 0 });
 *     const live = embedded.install({ rack: options, description });
 *     await live.run(10);
 *     await embedded.close();
 */
import type { FastifyInstance } from 'fastify';
import { createControlServer } from './control-server.ts';
import { FabricError } from './fabric-error.ts';
import { LiveRack, type LiveRackOptions } from './live-rack.ts';

export const CONTROL_HOST = '127.0.0.1';
export const CONTROL_PORT = 7070;

export interface EmbeddedRackOptions {
  /** IPv4 address, or a name of one, for the control address and for overlays. Default: loopback. */
  readonly host?: string;
  /** 0 for any that is free. Default: 7070. */
  readonly port?: number;
  /** After so much silence a host's port is free again. */
  readonly leaseSeconds?: number;
}

const LEASE_SECONDS = 60;
/** Below are the load generators of the racks. */
const HOST_CLIENT_ID_FIRST = 1_000;

export class EmbeddedRack implements AsyncDisposable {
  readonly #server: FastifyInstance;
  readonly #host: string;
  readonly #leaseSeconds: number;
  #current: LiveRack | null = null;
  #nextClientId = HOST_CLIENT_ID_FIRST;

  private constructor({ host = CONTROL_HOST, leaseSeconds = LEASE_SECONDS }: EmbeddedRackOptions) {
    this.#host = host;
    this.#leaseSeconds = leaseSeconds;
    this.#server = createControlServer(() => {
      if (this.#current === null) throw new FabricError({ code: 'NO_RACK_NOW' });
      return this.#current;
    });
  }

  /** Opens the control address; there is no rack yet. FabricError PORT_IN_USE, BAD_ADDRESS. */
  static async open(options: EmbeddedRackOptions = {}): Promise<EmbeddedRack> {
    const embedded = new EmbeddedRack(options);
    const { host = CONTROL_HOST, port = CONTROL_PORT } = options;
    try {
      await embedded.#server.listen({ host, port });
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
      if (code === 'EADDRINUSE') throw new FabricError({ code: 'PORT_IN_USE', host, port }, { cause });
      throw new FabricError({ code: 'BAD_ADDRESS', host, port, reason: code }, { cause });
    }
    return embedded;
  }

  /** Where `ballast kv`, `ballast capture` and browsers find it. */
  get url(): string {
    const address = this.#server.server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return `http://${this.#host === '0.0.0.0' ? CONTROL_HOST : this.#host}:${port}`;
  }

  /** Puts a new rack in the place of the one before, which is closed. It does not run yet. */
  install(options: LiveRackOptions): LiveRack {
    this.#current?.close();
    this.#current = null;
    this.#current = new LiveRack(options, {
      bindAddress: this.#host,
      leaseSeconds: this.#leaseSeconds,
      // Not even by hosts of an earlier rack: their late frames are refused by the id they carry.
      nextClientId: () => this.#nextClientId++,
    });
    return this.#current;
  }

  /** Stops the rack and frees the port. What callers were being sent ends. */
  async close(): Promise<void> {
    this.#current?.close();
    this.#current = null;
    await this.#server.close();
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
