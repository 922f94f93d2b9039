/**
 * Capture files in the classic pcap format (draft-ietf-opsawg-pcap), bytes in, bytes out. No pcapng.
 *
 * A file is a header of 24 bytes, then records of 16 bytes and the captured packet:
 *
 *     magic(4) major(2) minor(2) reserved(4) reserved(4) snap length(4) link type(4)
 *     seconds(4) fraction(4) captured bytes(4) original bytes(4) packet
 *
 * The magic tells the byte order of its writer and whether the fraction counts micro- or nanoseconds.
 */
import { DetailedError, type Nanos } from '@ballast/base';

const PCAP_FILE_HEADER_BYTES = 24;
const PCAP_RECORD_HEADER_BYTES = 16;
/** Longest capture of one packet that readers accept, whatever the file's snap length (as libpcap has it). */
export const PCAP_SNAP_BYTES_MAX = 262_144;

/** Link types (draft-ietf-opsawg-pcaplinktype); others read and write as their numbers. */
export const PcapLinkType = {
  Ethernet: 1,
  RawIp: 101,
} as const;

export type PcapResolution = 'microseconds' | 'nanoseconds';

const MAGIC = { microseconds: 0xa1b2c3d4, nanoseconds: 0xa1b23c4d } as const;
const PCAPNG_MAGIC = 0x0a0d0d0a;
const VERSION_MAJOR = 2;
const VERSION_MINOR = 4;
const NANOS_PER_SECOND = 1e9;
const NANOS_PER_MICROSECOND = 1e3;

/** `offset` is where the damaged record or field starts, in bytes from the start of the file. */
export type PcapErrorDetail =
  | {
      code: 'PCAP_TRUNCATED';
      offset: number;
      part: 'file header' | 'record header' | 'packet';
      missingBytes: number;
    }
  | { code: 'PCAP_MAGIC'; offset: number; magic: number }
  | { code: 'PCAP_VERSION'; offset: number; major: number; minor: number }
  | {
      code: 'PCAP_PACKET_LENGTH';
      offset: number;
      capturedBytes: number;
      originalBytes: number;
      snapBytes: number;
    }
  | { code: 'PCAP_TIMESTAMP'; offset: number; fraction: number; resolution: PcapResolution };

/** A file that is no classic pcap, or is damaged. */
export class PcapError extends DetailedError<PcapErrorDetail> {
  protected override explain(d: PcapErrorDetail): string {
    switch (d.code) {
      case 'PCAP_TRUNCATED':
        return `pcap ends inside the ${d.part} at offset ${d.offset}: ${d.missingBytes} bytes are missing`;
      case 'PCAP_MAGIC': {
        const cure = d.magic === PCAPNG_MAGIC ? ' but pcapng; convert it with: editcap -F pcap' : '';
        return `no pcap file${cure} (magic 0x${d.magic.toString(16).padStart(8, '0')} at offset ${d.offset})`;
      }
      case 'PCAP_VERSION':
        return `pcap version ${d.major}.${d.minor} at offset ${d.offset} is not 2.4`;
      case 'PCAP_PACKET_LENGTH':
        return (
          `pcap record at offset ${d.offset} is corrupt: ${d.capturedBytes} bytes captured ` +
          `of ${d.originalBytes}, in a file that keeps at most ${d.snapBytes}`
        );
      case 'PCAP_TIMESTAMP':
        return `pcap record at offset ${d.offset} is corrupt: ${d.fraction} ${d.resolution} exceed a second`;
    }
  }
}

export interface PcapHeader {
  readonly resolution: PcapResolution;
  readonly isLittleEndian: boolean;
  /** Longest packet that the capture keeps. 0 in a file means no limit, and reads as PCAP_SNAP_BYTES_MAX. */
  readonly snapBytes: number;
  readonly linkType: number;
}

export interface PcapRecord {
  /** Since 1970, or since whatever the writer counts from. */
  readonly seconds: number;
  readonly nanoseconds: number;
  /** A view of the file's bytes, cut at the snap length. */
  readonly bytes: Uint8Array;
  /** Length of the packet on the wire. */
  readonly originalBytes: number;
}

/** The header of a capture file. Throws PcapError. */
export function readPcapHeader(file: Uint8Array): PcapHeader {
  const view = viewOf(file);
  const missingBytes = PCAP_FILE_HEADER_BYTES - file.length;
  if (file.length < 4) throw truncated(0, 'file header', missingBytes);
  const { resolution, isLittleEndian } = interpretMagic(view.getUint32(0), view.getUint32(0, true));
  if (missingBytes > 0) throw truncated(0, 'file header', missingBytes);
  const major = view.getUint16(4, isLittleEndian);
  const minor = view.getUint16(6, isLittleEndian);
  if (major !== VERSION_MAJOR || minor !== VERSION_MINOR) {
    throw new PcapError({ code: 'PCAP_VERSION', offset: 4, major, minor });
  }
  return {
    resolution,
    isLittleEndian,
    snapBytes: view.getUint32(16, isLittleEndian) || PCAP_SNAP_BYTES_MAX,
    linkType: view.getUint32(20, isLittleEndian) & 0xffff, // The upper half tells about check sequences.
  };
}

/**
 * The records of a capture file, in file order. Throws PcapError where it is damaged: the records before
 * that place have been yielded.
 */
