/**
 * What servers hand to one another when a key becomes hot or cold: the key's item, the executed requests
 * of the key, and every client's watermark. One byte string, sent in parts that fit a packet.
 *
 * Layout, big-endian:
 *
 *     u16 clients, then each: u32 client, u64 watermark
 *     u16 requests, then each: u32 client, u64 request, u64 key hash, u16 incarnation, u48 counter
 *     u8 item (0 none, 1 value, 2 tombstone); unless none: u16 incarnation, u48 counter, u16 length, value
 */
import type { ExecutedEntry, ExecutedRequests } from './executed-requests.ts';
import { type ItemStore, MISS } from './item-store.ts';
import { getUint48, setUint48 } from '@ballast/wire';

/** Longest part: with headers and a key of 255 bytes it fits an MTU of 1500. */
export const PART_BYTES_MAX = 1024;

export interface HandedItem {
  readonly incarnation: number;
  readonly counter: number;
  /** Null: a tombstone. */
  readonly value: Uint8Array | null;
}
export interface HandOver {
  readonly watermarks: readonly (readonly [clientId: number, watermark: number])[];
  readonly requests: readonly ExecutedEntry[];
  readonly item: HandedItem | null;
}

const CLIENT_BYTES = 12;
const REQUEST_BYTES = 28;
const ITEM_BYTES = 10;
const TWO_POW_32 = 0x1_0000_0000;

/** What a server knows of the keys with a hash. `item` is MISS when it holds none, or none is wanted. */
export function collectHandOver(
  executed: ExecutedRequests,
  store: ItemStore,
  hashHi: number,
  hashLo: number,
  item: number,
): HandOver {
  let handed: HandedItem | null = null;
  if (item !== MISS) {
    const value = store.isTombstone(item) ? null : new Uint8Array(store.valueBytes(item));
    if (value !== null) store.copyValue(item, value, 0);
    handed = { incarnation: store.versionIncarnation(item), counter: store.versionCounter(item), value };
  }
  return { watermarks: [...executed.watermarks()], requests: executed.ofHash(hashHi, hashLo), item: handed };
}

export function encodeHandOver({ watermarks, requests, item }: HandOver): Uint8Array {
  const itemBytes = item === null ? 1 : 1 + ITEM_BYTES + (item.value?.length ?? 0);
  const bytes = new Uint8Array(
    4 + watermarks.length * CLIENT_BYTES + requests.length * REQUEST_BYTES + itemBytes,
  );
  const view = new DataView(bytes.buffer);
  let at = 0;
  view.setUint16(at, watermarks.length);
  at += 2;
  for (const [clientId, watermark] of watermarks) {
    view.setUint32(at, clientId);
    setUint53(view, at + 4, watermark);
    at += CLIENT_BYTES;
  }
  view.setUint16(at, requests.length);
  at += 2;
  for (const request of requests) {
    view.setUint32(at, request.clientId);
    setUint53(view, at + 4, request.requestId);
    view.setUint32(at + 12, request.hashHi);
    view.setUint32(at + 16, request.hashLo);
    view.setUint16(at + 20, request.incarnation);
    setUint48(view, at + 22, request.counter);
    at += REQUEST_BYTES;
  }
  if (item === null) return bytes;
  view.setUint8(at, item.value === null ? 2 : 1);
  view.setUint16(at + 1, item.incarnation);
  setUint48(view, at + 3, item.counter);
  view.setUint16(at + 9, item.value?.length ?? 0);
  if (item.value !== null) bytes.set(item.value, at + 1 + ITEM_BYTES);
  return bytes;
}

/** The hand-over in the bytes, or null when they are not one. */
export function decodeHandOver(bytes: Uint8Array): HandOver | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length;
  let at = 2;
  if (length < at) return null;
  const clients = view.getUint16(0);
  if (length < at + clients * CLIENT_BYTES + 2) return null;
  const watermarks: [number, number][] = [];
  for (let i = 0; i < clients; i++, at += CLIENT_BYTES)
    watermarks.push([view.getUint32(at), getUint53(view, at + 4)]);
  const count = view.getUint16(at);
  at += 2;
  if (length < at + count * REQUEST_BYTES + 1) return null;
  const requests: ExecutedEntry[] = [];
  for (let i = 0; i < count; i++, at += REQUEST_BYTES) {
    requests.push({
      clientId: view.getUint32(at),
      requestId: getUint53(view, at + 4),
      hashHi: view.getUint32(at + 12),
      hashLo: view.getUint32(at + 16),
      incarnation: view.getUint16(at + 20),
      counter: getUint48(view, at + 22),
    });
  }
  const kind = view.getUint8(at);
  if (kind === 0) return { watermarks, requests, item: null };
  if (kind > 2 || length < at + 1 + ITEM_BYTES) return null;
  const start = at + 1 + ITEM_BYTES;
  const valueBytes = view.getUint16(at + 9);
  if (length !== start + valueBytes) return null;
  const value = kind === 2 ? null : bytes.slice(start, start + valueBytes);
  return {
    watermarks,
    requests,
    item: { incarnation: view.getUint16(at + 1), counter: getUint48(view, at + 3), value },
  };
}

/** Joins what several servers handed over: every request once, the largest watermarks, the newest item. */
export function mergeHandOvers(parts: readonly HandOver[]): HandOver {
  const watermarks = new Map<number, number>();
  const requests = new Map<string, ExecutedEntry>();
  let item: HandedItem | null = null;
  for (const part of parts) {
    for (const [clientId, mark] of part.watermarks)
      watermarks.set(clientId, Math.max(mark, watermarks.get(clientId) ?? 0));
    for (const request of part.requests) requests.set(`${request.clientId}:${request.requestId}`, request);
    if (part.item !== null && (item === null || isNewerItem(part.item, item))) item = part.item;
  }
  return { watermarks: [...watermarks], requests: [...requests.values()], item };
}

/** How many parts a byte string is sent in: at least one. */
export function partsOf(bytes: Uint8Array): number {
  return Math.max(1, Math.ceil(bytes.length / PART_BYTES_MAX));
}

export function partAt(bytes: Uint8Array, part: number): Uint8Array {
  return bytes.subarray(part * PART_BYTES_MAX, (part + 1) * PART_BYTES_MAX);
}

export function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function isNewerItem(a: HandedItem, b: HandedItem): boolean {
  return a.incarnation !== b.incarnation ? a.incarnation > b.incarnation : a.counter > b.counter;
}

function getUint53(view: DataView, at: number): number {
  return view.getUint32(at) * TWO_POW_32 + view.getUint32(at + 4);
}

function setUint53(view: DataView, at: number, value: number): void {
  view.setUint32(at, value / TWO_POW_32);
  view.setUint32(at + 4, value);
}
