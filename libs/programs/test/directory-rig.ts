/** A directory program on a target, in a rack of four servers, a controller and one client. */
import { assert, FramePool } from '@ballast/base';
import { type Entity, type Instance, Outcome, type Target } from '@ballast/pipeline';
import {
  decodePegasus,
  Drop,
  packet,
  PEGASUS_PORT,
  PegasusOp,
  PegasusRecord,
  readUdpFrame,
  UdpDatagram,
  RING_POSITIONS,
} from '@ballast/wire';
import {
  DirectoryMode,
  pegasusProgram,
  type PegasusOptions,
  WRITER_BANKS,
  WRITER_POSITIONS,
} from '../src/index.ts';

export const SERVERS = 4;
export const CONTROLLER_PORT = SERVERS;
export const INSIDE_PORTS = SERVERS + 1;
export const CLIENT_PORT = 9;
export const CLIENT_IP = 0x0a01_0001;
export const CLIENT_MAC = 0x02_00_00_01_00_00;
export const CLIENT_UDP_PORT = 20_000;
export const VIP = 0x0aff_0001;
export const SWITCH_MAC = 0x02_00_00_00_ff_ff;
export const ALL_LIVE = 0b1111;
export const EPOCH = 6;
export const INCARNATION = 3;
/** Of the switch: the high 16 bits of every version. */
export const FIRST_VERSION = 5n << 48n;
export const serverIp = (server: number): number => 0x0a00_0101 + server;
export const serverMac = (server: number): number => 0x02_00_00_00_01_00 + server;

/** Ring positions are dealt in turn: the home of a key is its ring position modulo the servers. */
export function keyWithHome(home: number, low = 1n): bigint {
  return (BigInt(home) << 50n) | low;
}

type PegasusValues = NonNullable<Parameters<PacketBuilder['pegasus']>[0]>;
type PacketBuilder = ReturnType<typeof packet>;

export interface Message extends PegasusValues {
  readonly op: PegasusOp;
}

/** What became of a message. */
export interface Sent {
  /** 'forward 3', 'multicast 258' or 'drop not_ipv4'. */
  readonly outcome: string;
  readonly pegasus: PegasusRecord;
  readonly path: UdpDatagram;
}

export interface HotEntry {
  readonly keyHash: bigint;
  readonly entry?: number;
  readonly generation?: number;
  readonly mode?: number;
  readonly completed?: bigint;
  /** Bit i is server i. */
  readonly replicas: number;
}

export class DirectoryRig {
  readonly instance: Instance;
  readonly #frame = new FramePool(1500).take();

  constructor(target: Target, options: PegasusOptions & { sampleBelow?: number } = {}) {
    this.instance = target.load(pegasusProgram(options), { seed: 1 });
    const { sampleBelow = 0 } = options;
    this.begin(EPOCH, ALL_LIVE, sampleBelow);
    this.set('next_version', 0, [FIRST_VERSION]);
    for (let p = 0; p < RING_POSITIONS; p++) this.set('ring', p, [p % SERVERS]);
    for (let id = 0; id < SERVERS; id++) {
      this.set('servers', id, [INCARNATION, id, serverIp(id), serverMac(id)]);
      this.addHost(serverIp(id), id, serverMac(id));
    }
    this.addHost(CLIENT_IP, CLIENT_PORT, CLIENT_MAC);
  }

  /** Begins an epoch with these servers live; bit i is server i. Writes are dealt over them in turn. */
  begin(epoch: number, live: number, sampleBelow = 0): void {
    const servers = Array.from({ length: SERVERS }, (_, id) => id).filter((id) => (live >> id) & 1);
    const bank = (epoch % WRITER_BANKS) * WRITER_POSITIONS;
    for (let p = 0; p < WRITER_POSITIONS && live !== 0; p++)
      this.set('writers', bank + p, [servers[p % servers.length]!]);
    this.set('rack', 0, [epoch, live, INSIDE_PORTS, sampleBelow, VIP, SWITCH_MAC]);
  }

  /** A request of the client, from outside. */
  request(message: Message, port = CLIENT_PORT): Sent {
    const path = { src: CLIENT_IP, dst: VIP, srcPort: CLIENT_UDP_PORT, dstPort: PEGASUS_PORT };
    return this.send({ epoch: EPOCH, clientId: 1, ...message }, path, port);
  }

  /** A message that a server sends; a reply to the client unless its target says otherwise. */
  reply(server: number, message: Message, dst = CLIENT_IP): Sent {
    const path = { src: serverIp(server), dst, srcPort: PEGASUS_PORT, dstPort: CLIENT_UDP_PORT };
    const values = { epoch: EPOCH, clientId: 1, server, serverIncarnation: INCARNATION, load: 1, ...message };
    return this.send(values, path, server);
  }

  send(
    values: PegasusValues,
    path: { src: number; dst: number; srcPort: number; dstPort: number },
    port: number,
  ): Sent {
    const { src, dst, srcPort, dstPort } = path;
    const built = packet().eth({}).ipv4({ src, dst }).udp({ srcPort, dstPort });
    return this.process(built.pegasus({ key: 'user1', ...values }).build(), port);
  }

  /** Any frame. */
  process(bytes: Uint8Array, port: number): Sent {
    const { instance } = this;
    const frame = this.#frame;
    frame.reset();
    frame.fill(bytes);
    const outcome = instance.process(frame, port, 0);
    const [path, pegasus] = [new UdpDatagram(), new PegasusRecord()];
    if (outcome === Outcome.Drop) {
      return { outcome: `drop ${instance.program.dropReasons[instance.reason]}`, pegasus, path };
    }
    // Both checksums must be right, whatever the program wrote.
    assert(readUdpFrame(frame, path) === Drop.None, 'a whole UDP frame leaves');
    decodePegasus(frame.view, path.payloadStart, path.payloadBytes, pegasus);
    const kind = outcome === Outcome.Multicast ? 'multicast' : 'forward';
    return { outcome: `${kind} ${instance.destination}`, pegasus, path };
  }

  install({ keyHash, replicas, ...given }: HotEntry): void {
    const { entry = 0, generation = 1, mode = DirectoryMode.Open, completed = 0n } = given;
    this.set('entries', entry, [generation, completed, replicas]);
    this.#insert('directory', keyHash, 'hot', [entry, generation, mode]);
  }

  addHost(ip: number, port: number, mac: number): void {
    this.#insert('hosts', BigInt(ip), 'via', [port, mac]);
  }

  set(register: string, index: number, record: readonly (number | bigint)[]): void {
    const entity: Entity = { entity: 'register', register, index, record: record.map(BigInt) };
    this.instance.control.write([{ type: 'modify', entity }]);
  }

  get(register: string, index = 0): readonly bigint[] {
    const [found] = this.instance.control.read({ entity: 'register', name: register, index });
    assert(found?.entity === 'register', 'a register was asked for');
    return found.record;
  }

  /** Packets that a counter has counted. */
  count(counter: string, index = 0): number {
    const [found] = this.instance.control.read({ entity: 'counter', name: counter, index });
    assert(found?.entity === 'counter', 'a counter was asked for');
    return Number(found.packets);
  }

  #insert(table: string, value: bigint, action: string, parameters: readonly number[]): void {
    const match = [{ kind: 'exact' as const, value }];
    const entity: Entity = { entity: 'table', table, match, action, parameters: parameters.map(BigInt) };
    this.instance.control.write([{ type: 'insert', entity }]);
  }
}
