import fc from 'fast-check';
import { SACK_BLOCKS_MAX, TCP_OPTIONS_BYTES_MAX, TcpOptions, tcpOptionsBytes } from '../src/tcp-options.ts';
import { uint } from './property.ts';

/** Every combination of options that fits a header; what is absent has the value of a cleared record. */
export const tcpOptionSets: fc.Arbitrary<TcpOptions> = fc
  .record({
    mss: uint(16),
    windowScale: fc.integer({ min: -1, max: 14 }),
    isSackPermitted: fc.boolean(),
    timestamps: fc.option(fc.tuple(uint(32), uint(32)), { nil: undefined }),
    sackEdges: fc.array(uint(32), { maxLength: 2 * SACK_BLOCKS_MAX }),
  })
  .map(({ timestamps, sackEdges, ...values }) => {
    const options = Object.assign(new TcpOptions(), values);
    options.hasTimestamps = timestamps !== undefined;
    [options.timestampValue, options.timestampEcho] = timestamps ?? [0, 0];
    options.sackBlockCount = sackEdges.length >>> 1;
    options.sackEdges.set(sackEdges.slice(0, 2 * options.sackBlockCount));
    return options;
  })
  .filter((options) => tcpOptionsBytes(options) <= TCP_OPTIONS_BYTES_MAX);
