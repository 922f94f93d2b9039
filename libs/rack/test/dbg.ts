import { randomRun } from '../src/index.ts';
const s = Number(process.argv[2]);
const shape = {
  servers: 2 + (s % 3),
  keys: 4 + (s % 5),
  hotKeysMax: 1 + (s % 3),
  shiftNs: 1_000_000,
  reorderRatio: 0.2,
  reorderDelayNs: 4_000_000,
  duplicateRatio: 0.1,
  writeRatio: 0.4,
  missedPingsMax: 2,
  users: 20,
};
const r = randomRun({ seed: s, faults: 'all', shape });
console.log(r.verdict.verdict, r.shape, r.durability, String(r.faults), r.counters);
