/** 48-bit big-endian integers (MAC addresses, version counters) as numbers: below 2^53, so exact. */

const TWO_POW_32 = 0x1_0000_0000;

export const UINT48_MAX = 0xffff_ffff_ffff;

export function getUint48(view: DataView, offset: number): number {
  return view.getUint16(offset) * TWO_POW_32 + view.getUint32(offset + 2);
}

/** Writes the low 48 bits of a value. Precondition: an integer from 0 to UINT48_MAX. */
export function setUint48(view: DataView, offset: number, value: number): void {
  view.setUint16(offset, value / TWO_POW_32);
  view.setUint32(offset + 2, value);
}
