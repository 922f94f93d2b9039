/**
 * Random packets for a program, made from its own parser: a way through the graph, fields that take it,
 * lengths and checksums as they should be; and then, for some, one thing wrong.
 */
import { present, type Prng } from '@ballast/base';
import {
  type FieldLayout,
  finishChecksum,
  finishUdpChecksum,
  type HeaderType,
  readField,
  sumWords,
  writeField,
} from '@ballast/wire';
import { checksumField, PSEUDO_FIELDS } from '../checksum-rules.ts';
import type { Program } from '../ir.ts';
import { fieldPath, type ParserGraph, type ParserState, type SelectCase } from '../parser-graph.ts';
import { PACKET_BYTES_MAX } from './execution.ts';
import { between, pickWeighted, randomValue, uniformValue } from './random-values.ts';
import type { ValuePool } from './value-pool.ts';

/** A header in a packet. */
export interface Placed {
  readonly header: string;
  readonly type: HeaderType;
  readonly offset: number;
}
/** A packet and where its headers lie, as far as its maker knows. */
export interface RandomPacket {
  readonly bytes: Uint8Array;
  readonly placed: readonly Placed[];
}

/** A case of a state that a packet is to take. */
interface Taken {
  readonly state: ParserState;
  readonly taken: SelectCase;
}

const PAYLOAD_BYTES_MAX = 64;
const IPV4_DEFAULTS = { version: 4n, ihl: 5n, flags: 2n, fragmentOffset: 0n, ttl: 64n } as const;
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, bigint>>>> = {
  ipv4: IPV4_DEFAULTS,
  ipv6: { version: 6n },
  tcp: { dataOffset: 5n },
};

export class PacketSource {
  readonly #rng: Prng;
  readonly #graph: ParserGraph;
  readonly #pool: ValuePool;

  constructor(rng: Prng, program: Program, pool: ValuePool) {
    this.#rng = rng;
    this.#graph = program.parser;
    this.#pool = pool;
  }

