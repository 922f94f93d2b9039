/** Match-action tables of every key kind. */
import { bits } from '@ballast/wire';
import { exact, longestPrefix, ternary } from '../../src/index.ts';
import { exactly, insert, masked, modify, prefix, remove, tableEntry } from '../control-notation.ts';
import { dropped, forwarded, type SemanticsArea, type SemanticsCase, send, type Step, write } from './case.ts';
import { Probe } from './formats.ts';

const keyProbe = new Probe({ a: 32, b: 16, wide: 64, mac: 48, small: 5 });
type Key = Parameters<(typeof keyProbe)['frame']>[0];

/** The port of a hit, or a drop. */
function looksUp(key: Key, port: number | 'miss'): Step {
  return send(keyProbe.frame(key), port === 'miss' ? dropped('miss') : forwarded(port));
}

/** A table `t` whose action `to` forwards to its parameter. */
function forwarding(
  match: (fields: Parameters<Parameters<(typeof keyProbe)['program']>[0]>[1]) => Parameters<
    Parameters<Parameters<(typeof keyProbe)['program']>[0]>[0]['table']
  >[1]['match'],
): SemanticsCase['program'] {
  return keyProbe.program((p, fields) => {
    const t = p.table('t', { match: match(fields), actions: { to: { port: bits(16) } }, size: 16 });
    return () => t.apply({ to: ({ port }) => p.forward(port), miss: () => p.drop('miss') });
  });
}
