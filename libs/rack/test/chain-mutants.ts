/**
 * Deliberately broken chains of two racks: each drops one rule of docs/pegasus-chain.md. A checker that sees
 * histories only must notice every one.
 */
import { type Frame, ms, type PortNumber, type Sink } from '@ballast/base';
import { PegasusController, PegasusServer, UNKNOWN } from '@ballast/pegasus';
import { all, any, type Instance, jsTarget, type Target } from '@ballast/pipeline';
import { type PegasusRules, pegasusProgram, pegasusRules } from '@ballast/programs';
import {
  decodePegasus,
  encodePegasus,
  PEGASUS_PORT,
  pegasusHeader,
  PegasusOp,
  PegasusRecord,
  PegasusStatus,
  readUdpFrame,
  UdpDatagram,
  writeUdpFrame,
} from '@ballast/wire';
import type { Failover, RackParts, RunShape } from '../src/index.ts';
import { controller, server } from './mutants.ts';

export interface ChainMutant {
  readonly name: string;
  readonly headParts?: Partial<RackParts>;
  readonly tailParts?: Partial<RackParts>;
  readonly failover?: Failover | null;
  /** What makes the broken rule matter sooner. */
  readonly shape?: Partial<RunShape>;
  /** Where a longer search found the first violation; 1 when absent. */
  readonly firstSeed?: number;
}

const LOST_HEAD: Failover = { lost: 'head', atNs: ms(10), isStopped: true, toldWithinNs: ms(1) };
const LOST_TAIL: Failover = { ...LOST_HEAD, lost: 'tail' };
const BUSY = {
  lossRatio: 0.05,
  duplicateRatio: 0.1,
  reorderRatio: 0.2,
  reorderDelayNs: 300_000,
  writeRatio: 0.4,
  keys: 6,
  theta: 1,
};

/** Keys become hot while old forwards of them are on their way. */
const CHURN = {
  ...BUSY,
  reorderRatio: 0.3,
  reorderDelayNs: 2_000_000,
  shiftNs: 800_000,
  hotKeysMax: 2,
  users: 30,
  keys: 4,
  theta: 1.2,
  writeRatio: 0.5,
};

const switchOf = (rules: Partial<PegasusRules>): Partial<RackParts> => ({
  program: pegasusProgram({ isChained: true }, { ...pegasusRules, ...rules }),
});

/** Answers the client itself, beside passing the write on. */
class HastyServer extends PegasusServer {
  readonly #pool;
  readonly #ip: number;
  readonly #gatewayMac: number;
  readonly #mac: number;

  constructor(config: ConstructorParameters<typeof PegasusServer>[0]) {
    super(config);
    this.#pool = config.pool;
    this.#ip = config.ip;
    this.#mac = config.mac;
    this.#gatewayMac = config.gatewayMac;
  }

  override drain(sink: Sink): void {
    const transmit = (port: PortNumber, frame: Frame): void => {
      const answer = this.#answerTo(frame);
      if (answer !== null) sink.transmit(port, answer);
      sink.transmit(port, frame);
    };
    super.drain({ transmit });
  }

  #answerTo(frame: Frame): Frame | null {
    const [datagram, record] = [new UdpDatagram(), new PegasusRecord()];
    readUdpFrame(frame, datagram);
    decodePegasus(frame.view, datagram.payloadStart, datagram.payloadBytes, record);
    if (record.op !== PegasusOp.ChainForward) return null;
    const answer = this.#pool.copy(frame);
    record.op = PegasusOp.WriteReply;
    record.status = PegasusStatus.Ok;
    encodePegasus(answer.view, datagram.payloadStart, record);
    const path = { srcMac: this.#mac, dstMac: this.#gatewayMac, srcIp: this.#ip, dstIp: datagram.srcIp };
    const ports = { srcPort: PEGASUS_PORT, dstPort: datagram.srcPort };
    writeUdpFrame(answer, { ...path, ...ports }, pegasusHeader.bytes + record.keyLength);
    return answer;
  }
}

