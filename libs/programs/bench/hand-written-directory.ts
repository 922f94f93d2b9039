/** What a person would write for the same packets and nothing else: parse, look up, rewrite, checksum. */
import type { Frame } from '@ballast/base';

const IP = 14;
const UDP = 34;
const PEGASUS = 42;

function adjust(frame: Frame, at: number, delta: number): void {
  const { view, start } = frame;
  let sum = 0xffff - view.getUint16(start + at) + delta;
  sum = (sum & 0xffff) + (sum >>> 16);
  sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(start + at, 0xffff - sum);
}

/** One probe by key hash, the next server in turn, new addresses. */
export class HandWrittenDirectory {
  readonly #hashHi = new Uint32Array(256);
  readonly #hashLo = new Uint32Array(256);
  readonly #next = new Uint8Array(256);
  readonly #servers: number;

  constructor(hashes: readonly bigint[], servers: number) {
    this.#servers = servers;
    for (const hash of hashes) {
      const lo = Number(hash & 0xffff_ffffn);
      let slot = lo & 255;
      while (this.#hashLo[slot] !== 0) slot = (slot + 1) & 255;
      this.#hashHi[slot] = Number(hash >> 32n);
      this.#hashLo[slot] = lo;
    }
  }

  process(frame: Frame): void {
    const { view, start } = frame;
    if (view.getUint16(start + 12) !== 0x0800 || view.getUint16(start + UDP + 2) !== 4100) return;
    const hi = view.getUint32(start + PEGASUS + 34);
    const lo = view.getUint32(start + PEGASUS + 38);
    let slot = lo & 255;
    while (this.#hashLo[slot] !== lo || this.#hashHi[slot] !== hi) slot = (slot + 1) & 255;
    const server = (this.#next[slot]! + 1) % this.#servers;
    this.#next[slot] = server;
    const before = view.getUint16(start + IP + 16) + view.getUint16(start + IP + 18);
    const address = 0x0a00_0101 + server;
    view.setUint32(start + IP + 16, address);
    const delta = 0x2_0000 - 2 + (address >>> 16) + (address & 0xffff) - before;
    adjust(frame, IP + 10, delta);
    adjust(frame, UDP + 6, delta);
    view.setUint16(start, 0x0200);
    view.setUint32(start + 2, 0x100 + server);
    view.setUint16(start + 6, 0x0200);
    view.setUint32(start + 8, 0xffff);
  }
}
