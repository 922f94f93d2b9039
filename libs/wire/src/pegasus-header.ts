import { bits, header } from './header.ts';

/**
 * What a message asks or answers. Requests come from clients; all others only from inside the rack, where
 * the switch lets them pass between hosts by their IP addresses.
 */
export const PegasusOp = {
  Get: 1,
  Put: 2,
  Delete: 3,
  GetReply: 4,
  /** To Put and Delete. */
  WriteReply: 5,
  /** Server to server: a copy of an item. */
  Replicate: 6,
  ReplicateAck: 7,
  /** Server to server: an item, or a part of the executed requests, of a range that moves. */
  Transfer: 8,
  TransferAck: 9,
  /**
   * Of a write that the head rack of a chain has executed: key, value and version, to the tail rack, which
   * answers the client. With status NotFound it is a Delete. Its switch takes it in as that write.
   */
  ChainForward: 10,
  /**
   * Controller to home: refuse writes of the key, answer with the key, its version and its executed requests.
   */
  Hold: 16,
  /** Controller to every server: the key is hot under this generation; here are the executed requests. */
  Open: 17,
  /** Controller to a server: replicate the key, and after a write to so many others. */
  Spread: 18,
  /** Controller to every server: refuse writes of this generation, answer with item and executed requests. */
  Fence: 19,
  /** Controller to home: here is what the others had; the key is cold again. */
  Merge: 20,
  /** Controller to every server: the generation is over. */
  Forget: 21,
  /** Controller to a server: this is the incarnation that counts as live; 0: none does. */
  Ping: 22,
  /** Controller to a server that asked to join: this is your incarnation. */
  Welcome: 23,
  /** Controller to a server: stop writing this range of the ring and send it to another server. */
  Yield: 24,
  /** Controller to a server: it has the whole range, and will be its home. */
  Accept: 25,
  /** Controller to a server: the range has moved; forget it. */
  Drop: 26,
  /** Controller to a server: the range does not move after all. */
  Keep: 27,
  /** Server to controller, after a start or when it learns that it counts as dead: take me in. */
  Join: 31,
  HoldAck: 32,
  OpenAck: 33,
  SpreadAck: 34,
  FenceAck: 35,
  MergeAck: 36,
  ForgetAck: 37,
  PingAck: 38,
  WelcomeAck: 39,
  YieldAck: 40,
  AcceptAck: 41,
  DropAck: 42,
  KeepAck: 43,
} as const;
export type PegasusOp = (typeof PegasusOp)[keyof typeof PegasusOp];

/** Distance from a controller's message to its acknowledgement. */
export const PEGASUS_ACK_OFFSET = 16;

export const PegasusStatus = {
  Ok: 0,
  NotFound: 1,
  /** Not executed, surely: the key's directory entry is changing. Send the same request again. */
  Retry: 2,
  /** Not executed by this transmission: the request carries another live-set epoch than the switch. */
  WrongEpoch: 3,
  /** Not executed: no server that holds the key can be reached. */
  Unavailable: 4,
  /** Not executed: key and value do not fit one packet. */
  TooLarge: 5,
  /** Not executed: the message contradicts itself (lengths, key hash). */
  BadRequest: 6,
} as const;
export type PegasusStatus = (typeof PegasusStatus)[keyof typeof PegasusStatus];

export const PegasusFlag = {
  /** In a reply: its key is not the promoted key of this hash; the switch leaves the directory alone. */
  OtherKey: 1,
  /** In a request that a server sends on: deliver to the key's home, whatever the directory says. */
  ToHome: 2,
  /** In Spread: send the first copies now. */
  Begin: 4,
  /** In Join: nothing of what this server held before its start is left. */
  Empty: 8,
  /** In a write, from the switch of a rack with a tail: answer nobody, send the write on as ChainForward. */
  Chained: 16,
} as const;

/** Positions of the hash ring: a position is the top bits of a key's hash. */
export const RING_BITS = 14;
export const RING_POSITIONS = 2 ** RING_BITS;

/** UDP destination port of every Pegasus request, and source port of every reply. */
export const PEGASUS_PORT = 4100;
export const PEGASUS_MAGIC = 0x5047;
export const PEGASUS_FORMAT = 1;

/**
 * Pegasus header: the first 50 bytes of the UDP payload, big-endian (Pegasus, OSDI '20; widths are ours).
 *
 * The key follows (`keyLength` bytes), then the value up to the end of the UDP payload. Fields that the
 * switch writes start at even offsets, so that a checksum delta needs no shift.
 */
export const pegasusHeader = header('pegasus', {
  magic: bits(16),
  format: bits(8),
  op: bits(8),
  flags: bits(8),
  status: bits(8),
  /**
   * Live-set epoch: of the first transmission in requests, of the switch in replies to clients. It wraps: a
   * request that is late by 65,535 changes of the live set is not foreseen.
   */
  epoch: bits(16),
  /** The storage server that sent this message. */
  server: bits(8),
  /** The storage server that a server-to-server or controller message is for. */
  target: bits(8),
  /** Replies: requests waiting at the sending server. Controller messages: number of parts. */
  load: bits(16),
  serverIncarnation: bits(16),
  keyLength: bits(16),
  /**
   * Requests: ids below requestId - window are settled, this client never sends them again. Controller: part.
   */
  window: bits(16),
  /** Of the directory entry that routed the request; 0: the key was not hot. */
  generation: bits(32),
  clientId: bits(32),
  requestId: bits(64),
  keyHash: bits(64),
  /** (switch incarnation: 16 bits, counter: 48 bits), compared as one number; 0: never written. */
  version: bits(64),
});
