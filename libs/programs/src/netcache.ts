/**
 * Cache of the values of hot keys in the top-of-rack switch (NetCache, Jin et al., SOSP '17), as a baseline.
 *
 * A read of a valid item is answered by the switch itself. A write goes through to the key's home; on its
 * way it invalidates the item, and home's reply brings the new value. The argument stands in
 * docs/netcache.md. Keys of 16 bytes; values of 16 to 128 bytes in units of 16. All others are not cached.
 *
 * Invariants, each with a mutant that breaks it:
 * 1. A valid item is at least as new as every version that a reply has shown since the item was inserted.
 * 2. Only a reply to a request that passed after the insertion fills it, by the generation that it carries.
 * 3. Every write of every key carries a version larger than all before it.
 */
import {
  all,
  type Assignable,
  type Bits,
  type Condition,
  type HeaderRef,
  type HeaderRefs,
  packetFormat,
  exact,
  program,
  type Program,
  type ProgramBuilder,
} from '@ballast/pipeline';
import {
  bits,
  ethernetHeader,
  header,
  ipv4Header,
  PEGASUS_PORT,
  pegasusHeader,
  PegasusOp,
  PegasusStatus,
  udpHeader,
  RING_POSITIONS,
} from '@ballast/wire';
import { PEGASUS_MARK, pegasusStates } from './packets.ts';
import { HOSTS_MAX, SAMPLE_GROUPS, SERVERS_MAX } from './pegasus.ts';
import { ringPosition } from './pegasus-rules.ts';

/** Items of the published cache, and the most that this one can have: 2^16. */
export const CACHE_ITEM_BITS_MAX = 16;
/** Unit of values, and the size of keys. */
export const CACHE_UNIT_BYTES = 16;
/** Longest value, in units. */
export const CACHE_UNITS_MAX = 8;
/** Server of a reply that the switch gave itself. */
export const SERVED_BY_SWITCH = 0xff;

/** A key, or 16 bytes of a value. */
const unitHeader = header('unit', { hi: bits(64), lo: bits(64) });
type Unit = HeaderRef<typeof unitHeader>;
type Pegasus = HeaderRef<typeof pegasusHeader>;

const VALUE_NAMES = ['value0', 'value1', 'value2', 'value3', 'value4', 'value5', 'value6', 'value7'] as const;
/** Length in the UDP header of a message with a key of one unit and so many units of value. */
const udpLengthOf = (units: number): number =>
  udpHeader.bytes + pegasusHeader.bytes + CACHE_UNIT_BYTES * (1 + units);
const valueLengths = (from: number): number[] =>
  Array.from({ length: CACHE_UNITS_MAX - from + 1 }, (_, i) => udpLengthOf(from + i));

/** As pegasusPacket, and behind the header a key of one unit and a value of whole units. */
export const netcachePacket = packetFormat(
  'netcache_packet',
  {
    ethernet: ethernetHeader,
    ipv4: ipv4Header,
    udp: udpHeader,
    pegasus: pegasusHeader,
    key: unitHeader,
    ...unitHeaders(),
  },
  'ethernet',
  {
    ...pegasusStates,
    pegasus: { on: ['pegasus.keyLength'], cases: [{ match: [CACHE_UNIT_BYTES], next: 'key' }] },
    key: {
      on: ['udp.length'],
      cases: valueLengths(1).map((length) => ({ match: [length], next: 'value0' })),
    },
    ...Object.fromEntries(
      VALUE_NAMES.slice(0, -1).map((name, i) => [
        name,
        {
          on: ['udp.length'],
          cases: valueLengths(i + 2).map((length) => ({ match: [length], next: VALUE_NAMES[i + 1]! })),
        },
      ]),
    ),
  },
);

function unitHeaders(): Record<(typeof VALUE_NAMES)[number], typeof unitHeader> {
  return Object.fromEntries(VALUE_NAMES.map((name) => [name, unitHeader])) as Record<
    (typeof VALUE_NAMES)[number],
    typeof unitHeader
  >;
}

