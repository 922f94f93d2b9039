const BYTES_PER_LINE = 16;

/** Bytes as `tcpdump -X` prints them, 16 a line: offset, pairs of bytes, printable ASCII. '' for none. */
export function hexdump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) {
    const line = bytes.subarray(at, at + BYTES_PER_LINE);
    const offset = at.toString(16).padStart(4, '0');
    lines.push(`0x${offset}:  ${pairs(line).padEnd(39)}  ${printable(line)}`);
  }
  return lines.join('\n');
}

/** '4500 0034 00'. */
function pairs(line: Uint8Array): string {
  return hex(line).replaceAll(/.{4}(?!$)/g, '$& ');
}

/** Bytes as hexadecimal digits without separators. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Printable ASCII as it is, anything else as a dot. */
function printable(line: Uint8Array): string {
  return Array.from(line, (byte) => (byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : '.')).join(
    '',
  );
}
