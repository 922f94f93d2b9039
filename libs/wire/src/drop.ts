/**
 * Why bytes were not taken in. Bad bytes are the world's everyday business: a decoder answers with one of
 * these, the caller counts it (`counts[drop]++`) and releases the frame. Nothing is thrown or logged.
 */
export const Drop = {
  None: 0,
  /** Fewer bytes than the header, or than the length that the header states. */
  Truncated: 1,
  /** A version, variant, magic or format that this codec does not speak. */
  BadVersion: 2,
  /** A length that contradicts itself: shorter than its own header, or past the end of what holds it. */
  BadLength: 3,
  BadChecksum: 4,
  /** A TCP option whose length cannot be. */
  BadOption: 5,
  /** A fragment of an IPv4 datagram: nothing here reassembles. */
  Fragment: 6,
  /** Well formed, of a kind that this codec leaves out. */
  Unsupported: 7,
  /** A message of an unknown operation. */
  UnknownOp: 8,
} as const;
export type Drop = (typeof Drop)[keyof typeof Drop];

/** Name of each reason, by its number: labels of counters. Its length is the number of reasons. */
export const DROP_NAMES: readonly string[] = Object.freeze(Object.keys(Drop));