/** One item while a message is weighed against it. */
export interface ItemCell {
  readonly generation: Bits;
  readonly newest: Bits & { set(value: Bits): void };
  readonly units: Bits & { set(value: Bits | number): void };
}

/**
 * The rules by name. The mutants of the tests replace one at a time, so that every rule is shown to be
 * needed.
 */
export interface NetcacheRules {
  /** A write passes on its way to home. */
  invalidate(p: ProgramBuilder, cell: ItemCell, pegasus: Pegasus): void;
  /**
   * Weighs what a reply of home shows against the item: `units` of value (0: none that fits), to be stored
   * by `store`.
   */
  weigh(p: ProgramBuilder, cell: ItemCell, reply: { pegasus: Pegasus; units: Bits; store: () => void }): void;
}

export const netcacheRules: NetcacheRules = {
  // Versions only grow, so the stamp of this write is above all that was seen of the key.
  invalidate: (_p, cell, pegasus) => {
    cell.newest.set(pegasus.version);
    cell.units.set(0);
  },

  weigh: (p, cell, { pegasus, units, store }) =>
    p.when(pegasus.version.ge(cell.newest), () => {
      // A newer version than any that was forwarded since the insertion: its write was forwarded before.
      p.when(pegasus.version.gt(cell.newest), () => cell.units.set(0));
      cell.newest.set(pegasus.version);
      // A reply of another generation may have left home before the insertion, and what it shows be old.
      p.when(all(units.ne(0), pegasus.generation.eq(cell.generation)), () => {
        cell.units.set(units);
        store();
      });
    }),
};

export interface NetcacheOptions {
  /** The switch has 2^itemBits items. */
  readonly itemBits: number;
}

/** Builds the cache program. */
export function netcacheProgram(
  { itemBits }: NetcacheOptions = { itemBits: CACHE_ITEM_BITS_MAX },
  rules: NetcacheRules = netcacheRules,
): Program {
  return program('netcache', (p) => {
    const headers = p.parse(netcachePacket);
    const { ethernet, ipv4, pegasus } = headers;
    const answer = declareAnswer(p);
    const state = declareState(p, headers, itemBits);
    const way = declareWay(p);
    const context: Context = { p, headers, answer, state, way, rules };

    p.ingress(() => {
      p.when(ipv4.isValid().not(), () => p.drop('not_ipv4'));
      const marked = all(pegasus.magic.eq(PEGASUS_MARK.magic), pegasus.format.eq(PEGASUS_MARK.format));
      p.when(all(pegasus.isValid(), marked.not()), () => p.drop('not_pegasus'));
      const rack = state.rack.at(0).read();
      const fromOutside = p.ingressPort.ge(rack.insidePorts);
      const isRequest = pegasus.op.isOneOf([PegasusOp.Get, PegasusOp.Put, PegasusOp.Delete]);
      p.when(all(pegasus.isValid(), fromOutside, isRequest.not()), () => p.drop('control_from_outside'));

      p.when(pegasus.isValid(), () => passMessage(context, rack, isRequest));
      ethernet.src.set(rack.mac);
      leave(context);
    });
  });
}

/** What the steps of the program share. */
interface Context {
  readonly p: ProgramBuilder;
  readonly headers: HeaderRefs<typeof netcachePacket.headers>;
  readonly answer: Answer;
  readonly state: State;
  readonly way: Way;
  readonly rules: NetcacheRules;
}

interface RackCells {
  readonly sampleBelow: Bits;
  readonly vip: Bits;
}

type Way = ReturnType<typeof declareWay>;

function declareWay(p: ProgramBuilder) {
  return {
    toServer: p.variable('to_server', bits(1)),
    server: p.variable('server', bits(5)),
    sampled: p.variable('sampled', bits(1)),
    /** Of a value that the packet carries; 0: none that can be cached. */
    units: p.variable('units', bits(4)),
    generation: p.variable('generation', bits(32)),
  };
}

