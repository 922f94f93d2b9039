/** The parameters that figures share, each defined once; a figure takes them and changes defaults. */
import { type System, SYSTEMS } from '@ballast/rack';
import { HOT_KEYS_MAX, SERVERS_MAX } from '@ballast/programs';
import type { NamesSpec, NumberSpec, Parameters, ParameterSpecs } from './parameters.ts';

/** One rack and its load. */
export const RACK = {
  seed: { kind: 'integer', help: 'everything random follows from it', min: 0, max: 2 ** 48, default: 1 },
  zipf: { kind: 'number', help: 'skew of the keys; 0 is uniform', min: 0, max: 3, default: 1.2 },
  servers: { kind: 'integer', help: 'storage servers', min: 1, max: SERVERS_MAX, default: 28 },
  keys: {
    kind: 'integer',
    help: 'keys in the store',
    min: 1,
    max: 20_000_000,
    default: 1_000_000,
    quick: 100_000,
  },
  'value-bytes': {
    kind: 'integer',
    help: 'size of a value',
    unit: 'bytes',
    min: 8,
    max: 8_800,
    default: 128,
  },
  'write-ratio': { kind: 'number', help: 'share of writes', min: 0, max: 1, default: 0 },
  'service-us': {
    kind: 'number',
    help: 'mean time that a server takes for a request',
    unit: 'us',
    min: 0.1,
    max: 100_000,
    default: 5,
  },
  service: {
    kind: 'choice',
    help: 'distribution of the service time',
    choices: ['constant', 'exponential'],
    default: 'constant',
  },
  'slo-us': {
    kind: 'number',
    help: 'objective for the 99th percentile of the latency',
    unit: 'us',
    min: 1,
    max: 1_000_000,
    default: 50,
  },
  'link-us': { kind: 'number', help: 'latency of each link', unit: 'us', min: 0, max: 10_000, default: 1 },
  'link-gbps': {
    kind: 'number',
    help: 'bandwidth of each link, in each direction',
    unit: 'Gb/s',
    min: 0.001,
    max: 1_000,
    default: 25,
  },
  'directory-entries': {
    kind: 'integer',
    help: 'keys that the switch may hold as hot',
    min: 1,
    max: HOT_KEYS_MAX,
    default: 64,
  },
  clients: { kind: 'integer', help: 'load generators', min: 1, max: 64, default: 8 },
} as const satisfies ParameterSpecs;

/** The search for the largest load that meets the objective. */
export const SEARCH = {
  operations: {
    kind: 'integer',
    help: 'operations per probe of the search',
    min: 1_000,
    max: 10_000_000,
    default: 60_000,
    quick: 7_500,
  },
  precision: {
    kind: 'number',
    help: 'relative precision of the peak',
    min: 0.001,
    max: 0.5,
    default: 0.01,
    quick: 0.04,
  },
} as const satisfies ParameterSpecs;

/** A load that stays as it is. */
export const LOAD = {
  kind: 'number',
  help: 'load offered, as a share of what the servers could do under the objective with equal parts of it',
  min: 0.01,
  max: 2,
  default: 0.8,
} as const satisfies NumberSpec;

/** The systems that most figures compare. */
const BOTH: readonly System[] = ['hashing', 'pegasus'];

export const SYSTEMS_COMPARED = {
  kind: 'names',
  help: 'which systems to run',
  choices: SYSTEMS,
  groups: { both: BOTH },
  default: BOTH,
} as const satisfies NamesSpec;

/** One rack and its load, as values of the parameters above. */
export interface Setting extends Parameters<typeof RACK> {
  readonly system: System;
}
