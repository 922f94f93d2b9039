/**
 * Versions are (incarnation of the switch: 16 bits, counter: 48 bits), compared in that order. Each write of
 * the rack has its own; 0.0 stands for "never written".
 */
import { pegasusHeader } from '@ballast/wire';

const TWO_POW_32 = 0x1_0000_0000;
const at = pegasusHeader.offset;

/** Is version a newer than version b? */
export function isNewer(
  aIncarnation: number,
  aCounter: number,
  bIncarnation: number,
  bCounter: number,
): boolean {
  return aIncarnation !== bIncarnation ? aIncarnation > bIncarnation : aCounter > bCounter;
}

/** A request id, below 2^53, of a message that starts at `base`. */
export function requestIdAt(view: DataView, base: number): number {
  return view.getUint32(base + at.requestId) * TWO_POW_32 + view.getUint32(base + at.requestId + 4);
}
