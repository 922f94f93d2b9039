import { pegasusSkew } from './pegasus-skew.ts';
import { parseParameters } from './parameters.ts';
const t = performance.now();
const p = parseParameters(pegasusSkew.parameters, { zipf: process.argv[2] ?? '0,1.2', keys: process.argv[3] ?? '100000', operations: process.argv[4] ?? '40000' });
const r = pegasusSkew.run(p, { progress: () => {}, history: null, check: false, isInterrupted: () => false });
console.table(r.rows); console.log((performance.now() - t) / 1000);