export function* readPcap(file: Uint8Array): Generator<PcapRecord, void, undefined> {
  const header = readPcapHeader(file);
  const view = viewOf(file);
  for (let offset = PCAP_FILE_HEADER_BYTES; offset < file.length;) {
    const record = readRecord(file, view, offset, header);
    yield record;
    offset += PCAP_RECORD_HEADER_BYTES + record.bytes.length;
  }
}

export interface PcapWriterOptions {
  /** Longest part of a packet that is kept. Default: PCAP_SNAP_BYTES_MAX. */
  readonly snapBytes?: number;
  /** Default: nanoseconds. Microseconds round down. */
  readonly resolution?: PcapResolution;
  /** Default: Ethernet. */
  readonly linkType?: number;
  /** Added to every time, in seconds since 1970. Default: 0, so that simulated runs give equal files. */
  readonly epochSeconds?: number;
}

/** Writes a capture file piece by piece: `header()` first, then `packet()` for each; big-endian. */
export class PcapWriter {
  readonly #snapBytes: number;
  readonly #resolution: PcapResolution;
  readonly #linkType: number;
  readonly #epochSeconds: number;

  constructor(options: PcapWriterOptions = {}) {
    this.#snapBytes = options.snapBytes ?? PCAP_SNAP_BYTES_MAX;
    this.#resolution = options.resolution ?? 'nanoseconds';
    this.#linkType = options.linkType ?? PcapLinkType.Ethernet;
    this.#epochSeconds = options.epochSeconds ?? 0;
  }

  /** The first bytes of the file. */
  header(): Uint8Array {
    const chunk = new Uint8Array(PCAP_FILE_HEADER_BYTES);
    const view = viewOf(chunk);
    view.setUint32(0, MAGIC[this.#resolution]);
    view.setUint16(4, VERSION_MAJOR);
    view.setUint16(6, VERSION_MINOR);
    view.setUint32(16, this.#snapBytes);
    view.setUint32(20, this.#linkType);
    return chunk;
  }

  /**
   * One record: a fresh chunk with a copy of the packet.
   *
   * @param originalBytes length on the wire, when `bytes` is already a cut of it.
   */
  packet(now: Nanos, bytes: Uint8Array, originalBytes: number = bytes.length): Uint8Array {
    const capturedBytes = Math.min(bytes.length, this.#snapBytes);
    const chunk = new Uint8Array(PCAP_RECORD_HEADER_BYTES + capturedBytes);
    const view = viewOf(chunk);
    const seconds = Math.floor(now / NANOS_PER_SECOND);
    const nanoseconds = Math.floor(now - seconds * NANOS_PER_SECOND);
    view.setUint32(0, this.#epochSeconds + seconds);
    view.setUint32(4, Math.floor(nanoseconds / nanosPerUnit(this.#resolution)));
    view.setUint32(8, capturedBytes);
    view.setUint32(12, originalBytes);
    chunk.set(bytes.subarray(0, capturedBytes), PCAP_RECORD_HEADER_BYTES);
    return chunk;
  }
}

function readRecord(file: Uint8Array, view: DataView, offset: number, header: PcapHeader): PcapRecord {
  const { isLittleEndian, resolution, snapBytes } = header;
  const start = offset + PCAP_RECORD_HEADER_BYTES;
  if (start > file.length) throw truncated(offset, 'record header', start - file.length);
  const fraction = view.getUint32(offset + 4, isLittleEndian);
  const capturedBytes = view.getUint32(offset + 8, isLittleEndian);
  const originalBytes = view.getUint32(offset + 12, isLittleEndian);
  // Some writers keep more than the snap length they announce; libpcap bears with them up to its own limit.
  if (capturedBytes > originalBytes || capturedBytes > Math.max(snapBytes, PCAP_SNAP_BYTES_MAX)) {
    throw new PcapError({ code: 'PCAP_PACKET_LENGTH', offset, capturedBytes, originalBytes, snapBytes });
  }
  const end = start + capturedBytes;
  if (end > file.length) throw truncated(offset, 'packet', end - file.length);
  const nanoseconds = fraction * nanosPerUnit(resolution);
  if (nanoseconds >= NANOS_PER_SECOND)
    throw new PcapError({ code: 'PCAP_TIMESTAMP', offset, fraction, resolution });
  return {
    seconds: view.getUint32(offset, isLittleEndian),
    nanoseconds,
    bytes: file.subarray(start, end),
    originalBytes,
  };
}

function interpretMagic(
  bigEndian: number,
  littleEndian: number,
): Pick<PcapHeader, 'resolution' | 'isLittleEndian'> {
  for (const resolution of ['microseconds', 'nanoseconds'] as const) {
    if (bigEndian === MAGIC[resolution]) return { resolution, isLittleEndian: false };
    if (littleEndian === MAGIC[resolution]) return { resolution, isLittleEndian: true };
  }
  throw new PcapError({ code: 'PCAP_MAGIC', offset: 0, magic: bigEndian });
}

function nanosPerUnit(resolution: PcapResolution): number {
  return resolution === 'nanoseconds' ? 1 : NANOS_PER_MICROSECOND;
}

function truncated(
  offset: number,
  part: 'file header' | 'record header' | 'packet',
  missingBytes: number,
): PcapError {
  return new PcapError({ code: 'PCAP_TRUNCATED', offset, part, missingBytes });
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
