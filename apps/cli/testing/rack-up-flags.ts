import type { RackUpFlags } from '../src/rack/rack.ts';

/** A rack that is up in a moment and leaves most of a core free, on any port; without what its load is. */
export const RACK_FLAGS: RackUpFlags = {
  servers: 4,
  serviceUs: 500,
  keys: 2_000,
  system: 'both',
  seed: 1,
  rate: 3_000,
  seconds: 4,
  host: '127.0.0.1',
  port: 0,
};

/** The same, with a load. */
export const FLAGS: RackUpFlags = { ...RACK_FLAGS, valueBytes: 32, zipf: 1.2, writeRatio: 0 };
