import type { RackUpFlags } from '../src/rack/rack.ts';

/** A rack that is up in a moment and leaves most of a core free, on any port. */
export const FLAGS: RackUpFlags = {
  servers: 4,
  serviceUs: 500,
  keys: 2_000,
  valueBytes: 32,
  system: 'both',
  seed: 1,
  rate: 3_000,
  zipf: 1.2,
  writeRatio: 0,
  seconds: 4,
  host: '127.0.0.1',
  port: 0,
};
