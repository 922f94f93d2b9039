/**
 * A storage server's place in the live set. After a start, and whenever it learns that it counts as dead, it
 * asks the controller to be taken in. It gets an incarnation that was never given before, forgets what it
 * was told of hot keys and which requests it executed, and keeps its items: every request of its new life is
 * of a later epoch, so none of them can be a repeat of one that it executed before.
 */
import { type Frame, type Nanos, NEVER } from '@ballast/base';
import { PEGASUS_ACK_OFFSET, PegasusFlag, pegasusHeader, PegasusOp, PegasusRecord } from '@ballast/wire';
import { EPOCHS_KEPT, laterEpoch } from './epoch.ts';
import { reply, tell } from './reply.ts';
import type { ServerState } from './server-state.ts';

/**
 * Requests to be taken in under one number. The controller may have seen it before another one that came
 * late, and then takes every repeat of it for late.
 */
const JOINS_PER_NONCE = 8;

export class ServerMembership {
  readonly #state: ServerState;
  /** What else is to be forgotten. */
  readonly #onLeave: () => void;
  /** Tells this request to be taken in from earlier ones. */
  #nonce = 0;
  #joinAt: Nanos;
  #joins = 0;

  constructor(state: ServerState, onLeave: () => void) {
    this.#state = state;
    this.#onLeave = onLeave;
    this.#joinAt = state.incarnation === 0 ? 0 : NEVER;
    if (state.incarnation === 0) this.#nonce = state.config.prng.u32();
  }

  get deadlineNs(): Nanos {
    return this.#joinAt;
  }

  timeout(now: Nanos): void {
    if (now < this.#joinAt) return;
    this.#joinAt = now + this.#state.config.joinRetryNs;
    this.#sendJoin();
  }

  /**
   * The message has the newest incarnation that this server was given; `load` 1: it counts as live or soon
   * will, 0: as dead. One that this server never got means that its present life is over, too.
   */
  ping(now: Nanos, frame: Frame): void {
    const state = this.#state;
    const { message, config, incarnation } = state;
    const isLate = incarnation === 0 || message.serverIncarnation < incarnation;
    if (isLate) return config.pool.release(frame);
    if (message.serverIncarnation > incarnation || message.load === 0) {
      this.#leave(now);
      return config.pool.release(frame);
    }
    // A life may outlast half of all epochs.
    state.epochBefore = laterEpoch(state.epochBefore, message.epoch - EPOCHS_KEPT);
    message.op = (PegasusOp.Ping + PEGASUS_ACK_OFFSET) as PegasusOp;
    reply(state, frame, pegasusHeader.bytes);
  }

  welcome(frame: Frame): void {
    const state = this.#state;
    const { message, config } = state;
    const isRepeat = state.incarnation !== 0 && message.serverIncarnation === state.incarnation;
    if (message.clientId !== this.#nonce || (state.incarnation !== 0 && !isRepeat))
      return config.pool.release(frame);
    if (!isRepeat) {
      state.incarnation = message.serverIncarnation;
      state.epochBefore = message.epoch;
      this.#joinAt = NEVER;
    }
    message.op = (PegasusOp.Welcome + PEGASUS_ACK_OFFSET) as PegasusOp;
    reply(state, frame, pegasusHeader.bytes);
  }

  /** The server counts as dead. It keeps its items, and asks to be taken in again. */
  #leave(now: Nanos): void {
    const state = this.#state;
    state.counters.expelled++;
    state.incarnation = 0;
    state.executed.clear();
    this.#onLeave();
    this.#nonce = state.config.prng.u32();
    this.#joinAt = now;
  }

  #sendJoin(): void {
    const { config, counters } = this.#state;
    const frame = config.pool.take();
    const message = new PegasusRecord();
    if (++this.#joins % JOINS_PER_NONCE === 0) this.#nonce = config.prng.u32();
    message.op = PegasusOp.Join;
    message.server = config.id;
    message.clientId = this.#nonce;
    // Until it has served: it may have been expelled before it was live.
    const isEmpty = config.isEmpty && counters.gets + counters.writes === 0;
    message.flags = isEmpty ? PegasusFlag.Empty : 0;
    tell(this.#state, frame, message, { toIp: config.controllerIp, payloadBytes: pegasusHeader.bytes });
  }
}