type Answer = ReturnType<typeof declareAnswer>;

/** What is pushed to turn a read into its reply: a UDP header of the right length, and the value. */
function declareAnswer(p: ProgramBuilder) {
  return {
    udp: p.added('answer_udp', udpHeader, { before: 'udp' }),
    value: VALUE_NAMES.map((_, i): Unit => p.added(`answer${i}`, unitHeader, { before: 'value0' })),
  };
}

type State = ReturnType<typeof declareState>;

/** Cell names of the two halves of each unit. */
const HALVES = VALUE_NAMES.map((_, i) => ({ hi: `hi${i}`, lo: `lo${i}` }));
const valueCells = Object.fromEntries(
  HALVES.flatMap(({ hi, lo }) => [hi, lo]).map((name) => [name, bits(64)]),
);

function declareState(
  p: ProgramBuilder,
  { ipv4, key }: HeaderRefs<typeof netcachePacket.headers>,
  itemBits: number,
) {
  const items = 2 ** itemBits;
  return {
    cached: p.table('cached', {
      match: { hi: exact(key.hi), lo: exact(key.lo) },
      actions: { item: { item: bits(itemBits) } },
      size: items,
    }),
    /**
     * `newest`: the newest version of the key that was forwarded or shown. `units`: length of its value; 0
     * while the item is not valid. One record, so that all changes at once.
     */
    items: p.register(
      'items',
      { generation: bits(32), newest: bits(64), units: bits(4), ...valueCells },
      items,
    ),
    hits: p.counter('hits', items),
    misses: p.counter('misses', items),
    writes: p.counter('writes', items),
    /** Stamps every write: (incarnation 16, counter 48). */
    nextVersion: p.register('next_version', { value: bits(64) }, 1),
    ring: p.register('ring', { server: bits(5) }, RING_POSITIONS),
    servers: p.register('servers', { port: bits(16), ip: bits(32), mac: bits(48) }, SERVERS_MAX),
    /** As in the Pegasus program. */
    rack: p.register(
      'rack',
      { insidePorts: bits(16), sampleBelow: bits(16), vip: bits(32), mac: bits(48) },
      1,
    ),
    hosts: p.table('hosts', {
      match: { ip: exact(ipv4.dst) },
      actions: { via: { port: bits(16), mac: bits(48) } },
      size: HOSTS_MAX,
    }),
  };
}

function passMessage(context: Context, rack: RackCells, isRequest: Condition): void {
  const { p, headers, state, way } = context;
  const { ipv4, key, pegasus } = headers;
  p.when(isRequest, () => {
    way.toServer.set(1);
    way.server.set(state.ring.at(ringPosition(pegasus)).read().server);
    // A client does not choose these.
    pegasus.generation.set(0);
    pegasus.flags.set(0);
    p.when(pegasus.op.ne(PegasusOp.Get), () => pegasus.version.set(state.nextVersion.at(0).add('value', 1)));
  });
  // Clients know the rack by its one virtual address.
  p.when(pegasus.op.isOneOf([PegasusOp.GetReply, PegasusOp.WriteReply]), () => ipv4.src.set(rack.vip));
  p.when(key.isValid(), () =>
    state.cached.apply({
      item: ({ item }) => passCached(context, rack, item),
      miss: () => p.when(all(isRequest, p.random(bits(16)).lt(rack.sampleBelow)), () => way.sampled.set(1)),
    }),
  );
}

