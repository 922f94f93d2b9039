/**
 * Coherence directory of the hot keys in the top-of-rack switch (Pegasus, OSDI '20).
 *
 * Every request and reply of the rack passes here. Cold keys go to their home server; for the few hot keys
 * the switch knows the newest completed version and which servers hold it. It knows no values.
 *
 * Invariants, each checked by histories of whole racks and by a mutant that breaks it:
 * 1. A server is in an entry's replica set only if it holds a version at least as new as `completed`.
 * 2. A reply that shows a newer version moves `completed` before anybody can see the reply.
 * 3. Every write of every key, cold ones too, carries a version larger than all before it.
 * 4. A reply of another generation never adds a server (a late reply of an earlier hot life holds an old
 * copy).
 * 5. All transmissions of a write of a hot key, which are of one epoch, go to one server.
 */
import {
  all,
  type Bits,
  choose,
  type Condition,
  exact,
  type HeaderRef,
  type HeaderRefs,
  program,
  type Program,
  type ProgramBuilder,
} from '@ballast/pipeline';
import { bits, PEGASUS_PORT, PegasusFlag, pegasusHeader, PegasusOp, PegasusStatus } from '@ballast/wire';
import { PEGASUS_MARK, pegasusPacket } from './packets.ts';

/**
 * Entries of the directory: O(n log n) hot keys suffice for n servers, some hundred for 32 of them. Unused
 * ones cost a switch memory and nothing per packet.
 */
export const HOT_KEYS_MAX = 1024;
const ENTRY_BITS = 10;
/** Servers of a rack: one bit each in a replica set. */
export const SERVERS_MAX = 32;
/**
 * Positions of the hash ring. Dealt out in arcs by the control plane; a position is the top bits of the key
 * hash.
 */
export const RING_POSITIONS = 16_384;
const RING_BITS = 14;
/**
 * A write of a hot key goes to writers[hash of its request]; the control plane deals the live servers over
 * these. There are two banks, for even and odd epochs: that of the next epoch is filled before the epoch
 * begins, so that no request meets a half-filled one.
 */
export const WRITER_POSITIONS = 256;
const WRITER_BITS = 8;
export const WRITER_BANKS = 2;
export const HOSTS_MAX = 1024;
/** Multicast group SAMPLE_GROUPS + s: server s, and the controller for a sample of the request. */
export const SAMPLE_GROUPS = 256;

/** What a directory entry lets pass; parameter `mode` of the table's action. */
export const DirectoryMode = {
  Open: 0,
  /** Being demoted: writes are refused with Retry, reads go on. */
  ReadsOnly: 1,
  /** Its newest version cannot be reached: everything is refused with Unavailable. */
  Closed: 2,
  /** Its newest version is being looked for: everything is refused with Retry. */
  Moving: 3,
} as const;

/** Where a packet goes, decided in one place after the directory was asked. */
const Verdict = { ToServer: 0, ToHost: 1, Refuse: 2 } as const;

type Pegasus = HeaderRef<typeof pegasusHeader>;

/** How reads choose among the holders of a key. */
export const SELECTIONS = ['leastQueueOfTwo', 'roundRobin', 'random', 'reportedLoad'] as const;
export type Selection = (typeof SELECTIONS)[number];

export interface PegasusOptions {
  readonly selection: Selection;
}

/** One entry of the directory while a reply is weighed against it. */
export interface EntryCell {
  readonly generation: Bits & { set(value: Bits | number): void };
  readonly completed: Bits & { set(value: Bits): void };
  readonly replicas: Bits & { set(value: Bits): void };
}

/**
 * The protocol's rules by name, each one a step of the program. The mutants of the tests replace one at a
 * time, so that every rule is shown to be needed.
 */
