export { assert, AssertionFailure, present, unreachable } from './assert.ts';
export { type Core, Outbox, type PortNumber, type Sink } from './core.ts';
export { DetailedError } from './error.ts';
export { Frame, FramePool, HEADROOM_BYTES } from './frame.ts';
export { formatNanos, ms, type Nanos, NEVER, seconds, us } from './nanos.ts';
export { Prng } from './prng.ts';
