/** Bytes from hexadecimal text; blanks and line breaks are for the reader. */
export function fromHex(text: string): Uint8Array {
  return Uint8Array.fromHex(text.replaceAll(/\s/g, ''));
}

export function toHex(bytes: Uint8Array): string {
  return bytes.toHex();
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