export interface PegasusRules {
  /** Whether a request takes a version. */
  stamps(pegasus: Pegasus): Condition;
  /** Whether a message tells the directory what its sender holds. */
  moves(pegasus: Pegasus): Condition;
  /** Weighs what a reply shows against the entry: newer resets, equal adds, older changes nothing. */
  weigh(p: ProgramBuilder, cell: EntryCell, reply: { pegasus: Pegasus; sender: Bits; home: Bits }): void;
  /** The home server's position on the ring. */
  ringPosition(pegasus: Pegasus): Bits;
  /** Which of the live servers executes a write of a hot key, below WRITER_POSITIONS. */
  writerPosition(p: ProgramBuilder, pegasus: Pegasus): Bits;
  /** Whether a request is of another live-set epoch, by the epoch of its first transmission. */
  isForeignEpoch(pegasus: Pegasus, epoch: Bits): Condition;
  /** Whether the server with this bit is live. */
  isLive(live: Bits, server: Bits): Condition;
  /** Whether a message is of the start of its sender that counts as live. */
  isIncarnation(pegasus: Pegasus, incarnation: Bits): Condition;
  /** The servers that a read may go to. */
  holders(replicas: Bits, live: Bits): Bits;
}

/** The top bits of the key hash. */
export function ringPosition(pegasus: Pegasus): Bits {
  return pegasus.keyHash.slice(63, 64 - RING_BITS);
}

export const pegasusRules: PegasusRules = {
  stamps: (pegasus) => pegasus.op.isOneOf([PegasusOp.Put, PegasusOp.Delete]),

  moves: (pegasus) => pegasus.op.isOneOf([PegasusOp.GetReply, PegasusOp.WriteReply, PegasusOp.ReplicateAck]),

  weigh: (p, cell, { pegasus, sender, home }) => {
    p.when(
      pegasus.version.gt(cell.completed),
      () => {
        cell.completed.set(pegasus.version);
        cell.replicas.set(choose(pegasus.generation.eq(cell.generation), sender, home));
      },
      () => {
        p.when(pegasus.version.eq(cell.completed).and(pegasus.generation.eq(cell.generation)), () =>
          cell.replicas.set(cell.replicas.or(sender)),
        );
      },
    );
  },

  ringPosition,

  // The same server for every transmission of a request: its table of executed requests finds repeats.
  writerPosition: (p, pegasus) =>
    p.hash('crc32', [pegasus.clientId, pegasus.requestId], { modulus: WRITER_POSITIONS }),

  isForeignEpoch: (pegasus, epoch) => pegasus.epoch.ne(epoch),

  isLive: (live, server) => live.and(server).ne(0),

  isIncarnation: (pegasus, incarnation) => pegasus.serverIncarnation.eq(incarnation),

  // A dead server stays in the sets: when it comes back with all that it held, it is a holder again.
  holders: (replicas, live) => replicas.and(live),
};

/** Builds the directory program. */
export function pegasusProgram(
  options: PegasusOptions = { selection: 'leastQueueOfTwo' },
  rules: PegasusRules = pegasusRules,
): Program {
  return program('pegasus', (p) => {
    const headers = p.parse(pegasusPacket);
    const { ethernet, ipv4, pegasus } = headers;
    const state = declareState(p, pegasus, ipv4);
    const way = declareWay(p);
    const context: Context = { p, headers, state, way, rules, selection: options.selection };

    p.ingress(() => {
      p.when(ipv4.isValid().not(), () => p.drop('not_ipv4'));
      const marked = all(pegasus.magic.eq(PEGASUS_MARK.magic), pegasus.format.eq(PEGASUS_MARK.format));
      p.when(all(pegasus.isValid(), marked.not()), () => p.drop('not_pegasus'));
      const rack = state.rack.at(0).read();
      const fromOutside = p.ingressPort.ge(rack.insidePorts);
      const isRequest = pegasus.op.isOneOf([PegasusOp.Get, PegasusOp.Put, PegasusOp.Delete]);
      p.when(all(pegasus.isValid(), fromOutside, isRequest.not()), () => p.drop('control_from_outside'));

      way.verdict.set(Verdict.ToHost);
      p.when(pegasus.isValid(), () => passPegasus(context, rack, { isRequest, fromOutside }));
      p.when(way.senderUnknown.eq(1), () => p.drop('sender_not_live'));
      ethernet.src.set(rack.mac);
      leave(context);
    });
  });
}