/** A controller that nobody can tell that the other rack is lost. */
class DeafController extends PegasusController {
  override standAlone(): void {
    // It does not hear it.
  }
}

/** A switch whose versions go on from where they began, whatever its controller says. */
const keepsIncarnation: Target = {
  name: 'keepsIncarnation',
  load: (program, options) => {
    const inner = jsTarget.load(program, options);
    let isSetUp = false;
    const write: Instance['control']['write'] = (updates) => {
      const isOfVersion = ({ entity }: (typeof updates)[number]): boolean =>
        entity.entity === 'register' && entity.register === 'next_version';
      inner.control.write(isSetUp ? updates.filter((update) => !isOfVersion(update)) : updates);
      isSetUp = true;
    };
    const { control } = inner;
    const keeping: Instance['control'] = { write, read: (query) => control.read(query) };
    return {
      program,
      control: keeping,
      drops: inner.drops,
      get destination() {
        return inner.destination;
      },
      get reason() {
        return inner.reason;
      },
      process: (frame, port, now) => inner.process(frame, port, now),
      processEgress: (frame, port, replica, now) => inner.processEgress(frame, port, replica, now),
      dump: () => inner.dump(),
    };
  },
};

export const chainMutants: readonly ChainMutant[] = [
  {
    name: 'the head answers before the tail has the write',
    headParts: { server: (config) => new HastyServer(config) },
    shape: BUSY,
    failover: null,
  },
  {
    name: 'the tail gives writes versions of its own',
    tailParts: switchOf({ keepsVersion: ({ hasHead }) => hasHead.gt(1) }),
    shape: BUSY,
    failover: LOST_TAIL,
  },
  {
    name: 'the tail applies a forward that was overtaken',
    tailParts: server({ supersedes: () => true }),
    shape: BUSY,
    failover: null,
  },
  {
    name: 'a key becomes hot at the tail without the version that its home has shown',
    tailParts: controller({ firstCompleted: () => ({ incarnation: 0, counter: 0 }) }),
    shape: CHURN,
    failover: null,
    firstSeed: 30,
  },
  {
    name: 'what passes on to the tail does not move the directory of the head',
    headParts: switchOf({
      moves: (pegasus) => all(pegasusRules.moves(pegasus), pegasus.op.ne(PegasusOp.ChainForward)),
    }),
    shape: { ...BUSY, hotKeysMax: 4 },
    failover: LOST_TAIL,
  },
  {
    name: 'a repeat is executed again by the head, and passed on under a new version',
    headParts: server({ findExecuted: () => UNKNOWN }),
    shape: { ...BUSY, lossRatio: 0.1 },
    failover: LOST_TAIL,
  },
  {
    name: 'the tail does not find forwarded writes among the executed ones',
    tailParts: server({ findExecuted: () => UNKNOWN }),
    shape: { ...BUSY, lossRatio: 0.1 },
    failover: LOST_HEAD,
  },
  {
    name: 'clients read at the head while it has a tail',
    headParts: {
      ...switchOf({ isForOtherRack: ({ op }, { hasHead }) => all(op.ne(PegasusOp.Get), hasHead.eq(1)) }),
      controller: (config) => new DeafController(config),
    },
    shape: BUSY,
    failover: { ...LOST_TAIL, atNs: ms(2), isStopped: false },
  },
  {
    name: 'a tail that counts as lost goes on answering reads',
    shape: BUSY,
    failover: { ...LOST_TAIL, isStopped: false },
  },
  {
    name: 'a tail that is left goes on with the versions that it began with',
    tailParts: { target: keepsIncarnation },
    shape: BUSY,
    failover: LOST_HEAD,
  },
  {
    name: 'a tail that is left takes what a head that counts as lost passes on',
    tailParts: switchOf({
      takesForwards: ({ hasHead }) => hasHead.le(1),
      keepsVersion: ({ hasHead, forwarded }) => any(hasHead.eq(1), forwarded.eq(1)),
    }),
    shape: BUSY,
    failover: { ...LOST_HEAD, isStopped: false },
  },
];
