import { hex } from './hexdump.ts';
import { TcpOptionKind } from './tcp-options.ts';

/** TCP options as tcpdump prints them: 'mss 1460,nop,wscale 7,sackOK,eol'. '' for none. */
export function formatTcpOptions(options: Uint8Array): string {
  const texts: string[] = [];
  const view = new DataView(options.buffer, options.byteOffset, options.byteLength);
  for (let at = 0; at < options.length;) {
    const kind = options[at]!;
    if (kind === TcpOptionKind.EndOfList) {
      texts.push('eol');
      break;
    }
    if (kind === TcpOptionKind.NoOperation) {
      texts.push('nop');
      at++;
      continue;
    }
    const length = options[at + 1] ?? 0;
    if (length < 2 || at + length > options.length) {
      texts.push(badOption(kind, length));
      break;
    }
    texts.push(formatOption(view, at, kind, length));
    at += length;
  }
  return texts.join(',');
}

/** One option, whole in the view. */
function formatOption(view: DataView, at: number, kind: number, length: number): string {
  const form = `${kind}/${length}`;
  switch (form) {
    case `${TcpOptionKind.MaximumSegmentSize}/4`:
      return `mss ${view.getUint16(at + 2)}`;
    case `${TcpOptionKind.WindowScale}/3`:
      return `wscale ${view.getUint8(at + 2)}`;
    case `${TcpOptionKind.SackPermitted}/2`:
      return 'sackOK';
    case `${TcpOptionKind.Timestamps}/10`:
      return `TS val ${view.getUint32(at + 2)} ecr ${view.getUint32(at + 6)}`;
  }
  if (kind === TcpOptionKind.Sack && length > 2 && length % 8 === 2) return formatSack(view, at, length);
  if (KNOWN_KINDS.has(kind)) return badOption(kind, length);
  return `unknown-${kind} 0x${hex(new Uint8Array(view.buffer, view.byteOffset + at + 2, length - 2))}`;
}

const KNOWN_KINDS: ReadonlySet<number> = new Set(Object.values(TcpOptionKind));

function badOption(kind: number, length: number): string {
  return `bad option ${kind} of length ${length}`;
}

function formatSack(view: DataView, at: number, length: number): string {
  const blocks: string[] = [];
  for (let edge = at + 2; edge < at + length; edge += 8) {
    blocks.push(`{${view.getUint32(edge)}:${view.getUint32(edge + 4)}}`);
  }
  return `sack ${blocks.length} ${blocks.join('')}`;
}
