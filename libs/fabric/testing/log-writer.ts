/**
 * A process that is there to be killed: writes to a log without end, and prints the number of the newest
 * write that may be acknowledged.
 *
 *     node log-writer.ts PATH DURABILITY SEED FIRST
 */
import { writeSync } from 'node:fs';
import { Prng } from '@ballast/base';
import { ItemStore, SipKeyHasher } from '@ballast/pegasus';
import { LogError } from '../src/log-error.ts';
import { type Durability, LogFile } from '../src/log-file.ts';
import { execute } from './log-history.ts';

const STDOUT = 1;
const BATCH_MAX = 6;
/** Waits of a real server: its log is written while syncs and rewrites go on. */
const PAUSE_RATIO = 0.1;

const [path = '', durability = 'process', seed = '1', first = '1'] = process.argv.slice(2);
const prng = new Prng(Number(seed) + Number(first));
const store = new ItemStore();
/** Write numbers and the ends of their records, of those not acknowledged yet. */
const pending: { n: number; position: number }[] = [];

function acknowledge(durablePosition: number): void {
  let newest = 0;
  while (pending[0] !== undefined && pending[0].position <= durablePosition) newest = pending.shift()?.n ?? 0;
  if (newest > 0) writeSync(STDOUT, `${newest}\n`);
}

try {
  const file = LogFile.open({
    path,
    durability: durability as Durability,
    store,
    hasher: new SipKeyHasher(),
    onDurable: acknowledge,
    rewriteBytesMin: 20_000,
    rewriteSliceBytes: 100,
  });
  for (let n = Number(first); ;) {
    for (let count = 1 + prng.below(BATCH_MAX); count > 0; count--, n++) {
      execute(Number(seed), n, store, file.log);
      pending.push({ n, position: file.log.position });
    }
    file.write();
    if (prng.chance(PAUSE_RATIO)) await new Promise((resolve) => setTimeout(resolve, 1));
    else await new Promise((resolve) => setImmediate(resolve));
  }
} catch (error) {
  if (!(error instanceof LogError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
