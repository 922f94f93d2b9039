/**
 * Random packet formats: the protocols of `wire` in the ways that load balancers nest them, chains of
 * made-up headers whose fields lie across bytes, and mixtures of the two.
 */
import type { Prng } from '@ballast/base';
import {
  bits,
  ethernetHeader,
  EtherType,
  type FieldLayout,
  type FieldSpec,
  GUE_PORT,
  gueHeader,
  header,
  type HeaderType,
  icmpHeader,
  icmpv6Header,
  IpProtocol,
  ipv4Header,
  ipv6Header,
  PEGASUS_PORT,
  pegasusHeader,
  tcpHeader,
  udpHeader,
  vlanHeader,
  VXLAN_PORT,
  vxlanHeader,
} from '@ballast/wire';
import {
  packetFormat,
  type ParserGraph,
  type SelectCase,
  type SelectValue,
  type StateSpec,
} from '../parser-graph.ts';
import { randomValue, randomWidth } from './random-values.ts';

const ANY = { value: 0, mask: 0 } as const;
/** Longest start header: a frame has at least this many bytes. */
const START_BYTES_MAX = 14;

/** A format being drawn up: states may only lead to headers that are declared by the end. */
interface Draft {
  readonly rng: Prng;
  readonly headers: Record<string, HeaderType>;
  readonly states: Record<string, MutableState>;
}
interface MutableState {
  on: string[];
  cases: SelectCase[];
  otherwise?: string;
}

/** A parser graph that `packetFormat` accepts. */
export function randomFormat(rng: Prng): ParserGraph {
  const draft: Draft = { rng, headers: {}, states: {} };
  const start = rng.chance(0.35) ? addMadeUpStart(draft) : addEthernet(draft);
  return packetFormat('fuzz_packet', draft.headers, start, draft.states as Record<string, StateSpec>).graph;
}

/** Made-up headers first, and sometimes IPv4 right behind them, at an offset that no other parser has. */
function addMadeUpStart(draft: Draft): string {
  const start = addMadeUp(draft);
  const last = draft.states[Object.keys(draft.headers)[0]!]!;
  if (draft.rng.chance(0.4)) last.otherwise = addIpv4(draft, 'ipv4', true);
  return start;
}

/** A header of random fields, whole bytes in all. Odd widths make fields lie across bytes and words. */
export function randomHeaderType(rng: Prng, name: string, bytesMax: number): HeaderType {
  const specs: Record<string, FieldSpec> = {};
  const total = 8 * (1 + rng.below(bytesMax));
  let used = 0;
  for (let i = 0; used < total; i++) {
    const width = Math.min(randomWidth(rng), total - used);
    specs[`f${i}`] = bits(width);
    used += width;
  }
  return header(name, specs);
}

/** Ethernet and what may follow; gives the start state's name. */
function addEthernet(draft: Draft): string {
  const { rng } = draft;
  const network: SelectCase[] = [];
  if (rng.chance(0.85)) network.push({ match: [EtherType.Ipv4], next: addIpv4(draft, 'ipv4', true) });
  if (rng.chance(0.35)) network.push({ match: [EtherType.Ipv6], next: addIpv6(draft) });
  const cases = [...network];
  if (rng.chance(0.4)) {
    add(draft, 'vlan', vlanHeader, ['vlan.etherType'], network);
    cases.push({ match: [EtherType.Vlan], next: 'vlan' });
  }
  if (rng.chance(0.3)) cases.push({ match: [0x1234], next: addShim(draft) });
  // UDP with no IP header in front: its checksum covers no pseudo header then.
  if (rng.chance(0.1)) cases.push({ match: [0x1235], next: addUdp(draft, 'bare_udp', false) });
  add(draft, 'ethernet', ethernetHeader, ['ethernet.etherType'], cases);
  return 'ethernet';
}

function addIpv4(draft: Draft, name: string, isOuter: boolean): string {
  const { rng } = draft;
  const next: SelectCase[] = [];
  const on = ['version', 'ihl', 'flags', 'fragmentOffset', 'protocol'].map((field) => `${name}.${field}`);
  const whole = [4, 5, { value: 0, mask: 0b101 }, 0] as const;
  const follow = (protocol: number, state: string): void =>
    void next.push({ match: [...whole, protocol], next: state });
  const prefix = isOuter ? '' : 'inner_';
  if (rng.chance(0.8)) follow(IpProtocol.Udp, addUdp(draft, `${prefix}udp`, isOuter));
  if (rng.chance(0.5)) follow(IpProtocol.Tcp, addLeaf(draft, `${prefix}tcp`, tcpHeader));
  if (rng.chance(0.25)) follow(IpProtocol.Icmp, addLeaf(draft, `${prefix}icmp`, icmpHeader));
  if (isOuter && rng.chance(0.2) && !('inner_ipv4' in draft.headers)) {
    follow(IpProtocol.Ipv4, addIpv4(draft, 'inner_ipv4', false));
  }
  add(draft, name, ipv4Header, on, next);
  return name;
}

function addIpv6(draft: Draft): string {
  const { rng } = draft;
  const next: SelectCase[] = [];
  if (rng.chance(0.7)) next.push({ match: [6, IpProtocol.Udp], next: addUdp(draft, 'udp', true) });
  if (rng.chance(0.5)) next.push({ match: [6, IpProtocol.Tcp], next: addLeaf(draft, 'tcp', tcpHeader) });
  if (rng.chance(0.3))
    next.push({ match: [6, IpProtocol.Icmpv6], next: addLeaf(draft, 'icmpv6', icmpv6Header) });
  add(draft, 'ipv6', ipv6Header, ['ipv6.version', 'ipv6.nextHeader'], next);
  return 'ipv6';
}

