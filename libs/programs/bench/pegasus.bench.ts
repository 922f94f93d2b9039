/**
 * Nanoseconds a packet of the Pegasus program on the `js` target, in memory, beside the same work written by
 * hand. The packet is put back before each turn, in both, and that is part of the figure.
 */
import { FramePool, type Frame } from '@ballast/base';
import { type Instance, jsTarget, type Update } from '@ballast/pipeline';
import {
  packet,
  parseIpv4,
  PEGASUS_FORMAT,
  PEGASUS_MAGIC,
  PEGASUS_PORT,
  PegasusOp,
  RING_POSITIONS,
} from '@ballast/wire';
import { pegasusProgram } from '../src/index.ts';
import { HandWrittenDirectory } from './hand-written-directory.ts';

const PACKETS = 2_000_000;
const KEYS = 64;
const SERVERS = 28;
const CLIENT_PORT = 40;

/** Runs packets, round robin over the frames' contents, and gives the nanoseconds for each. */
function measure(packets: readonly Uint8Array[], process: (frame: Frame) => void): number {
  const frame = new FramePool(1500).take();
  let next = 0;
  const turn = (): void => {
    frame.reset();
    frame.fill(packets[next]!);
    next = (next + 1) % packets.length;
    process(frame);
  };
  for (let i = 0; i < PACKETS / 10; i++) turn();
  const start = performance.now();
  for (let i = 0; i < PACKETS; i++) turn();
  return ((performance.now() - start) * 1e6) / PACKETS;
}

function pegasusRequests(): Uint8Array[] {
  return Array.from({ length: KEYS }, (_, key) =>
    packet()
      .eth({})
      .ipv4({ src: parseIpv4('10.1.0.1'), dst: parseIpv4('10.255.0.1') })
      .udp({ srcPort: 20_000, dstPort: PEGASUS_PORT })
      .pegasus({
        magic: PEGASUS_MAGIC,
        format: PEGASUS_FORMAT,
        op: PegasusOp.Get,
        epoch: 1,
        keyHash: hashOf(key),
        key: `user${String(key).padStart(12, '0')}`,
      })
      .build(),
  );
}

function hashOf(key: number): bigint {
  return BigInt.asUintN(64, BigInt(key + 1) * 0x9e37_79b9_7f4a_7c15n);
}

function loadPegasus(): Instance {
  const instance = jsTarget.load(pegasusProgram());
  const updates: Update[] = [];
  const register = (name: string, index: number, record: readonly bigint[]): void =>
    void updates.push({ type: 'modify', entity: { entity: 'register', register: name, index, record } });
  for (let p = 0; p < RING_POSITIONS; p++) register('ring', p, [BigInt(p % SERVERS)]);
  for (let s = 0; s < SERVERS; s++)
    register('servers', s, [1n, 1n, BigInt(s), 0x0a00_0101n + BigInt(s), 0x0200_0000_0100n + BigInt(s)]);
  register('rack', 0, [1n, BigInt(SERVERS + 1), 0n, 0x0aff_0001n, 0x0200_0000_ffffn]);
  for (let key = 0; key < KEYS; key++) {
    register('entries', key, [BigInt(key + 1), 0n, (1n << BigInt(SERVERS)) - 1n]);
    updates.push({
      type: 'insert',
      entity: {
        entity: 'table',
        table: 'directory',
        match: [{ kind: 'exact', value: hashOf(key) }],
        action: 'hot',
        parameters: [BigInt(key), BigInt(key + 1), 0n],
      },
    });
  }
  instance.control.write(updates);
  return instance;
}

export default [
  {
    name: 'js.pegasus',
    unit: 'ns/packet',
    peer: 'js.pegasus.by-hand',
    run: (): number => {
      const instance = loadPegasus();
      return measure(pegasusRequests(), (frame) => void instance.process(frame, CLIENT_PORT, 0));
    },
  },
  {
    name: 'js.pegasus.by-hand',
    unit: 'ns/packet',
    run: (): number => {
      const directory = new HandWrittenDirectory(
        Array.from({ length: KEYS }, (_, key) => hashOf(key)),
        SERVERS,
      );
      return measure(pegasusRequests(), (frame) => directory.process(frame));
    },
  },
];