  /** A new packet; about two of three are flawless. */
  next(): RandomPacket {
    const { placed, cases } = this.#way();
    const last = present(placed.at(-1), 'a way has a start');
    const headerBytes = last.offset + last.type.bytes;
    const payloadBytes = between(this.#rng, 0, PAYLOAD_BYTES_MAX);
    const bytes = this.#payload(Math.min(headerBytes + payloadBytes, PACKET_BYTES_MAX));
    for (const { header, type, offset } of placed) this.#fillHeader(bytes, header, type, offset);
    this.#take(bytes, placed, cases);
    if (this.#rng.chance(0.9)) settleLengths(bytes, placed);
    settleChecksums(bytes, placed);
    return this.#flawed({ bytes, placed });
  }

  /** A variation of a packet that did something new. */
  variation({ bytes: original, placed }: RandomPacket): RandomPacket {
    const rng = this.#rng;
    const bytes = original.slice();
    const there = placed.filter(({ offset, type }) => offset + type.bytes <= bytes.length);
    for (let i = between(rng, 1, 3); i > 0 && there.length > 0; i--) {
      const { header, type, offset } = rng.pick(there);
      const field = rng.pick(type.layout);
      writeField(bytes, offset, field, this.#pool.field(`${header}.${field.name}`, field.width));
    }
    if (there.length === placed.length && rng.chance(0.7)) settleChecksums(bytes, placed);
    return rng.chance(0.3) ? this.#flawed({ bytes, placed }) : { bytes, placed };
  }

  /** A way through the graph: the headers met, and the cases taken. */
  #way(): { placed: Placed[]; cases: Taken[] } {
    const rng = this.#rng;
    const placed: Placed[] = [];
    const cases: Taken[] = [];
    let offset = 0;
    for (let name: string | null = this.#graph.start; name !== null;) {
      const header: string = name;
      const state = present(
        this.#graph.states.find((s) => s.header === header),
        `state ${header} exists`,
      );
      const type = present(this.#graph.types[header], 'states have types');
      placed.push({ header, type, offset });
      offset += type.bytes;
      if (state.cases.length > 0 && (state.otherwise === null || rng.chance(0.7)) && rng.chance(0.93)) {
        const taken = rng.pick(state.cases);
        cases.push({ state, taken });
        name = taken.next;
      } else {
        name = state.otherwise;
      }
    }
    return { placed, cases };
  }

  #payload(length: number): Uint8Array {
    const rng = this.#rng;
    const bytes = new Uint8Array(length);
    const style = rng.below(3);
    for (let i = 0; i < length; i++) bytes[i] = style === 0 ? 0 : style === 1 ? 0xff : rng.below(256);
    return bytes;
  }

  #fillHeader(bytes: Uint8Array, header: string, type: HeaderType, offset: number): void {
    const defaults = DEFAULTS[type.name];
    for (const field of type.layout) {
      const byDefault = this.#rng.chance(0.97) ? defaults?.[field.name] : undefined;
      writeField(bytes, offset, field, byDefault ?? this.#pool.field(`${header}.${field.name}`, field.width));
    }
  }

  /** Sets the fields that take the cases. A near miss leaves one of them to chance. */
  #take(bytes: Uint8Array, placed: readonly Placed[], cases: readonly Taken[]): void {
    const rng = this.#rng;
    const miss = rng.chance(0.06) ? rng.below(cases.length + 1) : -1;
    for (const [i, { state, taken }] of cases.entries()) {
      // Where another case fits as well, the order of cases decides.
      if (state.cases.length > 1 && rng.chance(0.2))
        setSelected(bytes, placed, { state, taken: rng.pick(state.cases) });
      setSelected(bytes, placed, { state, taken });
      if (i !== miss) continue;
      const { offset, layout } = placeOf(placed, rng.pick(state.on));
      writeField(bytes, offset, layout, randomValue(rng, layout.width));
    }
  }

  /** Leaves most packets as they are. */
  #flawed(packet: RandomPacket): RandomPacket {
    const rng = this.#rng;
    const bytes = packet.bytes;
    const change = pickWeighted<() => Uint8Array>(rng, [
      [66, () => bytes],
      [8, () => withChecksum(rng, packet, (type) => type !== 'none', uniformValue(rng, 16))],
      [6, () => withChecksum(rng, packet, (type) => type === 'udp', 0n)],
      [4, () => withChecksum(rng, packet, () => true, 0xffffn)],
      [10, () => bytes.slice(0, cutLength(rng, packet))],
      [3, () => bytes.map((byte) => (rng.chance(0.1) ? rng.below(256) : byte))],
      [3, () => concatenated(bytes, this.#payload(between(rng, 1, 9)))],
    ]);
    return { ...packet, bytes: change() };
  }
}

/** Sets the bits that a case looks at. */
function setSelected(bytes: Uint8Array, placed: readonly Placed[], { state, taken }: Taken): void {
  for (const [i, path] of state.on.entries()) {
    const { offset, layout } = placeOf(placed, path);
    const wanted = taken.match[i]!;
    const { value, mask } = typeof wanted === 'object' ? wanted : { value: wanted, mask: -1 };
    const around = readField(bytes, offset, layout) & ~BigInt(mask);
    writeField(bytes, offset, layout, (BigInt(value) & BigInt(mask)) | around);
  }
}

/** Where a field lies: the start of its header, and its layout there. */
function placeOf(placed: readonly Placed[], path: string): { offset: number; layout: FieldLayout } {
  const { header, field } = fieldPath(path);
  const { type, offset } = present(
    placed.find((p) => p.header === header),
    'selects are on headers in front',
  );
  return { offset, layout: present(type.fields[field], 'selects are on fields') };
}

/** Where a packet is cut: anywhere, or around the end of a header, where parsers decide. */
function cutLength(rng: Prng, { bytes, placed }: RandomPacket): number {
  if (rng.chance(0.5)) return rng.below(bytes.length + 1);
  const { offset, type } = rng.pick(placed);
  return Math.min(bytes.length, offset + type.bytes - rng.pick([1, 1, 1, 0, -1]));
}

/** The packet with another checksum in a header chosen among those that have one. */
function withChecksum(
  rng: Prng,
  { bytes, placed }: RandomPacket,
  among: (type: string) => boolean,
  value: bigint,
): Uint8Array {
  const candidates = checksumPlaces({ bytes, placed }).filter(({ type }) => among(type));
  if (candidates.length === 0) return bytes;
  const changed = bytes.slice();
  new DataView(changed.buffer).setUint16(rng.pick(candidates).offset, Number(value));
  return changed;
}

/** Where the checksums of a packet are that lie inside it. */
export function checksumPlaces({ bytes, placed }: RandomPacket): { type: string; offset: number }[] {
  return placed.flatMap(({ header, type, offset }) => {
    const field = checksumField({ name: header, type, added: false });
    const at = field === null ? -1 : offset + present(type.offset[field], 'checksums are fields');
    return at < 0 || at + 2 > bytes.length ? [] : [{ type: type.name, offset: at }];
  });
}

function settleLengths(bytes: Uint8Array, placed: readonly Placed[]): void {
  for (const { type, offset } of placed) {
    const behind = bytes.length - offset;
    const length = {
      ipv4: ['totalLength', behind],
      ipv6: ['payloadLength', behind - 40],
      udp: ['length', behind],
    }[type.name];
    if (length === undefined) continue;
    const [field, value] = length as [string, number];
    writeField(bytes, offset, present(type.fields[field], 'lengths are fields'), BigInt(value));
  }
}

/** Writes every checksum, the innermost first: outer ones cover it. Independent of what the compiler does. */
function settleChecksums(bytes: Uint8Array, placed: readonly Placed[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const [i, { header, type, offset }] of [...placed.entries()].reverse()) {
    const field = checksumField({ name: header, type, added: false });
    if (field === null) continue;
    const at = offset + present(type.offset[field], 'checksums are fields');
    view.setUint16(at, 0);
    if (type.name === 'ipv4') {
      view.setUint16(at, finishChecksum(sumWords(view, offset, offset + type.bytes)));
      continue;
    }
    const ip = placed.slice(0, i).findLast((p) => p.type.name in PSEUDO_FIELDS);
    const sum =
      sumWords(view, offset, bytes.length) + (type.name === 'icmp' ? 0 : pseudoSum(bytes, view, ip, offset));
    view.setUint16(at, type.name === 'udp' ? finishUdpChecksum(sum) : finishChecksum(sum));
  }
}

/** Addresses, protocol and length of what follows the IP header. */
function pseudoSum(bytes: Uint8Array, view: DataView, ip: Placed | undefined, offset: number): number {
  if (ip === undefined) return 0;
  const isV4 = ip.type.name === 'ipv4';
  const addresses = isV4
    ? sumWords(view, ip.offset + 12, ip.offset + 20)
    : sumWords(view, ip.offset + 8, ip.offset + 40);
  const protocol = Number(
    readField(bytes, ip.offset, present(ip.type.fields[isV4 ? 'protocol' : 'nextHeader'], 'a field')),
  );
  return addresses + protocol + (bytes.length - offset);
}

function concatenated(front: Uint8Array, back: Uint8Array): Uint8Array {
  const both = new Uint8Array(Math.min(front.length + back.length, PACKET_BYTES_MAX));
  both.set(front);
  both.set(back.subarray(0, both.length - front.length), front.length);
  return both;
}