/** A message about a key that has an item. */
function passCached(context: Context, rack: RackCells, item: Bits): void {
  const { p, headers, state, way, rules } = context;
  const { pegasus } = headers;
  p.match(
    pegasus.op,
    {
      [PegasusOp.Get]: () => answerRead(context, rack, item),
      [PegasusOp.Put]: () => passWrite(context, item),
      [PegasusOp.Delete]: () => passWrite(context, item),
    },
    () => {
      countUnits(context);
      // Refusals say nothing about what home holds; nor does what is no reply.
      const shows = all(
        pegasus.op.isOneOf([PegasusOp.GetReply, PegasusOp.WriteReply]),
        pegasus.status.isOneOf([PegasusStatus.Ok, PegasusStatus.NotFound]),
      );
      p.when(shows, () =>
        state.items.at(item).update((cell) => {
          const store = (): void => storeValue(context, cell);
          rules.weigh(p, cell, { pegasus, units: way.units, store });
        }),
      );
    },
  );
}

function passWrite({ p, headers: { pegasus }, state, way, rules }: Context, item: Bits): void {
  state.writes.count(item);
  state.items.at(item).update((cell) => {
    rules.invalidate(p, cell, pegasus);
    way.generation.set(cell.generation);
  });
  pegasus.generation.set(way.generation);
}

/** Answers a read of a valid item; sends on any other under the item's generation. */
function answerRead({ p, headers, answer, state, way }: Context, rack: RackCells, item: Bits): void {
  const { ipv4, udp, pegasus } = headers;
  const record = state.items.at(item).read();
  const { generation, newest, units } = record;
  const cells: Readonly<Record<string, Bits>> = record;
  p.when(
    all(units.ne(0), udp.length.eq(udpLengthOf(0))),
    () => {
      state.hits.count(item);
      way.toServer.set(0);
      const length = units.extend(16).shl(4).plus(udpLengthOf(0));
      p.push(answer.udp);
      answer.udp.srcPort.set(PEGASUS_PORT);
      answer.udp.dstPort.set(udp.srcPort);
      answer.udp.length.set(length);
      p.pop(udp);
      ipv4.totalLength.set(length.plus(ipv4Header.bytes));
      ipv4.dst.set(ipv4.src);
      ipv4.src.set(rack.vip);
      pegasus.op.set(PegasusOp.GetReply);
      pegasus.status.set(PegasusStatus.Ok);
      pegasus.version.set(newest);
      pegasus.server.set(SERVED_BY_SWITCH);
      for (const [i, unit] of answer.value.entries()) {
        p.when(units.gt(i), () => {
          p.push(unit);
          unit.hi.set(cells[HALVES[i]!.hi]!);
          unit.lo.set(cells[HALVES[i]!.lo]!);
        });
      }
    },
    () => {
      state.misses.count(item);
      pegasus.generation.set(generation);
    },
  );
}

/** How many units of value the packet carries, all of them there. */
function countUnits({ p, headers, way }: Context): void {
  for (const [i, name] of VALUE_NAMES.entries()) {
    const isAll = all(headers[name].isValid(), headers.udp.length.eq(udpLengthOf(i + 1)));
    p.when(isAll, () => way.units.set(i + 1));
  }
}

function storeValue({ p, headers }: Context, cell: Readonly<Record<string, Assignable>>): void {
  for (const [i, name] of VALUE_NAMES.entries()) {
    p.when(headers[name].isValid(), () => {
      cell[HALVES[i]!.hi]!.set(headers[name].hi);
      cell[HALVES[i]!.lo]!.set(headers[name].lo);
    });
  }
}

/** Sends the packet to the key's home, or to the host that it is addressed to. */
function leave({ p, headers: { ethernet, ipv4 }, state, way }: Context): void {
  p.when(
    way.toServer.eq(1),
    () => {
      const target = state.servers.at(way.server).read();
      ethernet.dst.set(target.mac);
      ipv4.dst.set(target.ip);
      p.when(
        way.sampled.eq(1),
        () => p.multicast(way.server.extend(16).plus(SAMPLE_GROUPS)),
        () => p.forward(target.port),
      );
    },
    () =>
      state.hosts.apply({
        via: ({ port, mac }) => {
          ethernet.dst.set(mac);
          p.forward(port);
        },
        miss: () => p.drop('no_route'),
      }),
  );
}