function addUdp(draft: Draft, name: string, isOuter: boolean): string {
  if (name in draft.headers) return name;
  const { rng } = draft;
  const next: SelectCase[] = [];
  const toPort = (port: number, state: string): void => void next.push({ match: [port, ANY], next: state });
  if (isOuter && rng.chance(0.25)) toPort(GUE_PORT, addGue(draft));
  if (isOuter && rng.chance(0.25)) toPort(VXLAN_PORT, addVxlan(draft));
  if (rng.chance(0.3)) toPort(PEGASUS_PORT, addLeaf(draft, 'pegasus', pegasusHeader));
  if (rng.chance(0.35)) next.push({ match: [ANY, { value: 0x4000, mask: 0xf000 }], next: addMadeUp(draft) });
  add(draft, name, udpHeader, [`${name}.dstPort`, `${name}.srcPort`], next);
  return name;
}

function addGue(draft: Draft): string {
  const inner = 'inner_ipv4' in draft.headers ? 'inner_ipv4' : addIpv4(draft, 'inner_ipv4', false);
  const on = ['gue.variant', 'gue.headerLength', 'gue.protocol'];
  add(draft, 'gue', gueHeader, on, [{ match: [0, 0, IpProtocol.Ipv4], next: inner }]);
  return 'gue';
}

function addVxlan(draft: Draft): string {
  const { rng } = draft;
  const next: SelectCase[] = [];
  if (rng.chance(0.8)) {
    const inner = 'inner_ipv4' in draft.headers ? 'inner_ipv4' : addIpv4(draft, 'inner_ipv4', false);
    next.push({ match: [EtherType.Ipv4], next: inner });
  }
  add(draft, 'inner_ethernet', ethernetHeader, ['inner_ethernet.etherType'], next);
  add(
    draft,
    'vxlan',
    vxlanHeader,
    ['vxlan.flags'],
    [{ match: [{ value: 8, mask: 8 }], next: 'inner_ethernet' }],
  );
  return 'vxlan';
}

/** A made-up header in front of IPv4: everything behind it moves by its odd number of bytes. */
function addShim(draft: Draft): string {
  const { rng } = draft;
  const type = randomHeaderType(rng, 'shim', 7);
  const behind = 'ipv4' in draft.headers && rng.chance(0.7) ? 'ipv4' : undefined;
  add(draft, 'shim', type, [], [], behind);
  return 'shim';
}

function addLeaf(draft: Draft, name: string, type: HeaderType): string {
  if (!(name in draft.headers)) add(draft, name, type, [], []);
  return name;
}

/** A graph of one to four made-up headers; gives the first one's name. */
function addMadeUp(draft: Draft): string {
  const { rng, headers } = draft;
  const base = Object.keys(headers).filter((name) => name.startsWith('x')).length;
  const count = 1 + rng.below(4);
  const names = Array.from({ length: count }, (_, i) => `x${base + i}`);
  const types = names.map((name) => randomHeaderType(rng, name, START_BYTES_MAX));
  // Backwards, so that every state leads to headers that are there already, the next one among them.
  for (let i = count - 1; i >= 0; i--) {
    const behind = names.slice(i + 1);
    const own = { name: names[i]!, type: types[i]! };
    // The first header is extracted on every way to the others, so they may select on its fields as well.
    const first = i > 0 && rng.chance(0.3) ? { name: names[0]!, type: types[0]! } : null;
    const { on, cases } = behind.length === 0 ? { on: [], cases: [] } : randomSelect(rng, own, first, behind);
    add(draft, names[i]!, types[i]!, on, cases, rng.chance(0.3) ? behind[0] : undefined);
  }
  return names[0]!;
}

interface NamedType {
  readonly name: string;
  readonly type: HeaderType;
}

/** Cases on one or two fields of a header and one of another; the first leads to the header right behind. */
function randomSelect(
  rng: Prng,
  { name, type }: NamedType,
  other: NamedType | null,
  behind: readonly string[],
): { on: string[]; cases: SelectCase[] } {
  const paths = new Map<string, number>();
  const select = (header: string, { name: field, width }: FieldLayout): void =>
    void paths.set(`${header}.${field}`, width);
  select(name, rng.pick(type.layout));
  if (rng.chance(0.3)) select(name, rng.pick(type.layout));
  if (other !== null) select(other.name, rng.pick(other.type.layout));
  const value = (width: number): SelectValue => {
    const exact = randomValue(rng, width);
    if (!rng.chance(0.5)) return exact;
    // Few bits matter, so that packets take the case by chance as well.
    const mask = (1n << BigInt(rng.below(width))) | (rng.chance(0.4) ? randomValue(rng, width) : 0n);
    return { value: rng.chance(0.8) ? exact & mask : exact, mask };
  };
  const targets = [behind[0]!, ...behind.filter(() => rng.chance(0.5))];
  const widths = [...paths.values()];
  const cases = targets.map((next) => ({ match: widths.map(value), next }));
  // A case that others stand before: the first that matches wins.
  if (rng.chance(0.3)) cases.push({ match: rng.pick(cases).match, next: rng.pick(behind) });
  return { on: [...paths.keys()], cases };
}

function add(
  draft: Draft,
  name: string,
  type: HeaderType,
  on: string[],
  cases: SelectCase[],
  otherwise?: string,
): void {
  draft.headers[name] = type;
  // A select without cases would choose nothing.
  const select = cases.length === 0 ? { on: [], cases } : { on, cases };
  draft.states[name] = otherwise === undefined ? select : { ...select, otherwise };
}
