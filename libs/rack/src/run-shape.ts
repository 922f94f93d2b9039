/** What a seed decides of a rack and its load, and the values that these may take when somebody else does. */
import { ms, type Nanos, type Prng, seconds, us } from '@ballast/base';
import { type Estimator, ESTIMATORS, HOT_KEYS_MAX, SERVERS_MAX } from '@ballast/programs';

/** What a seed decides. */
export interface RunShape {
  readonly servers: number;
  readonly clients: number;
  readonly keys: number;
  /** Share of the keys that are there at first; the others appear when they are written. */
  readonly preloadShare: number;
  readonly users: number;
  readonly theta: number;
  readonly writeRatio: number;
  readonly deleteShare: number;
  readonly lossRatio: number;
  readonly duplicateRatio: number;
  readonly reorderRatio: number;
  readonly reorderDelayNs: Nanos;
  /**
   * Share of the frames that have bits flipped. A switch drops those, as its ports check the frame check
   * sequence; on their way to a host nothing but the checksums of IP and UDP sees it.
   */
  readonly corruptRatio: number;
  readonly hotKeysMax: number;
  /** The hottest keys change so often. */
  readonly shiftNs: Nanos;
  /** A server that leaves so many pings unanswered, one each 200 us, counts as dead. */
  readonly missedPingsMax: number;
  /** Service times: exponential, or constant. */
  readonly isExponential: boolean;
  readonly estimator: Estimator;
}

/** Values that a parameter takes; of numbers both ends are among them. */
export type ParameterRange =
  | { readonly kind: 'integer' | 'number'; readonly min: number; readonly max: number }
  | { readonly kind: 'choice'; readonly choices: readonly (string | boolean)[] };

const SHARE = { kind: 'number', min: 0, max: 1 } as const;
/** A frame that is late by more is still on its way when everything is to have come to rest. */
const DELAY_NS_MAX = ms(20);

export const SHAPE_RANGES: Readonly<Record<keyof RunShape, ParameterRange>> = {
  servers: { kind: 'integer', min: 1, max: SERVERS_MAX },
  clients: { kind: 'integer', min: 1, max: 64 },
  keys: { kind: 'integer', min: 1, max: 100_000 },
  preloadShare: SHARE,
  users: { kind: 'integer', min: 1, max: 1_000 },
  theta: { kind: 'number', min: 0, max: 3 },
  writeRatio: SHARE,
  deleteShare: SHARE,
  lossRatio: SHARE,
  duplicateRatio: SHARE,
  reorderRatio: SHARE,
  reorderDelayNs: { kind: 'number', min: 0, max: DELAY_NS_MAX },
  corruptRatio: SHARE,
  hotKeysMax: { kind: 'integer', min: 1, max: HOT_KEYS_MAX },
  shiftNs: { kind: 'number', min: us(10), max: seconds(1) },
  missedPingsMax: { kind: 'integer', min: 1, max: 1_000_000 },
  isExponential: { kind: 'choice', choices: [false, true] },
  estimator: { kind: 'choice', choices: ESTIMATORS },
};
/** Of a whole run. */
export const DURATION_NS_RANGE = {
  kind: 'number',
  min: us(1),
  max: seconds(1),
} as const satisfies ParameterRange;

export function isInRange(value: unknown, range: ParameterRange): boolean {
  if (range.kind === 'choice') return range.choices.some((choice) => choice === value);
  const isOfKind = range.kind === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(value);
  return isOfKind && (value as number) >= range.min && (value as number) <= range.max;
}

/** 'an integer from 1 to 32' */
export function rangeText(range: ParameterRange): string {
  if (range.kind === 'choice') return `one of ${range.choices.map(String).join(', ')}`;
  return `${range.kind === 'integer' ? 'an integer' : 'a number'} from ${range.min} to ${range.max}`;
}

/** Draws a rack small enough that keys, versions and servers meet all the time. */
export function drawShape(prng: Prng): RunShape {
  return {
    servers: 2 + prng.below(6),
    clients: 2 + prng.below(3),
    keys: 4 + prng.below(28),
    preloadShare: prng.pick([1, 0.5]),
    users: 6 + prng.below(18),
    theta: 0.6 + prng.unit() * 0.9,
    writeRatio: prng.pick([0.05, 0.2, 0.5]),
    deleteShare: prng.pick([0, 0.02, 0.1]),
    lossRatio: prng.pick([0, 0.005, 0.03]),
    duplicateRatio: prng.pick([0, 0.02, 0.1]),
    reorderRatio: prng.pick([0, 0.05, 0.2]),
    reorderDelayNs: prng.pick([us(20), us(300), ms(2)]),
    hotKeysMax: 1 + prng.below(4),
    shiftNs: prng.pick([ms(2), ms(5)]),
    missedPingsMax: 3,
    isExponential: prng.chance(0.5),
    estimator: prng.pick(ESTIMATORS),
    corruptRatio: prng.pick([0, 0, 0.01]),
  };
}
