/**
 * Packets for tests, written as they nest:
 *
 *     packet().eth().ipv4({ ttl: 7 }).udp({ dstPort: 53 }).payload(bytes).build()
 *
 * Lengths, next-protocol fields and checksums fill themselves in. What is given stays as given, wrong
 * values too: a given checksum is not corrected. IP in IP is `.ipv4(outer).ipv4(inner)`.
 */
import { assert, present } from '@ballast/base';
import { type Ipv6Address, parseIpv4, parseIpv6, parseMac } from './address.ts';
import { arpHeader } from './arp.ts';
import { ethernetHeader } from './ethernet.ts';
import { gueHeader } from './gue.ts';
import { type FieldLayout, type HeaderType, writeField } from './header.ts';
import { icmpHeader } from './icmp.ts';
import { icmpv6Header } from './icmpv6.ts';
import { ipv4Header } from './ipv4.ts';
import { ipv6Header } from './ipv6.ts';
import { checksumOf, checksumOffset, coveredSum, type Message } from './message-checksum.ts';
import { headerDefaults, ipv6Fields } from './packet-defaults.ts';
import { pegasusHeader } from './pegasus-header.ts';
import { tcpHeader } from './tcp.ts';
import { encodeTcpOptions, TCP_OPTIONS_BYTES_MAX, TcpOptions } from './tcp-options.ts';
import { udpHeader } from './udp.ts';
import { vlanHeader } from './vlan.ts';
import { vxlanHeader } from './vxlan.ts';

/** Values of the fields `N` of a header; those named in `Address` also as text ('10.0.0.1'). */
type Values<N extends string, Address extends N = never> = {
  readonly [K in N]?: number | bigint | (K extends Address ? string : never);
};
type FieldsOf<H extends HeaderType> = keyof H['fields'] & string;

export type EthernetValues = Values<FieldsOf<typeof ethernetHeader>, 'dst' | 'src'>;
export type VlanValues = Values<FieldsOf<typeof vlanHeader>>;
export type ArpValues = Values<
  FieldsOf<typeof arpHeader>,
  'senderMac' | 'senderIp' | 'targetMac' | 'targetIp'
>;
export type Ipv4Values = Values<FieldsOf<typeof ipv4Header>, 'src' | 'dst'> & {
  /** Raw options; filled up with zeros to whole words. */
  readonly options?: Uint8Array;
};
export type Ipv6Values = Values<FieldsOf<typeof ipv6Header>> & {
  readonly src?: string | Ipv6Address;
  readonly dst?: string | Ipv6Address;
};
export type IcmpValues = Values<FieldsOf<typeof icmpHeader>>;
export type Icmpv6Values = Values<FieldsOf<typeof icmpv6Header>>;
export type UdpValues = Values<FieldsOf<typeof udpHeader>>;
export type TcpValues = Values<FieldsOf<typeof tcpHeader>> & {
  /** By name, in the layout of encodeTcpOptions; or raw, filled up with zeros to whole words. */
  readonly options?: TcpOptionValues | Uint8Array;
};
export type GueValues = Values<FieldsOf<typeof gueHeader>>;
export type VxlanValues = Values<FieldsOf<typeof vxlanHeader>>;
export type PegasusValues = Values<FieldsOf<typeof pegasusHeader>> & {
  /** Text stands for its ASCII bytes. The value is the packet's payload. */
  readonly key?: string | Uint8Array;
};

export interface TcpOptionValues {
  readonly mss?: number;
  readonly windowScale?: number;
  readonly isSackPermitted?: boolean;
  readonly timestamps?: { readonly value: number; readonly echo: number };
  /** Left and right edge of each. */
  readonly sackBlocks?: readonly (readonly [number, number])[];
}

/** Starts an empty packet. */
export function packet(): PacketBuilder {
  return new PacketBuilder();
}

interface Layer {
  readonly type: HeaderType;
  readonly values: Readonly<Record<string, unknown>>;
  /** Options, or the key: what follows the declared fields and belongs to the header. */
  readonly trailer: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** One packet, from the outside in. Each method adds a header; `build` writes them. */
export class PacketBuilder {
  readonly #layers: Layer[] = [];
  #payload: Uint8Array = NOTHING;
  #frameBytesMin = 0;

  eth(values: EthernetValues = {}): this {
    return this.#add(ethernetHeader, values);
  }

  vlan(values: VlanValues = {}): this {
    return this.#add(vlanHeader, values);
  }

  arp(values: ArpValues = {}): this {
    return this.#add(arpHeader, values);
  }

  ipv4({ options = NOTHING, ...values }: Ipv4Values = {}): this {
    return this.#add(ipv4Header, values, wholeWords(options));
  }

  ipv6({ src, dst, ...values }: Ipv6Values = {}): this {
    return this.#add(ipv6Header, { ...addressFields('src', src), ...addressFields('dst', dst), ...values });
  }

  icmp(values: IcmpValues = {}): this {
    return this.#add(icmpHeader, values);
  }

  icmpv6(values: Icmpv6Values = {}): this {
    return this.#add(icmpv6Header, values);
  }

