const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** Where a record header has the number of bytes that were kept of the packet. */
const CAPTURED_BYTES_OFFSET = 8;

/**
 * Cuts a pcap stream, which comes in chunks of any size, after whole records, so that a capture that is
 * broken
 * off is a sound file. Big-endian, as our writer makes them.
 */
export class WholeRecords {
  #rest = new Uint8Array(0);
  #hasHeader = false;
  #packets = 0;

  /** Packets in what was given out so far. */
  get packets(): number {
    return this.#packets;
  }

  /** Everything up to the end of the last whole record. */
  feed(chunk: Uint8Array): Uint8Array {
    const bytes = Buffer.concat([this.#rest, chunk]);
    let end = 0;
    if (!this.#hasHeader && bytes.length >= FILE_HEADER_BYTES) {
      this.#hasHeader = true;
      end = FILE_HEADER_BYTES;
    }
    while (this.#hasHeader && bytes.length - end >= RECORD_HEADER_BYTES) {
      const next = end + RECORD_HEADER_BYTES + bytes.readUInt32BE(end + CAPTURED_BYTES_OFFSET);
      if (next > bytes.length) break;
      end = next;
      this.#packets++;
    }
    this.#rest = bytes.subarray(end);
    return bytes.subarray(0, end);
  }
}
