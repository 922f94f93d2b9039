import { parseParameters } from './parameters.ts';
import { peakPoint } from './peak-point.ts';
import { RACK, SEARCH } from './rack-parameters.ts';

const SMALL = { keys: '20000', operations: '2000', precision: '0.05' };

/** A point of no figure that takes about a second: how long it takes tells how long others will. */
export const calibrationPoint = peakPoint(
  { ...parseParameters({ ...RACK, ...SEARCH }, SMALL), system: 'hashing' },
  { head: { system: 'hashing' }, words: 'calibration' },
);
