/** What generated code calls: the few things that would only be longer, not faster, when spelled out. */
import { assert } from '@ballast/base';
import { Hash64, halfSipHash64 } from '@ballast/wire';
import {
  crc16Bytes1,
  crc16Bytes2,
  crc16Bytes3,
  crc16Bytes4,
  crc32Bytes1,
  crc32Bytes2,
  crc32Bytes3,
  crc32Bytes4,
} from './crc.ts';

/** The next number of a generator and its new state, signed: xorshift32 (Marsaglia, 2003). */
function nextRandom(state: Uint32Array): number {
  let x = state[0]!;
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  state[0] = x;
  return x;
}

/** Moves bytes towards the front of a buffer; the two ranges may overlap. */
function moveToFront(view: DataView, from: number, to: number, bytes: number): void {
  let i = 0;
  for (; i + 4 <= bytes; i += 4) view.setUint32(to + i, view.getUint32(from + i));
  for (; i < bytes; i++) view.setUint8(to + i, view.getUint8(from + i));
}

/** Moves bytes towards the end of a buffer; the two ranges may overlap. */
function moveToBack(view: DataView, from: number, to: number, bytes: number): void {
  let i = bytes;
  for (; i >= 4; i -= 4) view.setUint32(to + i - 4, view.getUint32(from + i - 4));
  for (; i > 0; i--) view.setUint8(to + i - 1, view.getUint8(from + i - 1));
}

/** Pushed headers go into the headroom in front of a frame; leaving enough of it is the port's duty. */
function requireHeadroom(start: number): void {
  assert(start >= 0, 'a port leaves the headroom that programs need');
}

/** Longest argument of a HalfSipHash that one program may have. */
export const SIP_BYTES_MAX = 256;

/** By the names under which generated code knows them. */
export class Runtime {
  readonly crc16Bytes1 = crc16Bytes1;
  readonly crc16Bytes2 = crc16Bytes2;
  readonly crc16Bytes3 = crc16Bytes3;
  readonly crc16Bytes4 = crc16Bytes4;
  readonly crc32Bytes1 = crc32Bytes1;
  readonly crc32Bytes2 = crc32Bytes2;
  readonly crc32Bytes3 = crc32Bytes3;
  readonly crc32Bytes4 = crc32Bytes4;
  readonly halfSipHash64 = halfSipHash64;
  readonly moveToBack = moveToBack;
  readonly moveToFront = moveToFront;
  readonly nextRandom = nextRandom;
  readonly requireHeadroom = requireHeadroom;
  /** Room for the bytes that a HalfSipHash is over, and for its result. */
  readonly sip: { readonly bytes: Uint8Array; readonly view: DataView; readonly hash: Hash64 };

  constructor() {
    const bytes = new Uint8Array(SIP_BYTES_MAX);
    this.sip = { bytes, view: new DataView(bytes.buffer), hash: new Hash64() };
  }
}
