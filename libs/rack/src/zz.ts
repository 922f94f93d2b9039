import { randomRun } from './random-run.ts';
import { formatViolation } from '@ballast/checkers';
const from = Number(process.argv[2] ?? 1), to = Number(process.argv[3] ?? 10);
for (let seed = from; seed <= to; seed++) {
  const t = performance.now();
  const r = randomRun({ seed });
  console.log(seed, r.verdict.verdict, r.operationCount, 'ev', r.events, 'p', r.promotions, 'd', r.demotions, 'rest', r.cameToRest, 'inUse', r.framesInUse, Math.round(performance.now() - t) + 'ms', JSON.stringify(r.shape).slice(0, 0));
  if (r.verdict.verdict === 'violation') { console.log(JSON.stringify(r.shape)); console.log(formatViolation(r.verdict as any).slice(0, 3000)); }
}
