import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeWritableFolder } from '../writable-folder.ts';

/** What a divergence leaves for a person to look at. */
export interface DivergenceFiles {
  readonly caseSeed: number;
  readonly text: string;
  /** The packets, for tcpdump and Wireshark. */
  readonly pcap: Uint8Array;
}

/** Writes each under `out`/program-fuzz, packets as a capture and the whole in words; returns the paths. */
export function writeDivergences(out: string, divergences: readonly DivergenceFiles[]): string[] {
  if (divergences.length === 0) return [];
  const folder = join(out, 'program-fuzz');
  makeWritableFolder(folder);
  return divergences.flatMap(({ caseSeed, pcap, text }) => {
    const path = join(folder, `divergence-${caseSeed}`);
    writeFileSync(`${path}.pcap`, pcap);
    writeFileSync(`${path}.txt`, text);
    return [`${path}.pcap`, `${path}.txt`];
  });
}
