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
  type Assignable,
  type Bits,
  choose,
  type Condition,
  exact,
  type HeaderRefs,
  program,
  type Program,
  type ProgramBuilder,
} from '@ballast/pipeline';
import { bits, PEGASUS_PORT, PegasusFlag, PegasusOp, PegasusStatus, RING_POSITIONS } from '@ballast/wire';
import { type ChainPlace, declareChain, isForOtherRack, markChained, passOn, takeForward } from './chain.ts';
import { countRequest, declareSketch, type Sketch } from './heavy-keeper.ts';
import { PEGASUS_MARK, pegasusPacket } from './packets.ts';
import {
  type Pegasus,
  type PegasusRules,
  pegasusRules,
  WRITER_BANKS,
  WRITER_POSITIONS,
} from './pegasus-rules.ts';
import { type Selection, selectReplica } from './read-selection.ts';

/**
 * Entries of the directory: O(n log n) hot keys suffice for n servers, some hundred for 32 of them. Unused
 * ones cost a switch memory and nothing per packet.
 */
export const HOT_KEYS_MAX = 1024;
const ENTRY_BITS = 10;
/** Servers of a rack: one bit each in a replica set. */
export const SERVERS_MAX = 32;
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

/**
 * How the controller learns which keys outside the directory are hot: from a copy of every so many requests,
 * as published, or from a sketch in registers.
 */
export const ESTIMATORS = ['sampling', 'sketch'] as const;
export type Estimator = (typeof ESTIMATORS)[number];

export interface PegasusOptions {
  /**
   * `client`: of static replication. The client names the server of a read, which gets it if it holds the
   * newest version; else home does, as it does every write. Default: `leastQueueOfTwo`.
   */
  readonly selection?: Selection | 'client';
  /** Default: `sampling`. */
  readonly estimator?: Estimator;
  /** The rack may be one of a chain of two. Default: it is alone. */
  readonly isChained?: boolean;
}

