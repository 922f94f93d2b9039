/** What keys are called: from the index of a key to its bytes on the wire, and back. */
export interface KeyNames {
  /** Length of the longest key. */
  readonly bytesMax: number;
  /** Writes the key of `index` at `offset`, where `bytesMax` bytes have room. Returns its length. */
  write(index: number, out: Uint8Array, offset: number): number;
  /** The index of a key, or NOT_A_KEY. */
  indexOf(text: string): number;
  /** The key as a string. May allocate: for logs, histories and printers. */
  format(index: number): string;
}
