/**
 * Random packet programs that pass the checks by construction: small syntax trees over every expression,
 * statement, kind of state and outcome. What they compute is meaningless; that they compute the same on
 * every target is what is tested.
 */
import type { Prng } from '@ballast/base';
import {
  ethernetHeader,
  gueHeader,
  type HeaderType,
  ipv4Header,
  ipv6Header,
  pegasusHeader,
  udpHeader,
  vlanHeader,
  vxlanHeader,
} from '@ballast/wire';
import { type HeaderInstance, type Program, RECIRCULATION_LIMIT, RUNT_FRAME } from '../ir.ts';
import { HEADROOM_BYTES, present } from '@ballast/base';
import type { ParserGraph } from '../parser-graph.ts';
import { knownAtStart } from './knowledge.ts';
import { randomFormat, randomHeaderType } from './random-format.ts';
import { PartWriter } from './random-statement.ts';
import { Declarations } from './random-state.ts';
import { between } from './random-values.ts';

/** Headers that a program may push; others with a checksum would need a sum over the payload. */
const PUSHABLE: readonly HeaderType[] = [
  ipv4Header,
  udpHeader,
  vlanHeader,
  gueHeader,
  vxlanHeader,
  ethernetHeader,
  ipv6Header,
  pegasusHeader,
];
const ADDED_BYTES_MAX = HEADROOM_BYTES / 2;
const RECIRCULATIONS_MAX = 3;

export function randomProgram(rng: Prng): Program {
  const parser = randomFormat(rng);
  const headers = randomHeaders(rng, parser);
  const declared = new Declarations(rng, { ...EMPTY, headers, parser });
  const mayRecirculate = rng.chance(0.4);
  const recirculationsMax = mayRecirculate ? rng.below(recirculationsBound(headers) + 1) : 0;
  const start = knownAtStart(parser);
  const statementsMax = rng.chance(0.3) ? between(rng, 3, 8) : between(rng, 8, 30);
  const ingress = new PartWriter(declared, { part: 'ingress', statementsMax, mayRecirculate }).ending(
    start,
    3,
  );
  const egress = rng.chance(0.5)
    ? new PartWriter(declared, { part: 'egress', statementsMax: 8, mayRecirculate: false }).ending(start, 2)
    : null;
  const { variables, tables, registers, slots, caches, counters } = declared;
  return {
    ...{
      name: EMPTY.name,
      headers,
      parser,
      variables,
      tables,
      registers,
      slots,
      caches,
      counters,
      ingress,
      egress,
    },
    dropReasons: [...declared.dropReasons, RUNT_FRAME, RECIRCULATION_LIMIT],
    controllerReasons: [...declared.controllerReasons],
    recirculationsMax,
  };
}

const EMPTY: Omit<Program, 'headers' | 'parser'> = {
  name: 'fuzzed',
  variables: [],
  tables: [],
  registers: [],
  slots: [],
  caches: [],
  counters: [],
  ingress: [],
  egress: null,
  dropReasons: [],
  controllerReasons: [],
  recirculationsMax: 0,
};

/** The parser's headers in its order, and among them some that the program may push. */
function randomHeaders(rng: Prng, graph: ParserGraph): HeaderInstance[] {
  const headers = graph.states.map(({ header }): HeaderInstance => {
    return { name: header, type: present(graph.types[header], 'states have types'), added: false };
  });
  let bytesLeft = ADDED_BYTES_MAX;
  for (let i = 0; i < 3 && rng.chance(0.6); i++) {
    const type = rng.chance(0.7) ? rng.pick(PUSHABLE) : randomHeaderType(rng, `pushed${i}`, 10);
    if (type.bytes > bytesLeft) continue;
    bytesLeft -= type.bytes;
    headers.splice(rng.below(headers.length), 0, { name: `p${i}`, type, added: true });
  }
  return headers;
}

/** Each pass, and the egress part, may push every header once: together they fit the headroom. */
function recirculationsBound(headers: readonly HeaderInstance[]): number {
  const added = headers.filter((h) => h.added).reduce((sum, h) => sum + h.type.bytes, 0);
  return added === 0
    ? RECIRCULATIONS_MAX
    : Math.min(RECIRCULATIONS_MAX, Math.floor(HEADROOM_BYTES / added) - 2);
}
