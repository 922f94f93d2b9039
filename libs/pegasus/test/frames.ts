/** Frames to and from cores, for scripted tests. */
import { type Core, type Frame, FramePool } from '@ballast/base';
import {
  decodePegasus,
  Drop,
  encodePegasus,
  PEGASUS_PORT,
  pegasusHeader,
  type PegasusOp,
  PegasusRecord,
  readUdpFrame,
  UDP_PAYLOAD_OFFSET,
  UdpDatagram,
  writeUdpFrame,
} from '@ballast/wire';
import { SipKeyHasher } from '../src/index.ts';

export const VIP = 0x0aff_0001;
export const GATEWAY_MAC = 0x0200_0000_ffff;
export const CONTROLLER_IP = 0x0a00_0002;
export const CLIENT_IP = 0x0a01_0001;
export const SERVER_IPS = [0x0a00_0101, 0x0a00_0102, 0x0a00_0103, 0x0a00_0104];

/** A message as tests write and read it. */
export interface Message {
  readonly op: PegasusOp;
  readonly key?: string;
  readonly value?: Uint8Array;
  readonly fields?: Partial<PegasusRecord>;
  /** Whose frame it is; a client's when absent. */
  readonly fromIp?: number;
  readonly toIp?: number;
  readonly fromPort?: number;
}

export interface Received {
  readonly record: PegasusRecord;
  readonly key: string;
  readonly value: Uint8Array;
  readonly srcIp: number;
  readonly srcPort: number;
  readonly dstIp: number;
  readonly dstPort: number;
}

export const pool = new FramePool(1500);

export function hashOf(key: string): { hi: number; lo: number } {
  const bytes = new TextEncoder().encode(key);
  const hasher = new SipKeyHasher();
  hasher.hash(bytes, 0, bytes.length);
  return { hi: hasher.hi, lo: hasher.lo };
}

export function frameOf(message: Message): Frame {
  const { op, key = '', value = new Uint8Array(0), fields = {} } = message;
  const frame = pool.take();
  const base = frame.start + UDP_PAYLOAD_OFFSET;
  const keyBytes = new TextEncoder().encode(key);
  const { hi, lo } = hashOf(key);
  const record = Object.assign(new PegasusRecord(), {
    op,
    epoch: 1,
    clientId: 1,
    keyLength: keyBytes.length,
    keyHashHi: hi,
    keyHashLo: lo,
    ...fields,
  });
  encodePegasus(frame.view, base, record);
  frame.bytes.set(keyBytes, base + pegasusHeader.bytes);
  frame.bytes.set(value, base + pegasusHeader.bytes + keyBytes.length);
  const path = {
    srcMac: 1,
    dstMac: 2,
    srcIp: message.fromIp ?? CLIENT_IP,
    dstIp: message.toIp ?? SERVER_IPS[0]!,
    srcPort: message.fromPort ?? 20_000,
    dstPort: PEGASUS_PORT,
  };
  writeUdpFrame(frame, path, pegasusHeader.bytes + keyBytes.length + value.length);
  return frame;
}

/** Everything that a core sends now. */
export function drained(core: Core): Received[] {
  const received: Received[] = [];
  core.drain({
    transmit: (_port, frame) => {
      received.push(parse(frame));
      pool.release(frame);
    },
  });
  return received;
}

/** Gives a core one message and returns what it sends. */
export function exchange(core: Core, message: Message, now = 0): Received[] {
  core.handle(now, 0, frameOf(message));
  return drained(core);
}

function parse(frame: Frame): Received {
  const datagram = new UdpDatagram();
  const record = new PegasusRecord();
  const drop = readUdpFrame(frame, datagram);
  if (drop !== Drop.None) throw new Error(`a core sent a bad frame: drop ${drop}`);
  decodePegasus(frame.view, datagram.payloadStart, datagram.payloadBytes, record);
  const keyAt = datagram.payloadStart + pegasusHeader.bytes;
  const valueAt = keyAt + record.keyLength;
  return {
    record,
    key: new TextDecoder().decode(frame.bytes.subarray(keyAt, valueAt)),
    value: frame.bytes.slice(valueAt, datagram.payloadStart + datagram.payloadBytes),
    srcIp: datagram.srcIp,
    srcPort: datagram.srcPort,
    dstIp: datagram.dstIp,
    dstPort: datagram.dstPort,
  };
}