/** What the steps of the program share. */
interface Context {
  readonly p: ProgramBuilder;
  readonly headers: HeaderRefs<typeof pegasusPacket.headers>;
  readonly state: State;
  readonly way: ReturnType<typeof declareWay>;
  readonly rules: PegasusRules;
  readonly selection: Selection;
}

/** Where this packet goes, and what it may do on the way. */
function declareWay(p: ProgramBuilder) {
  return {
    verdict: p.variable('verdict', bits(2)),
    /** Of a refusal. */
    status: p.variable('status', bits(8)),
    server: p.variable('server', bits(5)),
    sampled: p.variable('sampled', bits(1)),
    /** 1: a reply that tells what its sender holds. */
    touches: p.variable('touches', bits(1)),
    senderUnknown: p.variable('sender_unknown', bits(1)),
  };
}

/** What the switch knows of its rack, as read for this packet. */
interface RackCells {
  readonly epoch: Bits;
  /** Bit i: server i is live. */
  readonly live: Bits;
  readonly sampleBelow: Bits;
  readonly vip: Bits;
}

/** A Pegasus message: decides where it goes, and moves the directory. */
function passPegasus(
  context: Context,
  rack: RackCells,
  { isRequest, fromOutside }: { isRequest: Condition; fromOutside: Condition },
): void {
  const { p, headers, state, way, rules } = context;
  const { ipv4, pegasus } = headers;
  const home = state.ring.at(rules.ringPosition(pegasus)).read().server;
  p.when(isRequest, () => acceptRequest(context, rack, { home, fromOutside }));
  p.when(rules.moves(pegasus), () => acceptReply(context, rack));
  const sender = bitOf(p, pegasus.server.slice(4, 0));
  const homeBit = bitOf(p, home);
  state.directory.apply({
    hot: (hot) => {
      p.when(way.touches.eq(1), () =>
        state.entries
          .at(hot.entry)
          .update((cell) => rules.weigh(p, cell, { pegasus, sender, home: homeBit })),
      );
      const sentHome = pegasus.flags.and(PegasusFlag.ToHome).ne(0);
      p.when(all(way.verdict.eq(Verdict.ToServer), sentHome.not()), () => routeHot(context, rack, hot));
    },
    miss: () =>
      p.when(way.verdict.eq(Verdict.ToServer), () =>
        p.when(p.random(bits(16)).lt(rack.sampleBelow), () => way.sampled.set(1)),
      ),
  });
  p.when(all(way.verdict.eq(Verdict.ToServer), rules.isLive(rack.live, bitOf(p, way.server)).not()), () =>
    refuseWith(way, PegasusStatus.Unavailable),
  );
  p.when(way.verdict.eq(Verdict.Refuse), () => refuse(context));
  p.when(pegasus.op.isOneOf([PegasusOp.GetReply, PegasusOp.WriteReply]), () => {
    // Clients know the rack by its one virtual address, and learn of a new epoch by any reply.
    ipv4.src.set(rack.vip);
    pegasus.epoch.set(rack.epoch);
  });
}

