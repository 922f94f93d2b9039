/** What the bytes of one packet cost: nanoseconds per frame written or read, per checksum, per hash. */
import { assert, Frame } from '@ballast/base';
import {
  crc32,
  decodePegasus,
  encodePegasus,
  halfSipHash64,
  Hash64,
  PegasusRecord,
  readUdpFrame,
  sumWords,
  UDP_PAYLOAD_OFFSET,
  UdpDatagram,
  writeUdpFrame,
} from '../src/index.ts';

const CALLS = 1_000_000;
const PAYLOAD_BYTES = 128;
const KEY_BYTES = 16;

/**
 * Times a loop of its own for each benchmark: calls through one shared loop would not be inlined. The loop
 * returns something of all its work, which is looked at, so that none of it is optimised away.
 */
function nsPerCall(loop: () => number): number {
  const start = performance.now();
  const result = loop();
  const elapsedMs = performance.now() - start;
  assert(Number.isFinite(result), 'a measured loop returns a number');
  return (elapsedMs * 1e6) / CALLS;
}

function frameOfBytes(): Frame {
  const frame = new Frame(2_048);
  for (let i = 0; i < frame.bytes.length; i++) frame.bytes[i] = i * 31;
  return frame;
}

const path = {
  srcMac: 0x0200_0000_0001,
  dstMac: 0x0200_0000_0002,
  srcIp: 0x0a000001,
  dstIp: 0x0a000002,
  srcPort: 40_000,
  dstPort: 4_100,
};

function writeFrames(): number {
  const frame = frameOfBytes();
  return nsPerCall(() => {
    for (let i = 0; i < CALLS; i++) {
      path.srcPort = i & 0xffff;
      writeUdpFrame(frame, path, PAYLOAD_BYTES);
    }
    return frame.length;
  });
}

function readFrames(): number {
  const frame = frameOfBytes();
  writeUdpFrame(frame, path, PAYLOAD_BYTES);
  const datagram = new UdpDatagram();
  return nsPerCall(() => {
    let sum = 0;
    for (let i = 0; i < CALLS; i++) sum += readUdpFrame(frame, datagram) + datagram.payloadBytes;
    return sum;
  });
}

function pegasusMessages(): number {
  const { view, start } = frameOfBytes();
  const record = new PegasusRecord();
  const base = start + UDP_PAYLOAD_OFFSET;
  return nsPerCall(() => {
    let sum = 0;
    for (let i = 0; i < CALLS; i++) {
      record.requestIdLo = i;
      encodePegasus(view, base, record);
      sum += decodePegasus(view, base, PAYLOAD_BYTES, record);
    }
    return sum;
  });
}

function sums(): number {
  const { view, start } = frameOfBytes();
  return nsPerCall(() => {
    let sum = 0;
    for (let i = 0; i < CALLS; i++) sum += sumWords(view, start + (i & 14), start + (i & 14) + PAYLOAD_BYTES);
    return sum;
  });
}

function crcs(): number {
  const { bytes, start } = frameOfBytes();
  return nsPerCall(() => {
    let sum = 0;
    for (let i = 0; i < CALLS; i++) sum += crc32(bytes, start + (i & 15), start + (i & 15) + KEY_BYTES);
    return sum;
  });
}

function halfSipHashes(): number {
  const { bytes, start } = frameOfBytes();
  const key = { k0: 0x03020100, k1: 0x07060504 };
  const out = new Hash64();
  return nsPerCall(() => {
    let sum = 0;
    for (let i = 0; i < CALLS; i++) {
      halfSipHash64(bytes, start + (i & 15), start + (i & 15) + KEY_BYTES, key, out);
      sum += out.lo;
    }
    return sum;
  });
}

export default [
  { name: 'wire.write-udp-128', unit: 'ns', run: writeFrames },
  { name: 'wire.read-udp-128', unit: 'ns', run: readFrames },
  { name: 'wire.pegasus-header', unit: 'ns', run: pegasusMessages },
  { name: 'wire.sum-128', unit: 'ns', run: sums },
  { name: 'wire.crc32-16', unit: 'ns', run: crcs },
  { name: 'wire.half-sip-hash-16', unit: 'ns', run: halfSipHashes },
];