/** Builds the directory program. */
export function pegasusProgram(
  { selection = 'leastQueueOfTwo', estimator = 'sampling', isChained = false }: PegasusOptions = {},
  rules: PegasusRules = pegasusRules,
): Program {
  const name = `pegasus${estimator === 'sketch' ? '_sketch' : ''}${isChained ? '_chain' : ''}`;
  return program(name, (p) => {
    const headers = p.parse(pegasusPacket);
    const { ethernet, ipv4, pegasus } = headers;
    const state = declareState(p, pegasus, ipv4);
    const way = declareWay(p);
    const readChain = isChained ? declareChain(p) : null;
    const estimation =
      estimator === 'sketch'
        ? { sketch: declareSketch(p), sampled: null }
        : { sketch: null, sampled: p.variable('sampled', bits(1)) };
    const context: Context = { p, headers, state, way, rules, selection, ...estimation };

    p.ingress(() => {
      p.when(ipv4.isValid().not(), () => p.drop('not_ipv4'));
      const marked = all(pegasus.magic.eq(PEGASUS_MARK.magic), pegasus.format.eq(PEGASUS_MARK.format));
      p.when(all(pegasus.isValid(), marked.not()), () => p.drop('not_pegasus'));
      const rack = { ...state.rack.at(0).read(), chain: readChain === null ? null : readChain() };
      const { chain } = rack;
      if (chain !== null) takeForward(p, chain, { pegasus, dst: ipv4.dst }, rack, rules);
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
type Context = Step & Estimation;

interface Step {
  readonly p: ProgramBuilder;
  readonly headers: HeaderRefs<typeof pegasusPacket.headers>;
  readonly state: State;
  readonly way: ReturnType<typeof declareWay>;
  readonly rules: PegasusRules;
  readonly selection: NonNullable<PegasusOptions['selection']>;
}

/** Of the estimator: its state, or whether this packet is a sample. */
type Estimation =
  | { readonly sketch: Sketch; readonly sampled: null }
  | { readonly sketch: null; readonly sampled: Assignable };

/** Where this packet goes, and what it may do on the way. */
function declareWay(p: ProgramBuilder) {
  return {
    verdict: p.variable('verdict', bits(2)),
    /** Of a refusal. */
    status: p.variable('status', bits(8)),
    server: p.variable('server', bits(5)),
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
  /** Null: this program knows of no other rack. */
  readonly chain: ChainPlace | null;
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
    miss: () => p.when(way.verdict.eq(Verdict.ToServer), () => noteCold(context, rack)),
  });
  p.when(all(way.verdict.eq(Verdict.ToServer), rules.isLive(rack.live, bitOf(p, way.server)).not()), () =>
    refuseWith(way, PegasusStatus.Unavailable),
  );
  p.when(way.verdict.eq(Verdict.Refuse), () => refuse(context));
  if (rack.chain !== null) passOn(p, rack.chain, pegasus, ipv4.dst);
  p.when(pegasus.op.isOneOf([PegasusOp.GetReply, PegasusOp.WriteReply]), () => {
    // Clients know the rack by its one virtual address, and learn of a new epoch by any reply.
    ipv4.src.set(rack.vip);
    pegasus.epoch.set(rack.epoch);
  });
}

/** Lets the controller know of a request of a key that is not in the directory. */
function noteCold({ p, headers: { pegasus }, sketch, sampled }: Context, { sampleBelow }: RackCells): void {
  if (sketch === null) p.when(p.random(bits(16)).lt(sampleBelow), () => sampled.set(1));
  else countRequest(p, sketch, { keyHash: pegasus.keyHash, isWrite: pegasus.op.ne(PegasusOp.Get) });
}

/** Sends the packet to the chosen server, or to the host that it is addressed to. */
function leave({ p, headers: { ethernet, ipv4 }, state, way, sampled }: Context): void {
  p.when(
    way.verdict.eq(Verdict.ToServer),
    () => {
      const target = state.servers.at(way.server).read();
      ethernet.dst.set(target.mac);
      ipv4.dst.set(target.ip);
      state.load.at(way.server).add('depth', 1);
      if (sampled !== null) {
        p.when(sampled.eq(1), () => p.multicast(way.server.extend(16).plus(SAMPLE_GROUPS)));
      }
      p.forward(target.port);
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
  { epoch, chain }: RackCells,
  { home, fromOutside }: { home: Bits; fromOutside: Condition },
): void {
  way.verdict.set(Verdict.ToServer);
  way.server.set(home);
  // A client chooses neither its generation nor its way.
  pegasus.generation.set(0);
  p.when(fromOutside, () => pegasus.flags.set(0));
  if (chain !== null) markChained(p, chain, pegasus);
  const isStamped =
    chain === null ? rules.stamps(pegasus) : all(rules.stamps(pegasus), rules.keepsVersion(chain).not());
  const accept = (): void =>
    p.when(isStamped, () => pegasus.version.set(state.nextVersion.at(0).add('value', 1)));
  p.when(
    rules.isForeignEpoch(pegasus, epoch),
    () => refuseWith(way, PegasusStatus.WrongEpoch),
    () => {
      if (chain === null) return accept();
      const isElsewhere = isForOtherRack(chain, pegasus, fromOutside, rules);
      p.when(isElsewhere, () => refuseWith(way, PegasusStatus.Retry), accept);
    },
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
            () =>
              way.server.set(
                selection === 'client'
                  ? rules.namedHolder(p, pegasus, { holders, home: way.server })
                  : selectReplica(p, state, selection, entry, holders, () =>
                      rack.epoch.slice(0, 0).concat(p.random(bits(8))),
                    ),
              ),
          );
        },
        () =>
          p.when(
            mode.eq(DirectoryMode.ReadsOnly),
            () => refuseWith(way, PegasusStatus.Retry),
            () => {
              if (selection === 'client') return;
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
