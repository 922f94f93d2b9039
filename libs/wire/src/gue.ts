/** Generic UDP Encapsulation, variant 0 (draft-ietf-intarea-gue-09 §3). Variant 1 (bare IP) is refused. */
import { Drop } from './drop.ts';
import { bits, header } from './header.ts';

/** Registered UDP destination port. */
export const GUE_PORT = 6080;

export const gueHeader = header('gue', {
  variant: bits(2),
  /** 1: a control message, and `protocol` is a control type. */
  control: bits(1),
  /** Optional fields after these four bytes, in 32-bit words. */
  headerLength: bits(5),
  /** IP protocol number of the payload ("proto/ctype" in the draft). */
  protocol: bits(8),
  flags: bits(16),
});
const at = gueHeader.offset;

export class GueRecord {
  control = 0;
  protocol = 0;
  /** Where the payload starts, from the start of the header: 4 and the optional fields. */
  headerBytes: number = gueHeader.bytes;
}

/**
 * Decodes into `out`. Private data behind the fixed bytes is skipped by its length.
 *
 * A set flag announces an optional field that may change what the payload is (a fragment, a transformed
 * payload); none is implemented, so any is Drop.Unsupported, as the draft asks of a decapsulator.
 */
export function decodeGue(view: DataView, base: number, length: number, out: GueRecord): Drop {
  if (length < gueHeader.bytes) return Drop.Truncated;
  const first = view.getUint8(base + at.variant); // variant 2, control 1, header length 5.
  if (first >>> 6 !== 0) return Drop.BadVersion;
  const headerBytes = gueHeader.bytes + 4 * (first & 0x1f);
  if (headerBytes > length) return Drop.Truncated;
  if (view.getUint16(base + at.flags) !== 0) return Drop.Unsupported;
  out.control = (first >>> 5) & 1;
  out.protocol = view.getUint8(base + at.protocol);
  out.headerBytes = headerBytes;
  return Drop.None;
}

/** Writes the four fixed bytes, without optional fields, whatever `record.headerBytes` says. */
export function encodeGue(view: DataView, base: number, record: GueRecord): void {
  view.setUint8(base + at.variant, record.control << 5);
  view.setUint8(base + at.protocol, record.protocol);
  view.setUint16(base + at.flags, 0);
}
