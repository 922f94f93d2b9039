/**
 * A switch as a core: every frame goes through a loaded program, and the outcome says where it leaves.
 * Multicast groups and the way to the controller are the switch's own.
 */
import {
  type Core,
  type Frame,
  type FramePool,
  type Nanos,
  NEVER,
  Outbox,
  type PortNumber,
  type Sink,
} from '@ballast/base';
import type { ControlPlane, Entity, GroupEntry, ReadRequest, Update } from './control.ts';
import { type Instance, Outcome } from './target.ts';

/** Packets for the controller that wait to be fetched; more are dropped and counted. */
export const PACKET_INS_MAX = 1024;

export interface SwitchConfig {
  readonly instance: Instance;
  /** Ports 0 ... ports - 1. */
  readonly ports: number;
  readonly pool: FramePool;
}

/** A packet that the program sent to the controller. */
export interface PacketIn {
  readonly reason: string;
  readonly ingressPort: PortNumber;
  readonly contents: Uint8Array;
}

export interface SwitchCounters {
  forwarded: number;
  /** Copies of multicasts. */
  copied: number;
  dropped: number;
  toController: number;
  passed: number;
  /** Of those dropped: to a port or group that does not exist, or with the controller's queue full. */
  badPort: number;
  badGroup: number;
  controllerFull: number;
}

/** Copies of a multicast: one per port and replica id. */
export type Replicas = GroupEntry['replicas'];

export class SwitchCore implements Core {
  readonly deadlineNs = NEVER;
  readonly instance: Instance;
  readonly control: SwitchControl;
  readonly counters: SwitchCounters = {
    forwarded: 0,
    copied: 0,
    dropped: 0,
    toController: 0,
    passed: 0,
    badPort: 0,
    badGroup: 0,
    controllerFull: 0,
  };
  readonly #ports: number;
  readonly #pool: FramePool;
  readonly #outbox = new Outbox();
  readonly #packetIns: PacketIn[] = [];

  constructor({ instance, ports, pool }: SwitchConfig) {
    this.instance = instance;
    this.#ports = ports;
    this.#pool = pool;
    this.control = new SwitchControl(instance.control);
  }

  handle(now: Nanos, port: PortNumber, frame: Frame): void {
    switch (this.instance.process(frame, port, now)) {
      case Outcome.Forward:
        if (this.#send(now, frame, this.instance.destination, 0)) this.counters.forwarded++;
        return;
      case Outcome.Multicast:
        return this.#multicast(now, frame, this.instance.destination);
      case Outcome.Drop:
        return this.#drop(frame);
      case Outcome.Controller:
        return this.#toController(frame, port);
      case Outcome.Pass:
        this.counters.passed++;
        return this.#pool.release(frame);
    }
  }

  timeout(): void {
    // A switch waits for nothing: its program runs when a packet comes.
  }

  drain(sink: Sink): void {
    this.#outbox.drain(sink);
  }

  /** Hands over the packets for the controller since the last call. */
  takePacketIns(): PacketIn[] {
    return this.#packetIns.splice(0);
  }

  #send(now: Nanos, frame: Frame, port: PortNumber, replica: number): boolean {
    if (port >= this.#ports) {
      this.counters.badPort++;
      this.#drop(frame);
      return false;
    }
    if (!this.instance.processEgress(frame, port, replica, now)) {
      this.#drop(frame);
      return false;
    }
    this.#outbox.push(port, frame);
    return true;
  }

  #multicast(now: Nanos, frame: Frame, group: number): void {
    const replicas = this.control.group(group);
    if (replicas === undefined || replicas.length === 0) {
      this.counters.badGroup++;
      return this.#drop(frame);
    }
    const last = replicas.length - 1;
    // Each copy has its own egress part, so the copies are made before the first one runs.
    for (let i = 0; i <= last; i++) {
      const copy = i === last ? frame : this.#pool.copy(frame);
      const { port, replica } = replicas[i]!;
      if (this.#send(now, copy, port, replica)) this.counters.copied++;
    }
  }

  #toController(frame: Frame, ingressPort: PortNumber): void {
    if (this.#packetIns.length >= PACKET_INS_MAX) {
      this.counters.controllerFull++;
      return this.#drop(frame);
    }
    this.counters.toController++;
    const reason = this.instance.program.controllerReasons[this.instance.reason]!;
    this.#packetIns.push({ reason, ingressPort, contents: frame.contents().slice() });
    this.#pool.release(frame);
  }

  #drop(frame: Frame): void {
    this.counters.dropped++;
    this.#pool.release(frame);
  }
}

/** The program's control plane, and the switch's multicast groups. */
export class SwitchControl implements ControlPlane {
  readonly #program: ControlPlane;
  readonly #groups = new Map<number, Replicas>();

  constructor(program: ControlPlane) {
    this.#program = program;
  }

  write(updates: readonly Update[]): void {
    this.#program.write(updates);
  }

  read(request: ReadRequest): Entity[] {
    return this.#program.read(request);
  }

  /** Sets a group's copies; none removes it. */
  setGroup(group: number, replicas: Replicas): void {
    if (replicas.length === 0) this.#groups.delete(group);
    else this.#groups.set(group, structuredClone(replicas));
  }

  group(group: number): Replicas | undefined {
    return this.#groups.get(group);
  }
}