/** Sends the packet to the chosen server, or to the host that it is addressed to. */
function leave({ p, headers: { ethernet, ipv4 }, state, way }: Context): void {
  p.when(
    way.verdict.eq(Verdict.ToServer),
    () => {
      const target = state.servers.at(way.server).read();
      ethernet.dst.set(target.mac);
      ipv4.dst.set(target.ip);
      state.load.at(way.server).add('depth', 1);
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

function acceptRequest(
  { p, headers: { pegasus }, state, way, rules }: Context,
  rack: { readonly epoch: Bits },
  { home, fromOutside }: { home: Bits; fromOutside: Condition },
): void {
  way.verdict.set(Verdict.ToServer);
  way.server.set(home);
  // A client chooses neither its generation nor its way.
  pegasus.generation.set(0);
  p.when(fromOutside, () => pegasus.flags.set(0));
  p.when(
    rules.isForeignEpoch(pegasus, rack.epoch),
    () => refuseWith(way, PegasusStatus.WrongEpoch),
    () => p.when(rules.stamps(pegasus), () => pegasus.version.set(state.nextVersion.at(0).add('value', 1))),
  );
}

function acceptReply({ p, headers: { pegasus }, state, way, rules }: Context, rack: RackCells): void {
  const id = pegasus.server.slice(4, 0);
  const { incarnation } = state.servers.at(id).read();
  const isLive = all(
    pegasus.server.lt(SERVERS_MAX),
    rules.isLive(rack.live, bitOf(p, id)),
    rules.isIncarnation(pegasus, incarnation),
  );
  // Refusals, and replies about another key of the same hash, say nothing about what the sender holds.
  const tells = all(
    pegasus.status.isOneOf([PegasusStatus.Ok, PegasusStatus.NotFound]),
    pegasus.flags.and(PegasusFlag.OtherKey).eq(0),
  );
  p.when(
    isLive,
    () => {
      p.when(tells, () => way.touches.set(1));
      p.when(pegasus.op.ne(PegasusOp.ReplicateAck), () => noteReply(p, state, pegasus));
    },
    () => way.senderUnknown.set(1),
  );
}

/** Chooses the server of a request whose key is in the directory. */
function routeHot(
  { p, headers: { pegasus }, state, way, rules, selection }: Context,
  rack: RackCells,
  { entry, generation, mode }: { entry: Bits; generation: Bits; mode: Bits },
): void {
  pegasus.generation.set(generation);
  const isRead = pegasus.op.eq(PegasusOp.Get);
  p.when(
    isRead,
    () => state.hotReads.count(entry),
    () => state.hotWrites.count(entry),
  );
  p.match(
    mode,
    {
      [DirectoryMode.Closed]: () => refuseWith(way, PegasusStatus.Unavailable),
      [DirectoryMode.Moving]: () => refuseWith(way, PegasusStatus.Retry),
    },
    () =>
      p.when(
        isRead,
        () => {
          const holders = rules.holders(state.entries.at(entry).read().replicas, rack.live);
          p.when(
            holders.eq(0),
            () => refuseWith(way, PegasusStatus.Unavailable),
            () => way.server.set(selectReplica(p, state, selection, entry, holders)),
          );
        },
        () =>
          p.when(
            mode.eq(DirectoryMode.ReadsOnly),
            () => refuseWith(way, PegasusStatus.Retry),
            () => {
              const bank = rack.epoch.slice(0, 0);
              const position = bank.concat(rules.writerPosition(p, pegasus));
              way.server.set(state.writers.at(position).read().server);
            },
          ),
      ),
  );
}

function refuseWith(way: Context['way'], status: PegasusStatus): void {
  way.verdict.set(Verdict.Refuse);
  way.status.set(status);
}

/** A server's bit in a set of servers. */
function bitOf(p: ProgramBuilder, server: Bits): Bits {
  return p.constant(1, bits(32)).shl(server);
}

type State = ReturnType<typeof declareState>;

function declareState(p: ProgramBuilder, pegasus: Pegasus, ipv4: { readonly dst: Bits }) {
  return {
    /** Key hash -> entry. `generation` is never reused, not even across restarts of the controller. */
    directory: p.table('directory', {
      match: { keyHash: exact(pegasus.keyHash) },
      actions: { hot: { entry: bits(ENTRY_BITS), generation: bits(32), mode: bits(2) } },
      size: HOT_KEYS_MAX,
    }),
    /** Hosts by address: servers, the controller, clients. */
    hosts: p.table('hosts', {
      match: { ip: exact(ipv4.dst) },
      actions: { via: { port: bits(16), mac: bits(48) } },
      size: HOSTS_MAX,
    }),
    /**
     * Newest completed version, and bit i set when server i holds it. One record, so that both change at
     * once.
     */
    entries: p.register(
      'entries',
      { generation: bits(32), completed: bits(64), replicas: bits(32) },
      HOT_KEYS_MAX,
    ),
    /** The read cursor of each entry. */
    cursors: p.register('cursors', { last: bits(5) }, HOT_KEYS_MAX),
    /** Stamps every write: (incarnation 16, counter 48). */
    nextVersion: p.register('next_version', { value: bits(64) }, 1),
    ring: p.register('ring', { server: bits(5) }, RING_POSITIONS),
    writers: p.register('writers', { server: bits(5) }, WRITER_POSITIONS * WRITER_BANKS),
    servers: p.register(
      'servers',
      { incarnation: bits(16), port: bits(16), ip: bits(32), mac: bits(48) },
      SERVERS_MAX,
    ),
    /**
     * Requests sent to each server and not answered, as far as the switch can tell; and what it last
     * reported.
     */
    load: p.register('load', { depth: bits(16) }, SERVERS_MAX),
    reported: p.register('reported', { depth: bits(16) }, SERVERS_MAX),
    rack: p.register(
      'rack',
      /**
       * Ports from `insidePorts` on belong to clients. A request is sampled when 16 random bits are below
       * `sampleBelow`.
       */
      {
        epoch: bits(16),
        live: bits(32),
        insidePorts: bits(16),
        sampleBelow: bits(16),
        vip: bits(32),
        mac: bits(48),
      },
      1,
    ),
    hotReads: p.counter('hot_reads', HOT_KEYS_MAX),
    hotWrites: p.counter('hot_writes', HOT_KEYS_MAX),
  };
}

/**
 * A reply left a server's queue. The estimate drifts up with every lost message, so an idle server's report
 * sets it right.
 */
function noteReply(p: ProgramBuilder, state: State, pegasus: Pegasus): void {
  const sender = pegasus.server.slice(4, 0);
  state.load.at(sender).update((cell) => {
    p.when(
      pegasus.load.eq(0),
      () => cell.depth.set(0),
      () => p.when(cell.depth.gt(0), () => cell.depth.set(cell.depth.minus(1))),
    );
  });
  state.reported.at(sender).update((cell) => cell.depth.set(pegasus.load));
}

/** A holder of the key. Precondition: the set is not empty. */
function selectReplica(
  p: ProgramBuilder,
  state: State,
  selection: Selection,
  entry: Bits,
  replicas: Bits,
): Bits {
  if (selection === 'random') {
    // The live servers are dealt evenly over these positions; of random numbers of five bits those above the
    // last server would all fall to the first one.
    const start = state.writers.at(p.random(bits(WRITER_BITS))).read().server;
    return nextHolder(p, replicas, start);
  }
  const first = p.variable('first_holder', bits(5));
  state.cursors.at(entry).update((cell) => {
    first.set(nextHolder(p, replicas, cell.last));
    cell.last.set(first);
  });
  if (selection === 'roundRobin') return first;
  // The cursor moves by one holder a read: each pair of neighbours is compared in turn, and with equal
  // queues the choice is plain round robin.
  const second = nextHolder(p, replicas, first);
  const depths = selection === 'reportedLoad' ? state.reported : state.load;
  const firstDepth = depths.at(first).read().depth;
  const secondDepth = depths.at(second).read().depth;
  return choose(secondDepth.lt(firstDepth), second, first);
}

/** The holder after `last` in the ring of server numbers: the lowest bit above it, else the lowest of all. */
function nextHolder(p: ProgramBuilder, replicas: Bits, last: Bits): Bits {
  const above = replicas.and(p.constant(0xffff_fffe, bits(32)).shl(last));
  return choose(above.ne(0), above, replicas).trailingZeros().slice(4, 0);
}

/** Turns a request into its refusal, on its way back to the client. */
function refuse({ p, headers: { ipv4, udp, pegasus }, way }: Context): void {
  ipv4.dst.set(ipv4.src);
  udp.dstPort.set(udp.srcPort);
  udp.srcPort.set(PEGASUS_PORT);
  const ofWrite = p.constant(PegasusOp.WriteReply, bits(8));
  pegasus.op.set(choose(pegasus.op.ne(PegasusOp.Get), ofWrite, PegasusOp.GetReply));
  pegasus.status.set(way.status);
  pegasus.version.set(0);
}