  udp(values: UdpValues = {}): this {
    return this.#add(udpHeader, values);
  }

  tcp({ options = {}, ...values }: TcpValues = {}): this {
    return this.#add(
      tcpHeader,
      values,
      options instanceof Uint8Array ? wholeWords(options) : tcpOptions(options),
    );
  }

  gue(values: GueValues = {}): this {
    return this.#add(gueHeader, values);
  }

  vxlan(values: VxlanValues = {}): this {
    return this.#add(vxlanHeader, values);
  }

  pegasus({ key = NOTHING, ...values }: PegasusValues = {}): this {
    return this.#add(pegasusHeader, values, typeof key === 'string' ? ascii(key) : key);
  }

  /** What follows the last header. Text stands for its ASCII bytes. */
  payload(payload: Uint8Array | string): this {
    this.#payload = typeof payload === 'string' ? ascii(payload) : payload;
    return this;
  }

  /** Zeros behind the packet up to a frame of that size, as Ethernet pads to 60. No length counts them. */
  padTo(frameBytesMin: number): this {
    this.#frameBytesMin = frameBytesMin;
    return this;
  }

  /** The packet in a fresh array. The builder can go on and build again. */
  build(): Uint8Array {
    const layers = this.#layers;
    const headerBytes = layers.map(({ type, trailer }) => type.bytes + trailer.length);
    const payloadStart = headerBytes.reduce((sum, count) => sum + count, 0);
    const end = payloadStart + this.#payload.length;
    const bytes = new Uint8Array(Math.max(end, this.#frameBytesMin));
    bytes.set(this.#payload, payloadStart);
    let base = 0;
    const messages = layers.map(({ type }, i): Message => {
      const message = { type, base, headerBytes: headerBytes[i]!, end };
      base += headerBytes[i]!;
      return message;
    });
    for (const [i, layer] of layers.entries()) writeLayer(bytes, messages[i]!, layer, layers[i + 1]?.type);
    // From the inside out: an outer checksum covers the inner ones.
    for (let i = layers.length - 1; i >= 0; i--) {
      if (layers[i]!.values['checksum'] === undefined) fillChecksum(bytes, messages[i]!, messages[i - 1]);
    }
    return bytes;
  }

  #add(type: HeaderType, values: Readonly<Record<string, unknown>>, trailer: Uint8Array = NOTHING): this {
    this.#layers.push({ type, values, trailer });
    return this;
  }
}

function writeLayer(bytes: Uint8Array, message: Message, layer: Layer, inner: HeaderType | undefined): void {
  const { type, base, headerBytes, end } = message;
  const defaults = present(headerDefaults.get(type), 'every header has its defaults');
  const filled = defaults({ inner, headerBytes, totalBytes: end - base, keyBytes: layer.trailer.length });
  for (const [name, value] of Object.entries({ ...filled, ...layer.values })) {
    const field = present(type.fields[name], 'a value names a field of its header');
    writeField(bytes, base, field, toBits(field, value));
  }
  bytes.set(layer.trailer, base + type.bytes);
}

/** A number, or an address as text, as the bits of a field. */
function toBits(field: FieldLayout, value: unknown): bigint {
  if (typeof value === 'string') return BigInt(field.width === 48 ? parseMac(value) : parseIpv4(value));
  const bits = BigInt(value as number | bigint);
  assert(
    bits >= 0n && bits < 1n << BigInt(field.width),
    `${bits} fits the ${field.width} bits of ${field.name}`,
  );
  return bits;
}

/** Over what is there, whatever the length fields say. */
function fillChecksum(bytes: Uint8Array, message: Message, outer: Message | undefined): void {
  const offset = checksumOffset(message);
  if (offset === undefined) return;
  const view = new DataView(bytes.buffer);
  const sum = coveredSum(view, message, offset, outer);
  if (sum !== undefined) view.setUint16(offset, checksumOf(message.type, sum));
}

function tcpOptions(values: TcpOptionValues): Uint8Array {
  const options = new TcpOptions();
  options.mss = values.mss ?? 0;
  options.windowScale = values.windowScale ?? -1;
  options.isSackPermitted = values.isSackPermitted ?? false;
  if (values.timestamps !== undefined) {
    options.hasTimestamps = true;
    options.timestampValue = values.timestamps.value;
    options.timestampEcho = values.timestamps.echo;
  }
  const edges = (values.sackBlocks ?? []).flat();
  options.sackBlockCount = edges.length / 2;
  options.sackEdges.set(edges);
  const bytes = new Uint8Array(TCP_OPTIONS_BYTES_MAX);
  return bytes.subarray(0, encodeTcpOptions(new DataView(bytes.buffer), 0, options));
}

function addressFields(
  side: 'src' | 'dst',
  address: string | Ipv6Address | undefined,
): Record<string, bigint> {
  if (address === undefined) return {};
  return ipv6Fields(side, typeof address === 'string' ? parseIpv6(address) : address);
}

function wholeWords(options: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil(options.length / 4) * 4);
  padded.set(options);
  return padded;
}

function ascii(text: string): Uint8Array {
  assert(/^\p{ASCII}*$/u.test(text), 'text in a packet is ASCII');
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
