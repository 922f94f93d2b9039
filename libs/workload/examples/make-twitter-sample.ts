/**
 * Makes twitter-sample.csv: a small synthetic trace in the form of Twitter's, to try the reader with.
 *
 *   node libs/workload/examples/make-twitter-sample.ts > libs/workload/examples/twitter-sample.csv
 *
 * Nothing in it comes from a real trace.
 */
import { Prng } from '@ballast/base';
import { AliasTable, EtcValueSize, KeySpace, type TwitterOperation, ZipfKeys } from '../src/index.ts';

export const SAMPLE_SEED = 2_020;
export const SAMPLE_LINES = 400;

const KEYS = 120;
const CLIENTS = 8;
const OPERATIONS_PER_SECOND = 20;
const WEIGHTS: readonly (readonly [TwitterOperation, number])[] = [
  ['get', 0.7],
  ['gets', 0.06],
  ['set', 0.12],
  ['add', 0.02],
  ['replace', 0.01],
  ['cas', 0.03],
  ['append', 0.01],
  ['prepend', 0.01],
  ['incr', 0.015],
  ['decr', 0.01],
  ['delete', 0.015],
];
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** The text of a trace. Equal arguments give equal texts. */
export function twitterSample(seed: number, lines: number): string {
  const prng = new Prng(seed);
  const ranks = new ZipfKeys({ n: KEYS, theta: 1 });
  const space = new KeySpace({ n: KEYS, scrambleSeed: seed });
  const operations = new AliasTable(WEIGHTS.map(([, weight]) => weight));
  const sizes = new EtcValueSize(4_096);
  const keys = Array.from({ length: KEYS }, () => `us:${prng.below(3)}:${randomText(prng, 14)}`);
  const valueBytes = keys.map(() => sizes.next(prng));
  let text = '';
  for (let line = 0; line < lines; line++) {
    const key = space.keyOf(ranks.next(prng));
    const [operation] = WEIGHTS[operations.next(prng)]!;
    const reads = operation === 'get' || operation === 'gets' || operation === 'delete';
    const size =
      operation === 'incr' || operation === 'decr' ? 8 : operation === 'delete' ? 0 : valueBytes[key]!;
    const timestamp = Math.floor(line / OPERATIONS_PER_SECOND);
    const ttl = reads ? 0 : 86_400;
    const keyText = keys[key]!;
    const client = prng.below(CLIENTS);
    text += `${timestamp},${keyText},${keyText.length},${size},${client},${operation},${ttl}\n`;
  }
  return text;
}

function randomText(prng: Prng, length: number): string {
  return Array.from({ length }, () => LETTERS.charAt(prng.below(LETTERS.length))).join('');
}

if (import.meta.main) process.stdout.write(twitterSample(SAMPLE_SEED, SAMPLE_LINES));
