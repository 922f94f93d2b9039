/** Workloads by name. */
import { type MixShares, ycsbMix, type YcsbName } from './mix.ts';
import { profileWorkload, twitterProfiles } from './twitter-profiles.ts';
import type { WorkloadDescription } from './workload-description.ts';
import { WorkloadError } from './workload-error.ts';

/** YCSB's zipfian constant, for its "latest" too (ZipfianGenerator). */
const YCSB_THETA = 0.99;
/** Ten fields of 100 bytes (CoreWorkload); an update here writes the whole value, in YCSB one field. */
const YCSB_VALUE_BYTES = 1_000;
const YCSB_KEY_BYTES = 16;

const YCSB_ABOUT: Readonly<Record<YcsbName, string>> = {
  A: 'YCSB A: half reads, half updates',
  B: 'YCSB B: mostly reads',
  C: 'YCSB C: reads only',
  D: 'YCSB D: reads of what was inserted last',
  F: 'YCSB F: reads and read-modify-writes',
};

/** YCSB's core workloads, then Twitter's clusters. */
export const presets: readonly WorkloadDescription[] = [
  ...(['A', 'B', 'C', 'D', 'F'] as const).map(describe),
  ...twitterProfiles.map(({ cluster }) => profileWorkload(`cluster${cluster}`)),
];

/** A preset by its name, in either case. WorkloadError: SCANS for ycsb-e, UNKNOWN_PRESET for others. */
export function presetWorkload(name: string): WorkloadDescription {
  const lower = name.toLowerCase();
  if (lower === 'ycsb-e') throw new WorkloadError({ code: 'SCANS', workload: 'E' });
  const preset = presets.find((candidate) => candidate.name === lower);
  if (preset !== undefined) return preset;
  throw new WorkloadError({ code: 'UNKNOWN_PRESET', preset: name, known: presets.map(({ name }) => name) });
}

function describe(name: YcsbName): WorkloadDescription {
  return {
    name: `ycsb-${name.toLowerCase()}`,
    about: YCSB_ABOUT[name],
    mix: sharesOf(name),
    popularity: { kind: name === 'D' ? 'latest' : 'zipf', theta: YCSB_THETA },
    valueBytes: { kind: 'constant', bytes: YCSB_VALUE_BYTES },
    keyBytes: YCSB_KEY_BYTES,
    source: 'YCSB, SoCC 2010, table 2; CoreWorkload',
  };
}

/** Without the kinds that it has not. */
function sharesOf(name: YcsbName): MixShares {
  return Object.fromEntries(Object.entries(ycsbMix(name).shares).filter(([, share]) => share > 0));
}
