/** `ballast rack`: the rack in one process. */
import { isIPv4 } from 'node:net';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { integerIn, numberIn } from '../flag-values.ts';
import { UsageError } from '../terminal/failure.ts';
import type { Durability } from '@ballast/rack';
import type { Popularity, TraceFormat, WorkloadDescription } from '@ballast/workload';
import { KEY_BYTES, VALUE_BYTES_MAX } from './limits.ts';
import { registerOperations } from './operations.ts';
import type { RackUpOptions } from './options.ts';

/** As commander has the flags, before what is left out is filled in. */
export interface RackUpFlags {
  readonly servers: number;
  readonly serviceUs: number;
  readonly keys: number;
  readonly valueBytes?: number;
  readonly system?: RackUpOptions['system'];
  readonly standby?: number;
  readonly data?: string;
  readonly durability?: Durability;
  readonly seed: number;
  readonly rate?: number;
  readonly zipf?: number;
  readonly writeRatio?: number;
  /** Name of a preset. */
  readonly preset?: string;
  readonly workload?: string;
  readonly workloadFormat?: TraceFormat;
  readonly skipOversized?: boolean;
  readonly seconds: number;
  readonly keep?: boolean;
  readonly host: string;
  readonly port: number;
  readonly json?: boolean;
  readonly check?: boolean;
  readonly history?: string;
}

/** The process keeps the values once, and makes room for as much again as it grows. */
const STORE_BYTES_MAX = 512 * 1024 * 1024;

/** Where neither a flag nor a preset says anything. */
const DEFAULTS = { zipf: 1.2, writeRatio: 0, valueBytes: 128 } as const;

/** Bits of a replica set. */
const SERVERS_MAX = 32;

/** As @ballast/rack has them, which would take long to load for `--help`. */
const DURABILITIES: readonly Durability[] = ['none', 'process', 'disk'];

/** As @ballast/workload has them, which would take long to load for `--help`. */
const TRACE_FORMATS: readonly TraceFormat[] = ['twitter', 'ycsb', 'memcached'];

const ABOUT =
  'Runs a whole rack in this process, on the wall clock: switch, servers, clients and controller. First uniform ' +
  'keys, then skewed ones whose hot set shifts in the middle, each with consistent hashing and with Pegasus; then ' +
  'says how they compare. Takes about a minute, needs no root, and ends by itself.';

const AFTER = `
A client has 64 operations in progress at most, and those that come meanwhile wait: when one server is full,
throughput falls to what the fullest server allows. Latencies count from when an operation was meant to start.
Figures are in the rack's own time: the same seed gives the same ones on any machine that is left free.

With --keep, Ctrl-C is the way to end and gives exit code 0; in a phase it gives 130, after the phases that
are done were shown. --history has a key as '<workload>-<system>/<key>'.

--durability process: a write is answered when the operating system has it, so it survives kill -9 of this
process; disk: when it is synced (fdatasync), so it survives a loss of power, too; none: nothing is kept.

Examples:
  ballast rack up
  ballast rack up --zipf 0.9 --write-ratio 0.05 --servers 8
  ballast rack up --keep --system pegasus      at once, until Ctrl-C
  ballast rack up --data rack1                 the same, and the next start on rack1 goes on with its keys
  ballast rack up --preset ycsb-b              flags such as --zipf win over what it says
  ballast rack up --workload trace.log         a trace; docs/workloads.md has the formats
  ballast rack up --check --seconds 20         and judge what the clients saw
  ballast rack up --json > result.json         progress goes to stderr`;

export function register(program: Command): void {
  const rack = program
    .command('rack')
    .description('A rack in one process, and what an operator does to it.')
    .summary('run a rack in one process, live; let its nodes crash');
  const up = rack.command('up');
  addRackFlags(up);
  addRunFlags(up);
  up.addHelpText('after', AFTER).action(async (flags: RackUpFlags) => {
    const { presetWorkload } = await import('@ballast/workload');
    const options = rackUpOptions(flags, flags.preset === undefined ? null : presetWorkload(flags.preset));
    const { rackUp } = await import('./up.ts');
    process.exitCode = await rackUp(options, process);
  });
  registerOperations(rack);
}

/** What the rack is, and its load. */
function addRackFlags(up: Command): void {
  up.summary('run it: hashing against Pegasus, in about a minute')
    .description(ABOUT)
    .optionsGroup('Rack:')
    .option('--servers <n>', 'storage servers', integerIn({ min: 1, max: SERVERS_MAX }), 16)
    .option(
      '--service-us <us>',
      'emulated time of a server for a request',
      numberIn({ min: 1, max: 100_000 }),
      400,
    )
    .option('--keys <n>', 'keys in the store', integerIn({ min: 2, max: 1_000_000 }), 100_000)
    .option(
      '--value-bytes <n>',
      `size of a value (default: ${DEFAULTS.valueBytes})`,
      integerIn({ min: 8, max: VALUE_BYTES_MAX }),
    )
    .addOption(
      new Option(
        '--system <name>',
        'what to run (default: both, one after the other; with --data pegasus)',
      ).choices(['hashing', 'pegasus', 'both']),
    )
    .option(
      '--standby <n>',
      'further servers without keys, until `ballast rack join`',
      integerIn({ min: 0, max: SERVERS_MAX - 1 }),
      0,
    )
    .option('--seed <n>', 'everything random follows from it', integerIn({ min: 0, max: 2 ** 48 }), 1)
    .optionsGroup('Load:')
    .option(
      '--rate <n>',
      'operations/s offered (default: 70 % of the capacity)',
      numberIn({ min: 1, max: 1_000_000 }),
    )
    .option(
      '--zipf <theta>',
      `skew of the skewed workload; 0 is uniform (default: ${DEFAULTS.zipf})`,
      numberIn({ min: 0, max: 3 }),
    )
    .option('--write-ratio <share>', 'share of writes (default: 0)', numberIn({ min: 0, max: 1 }))
    .option('--preset <name>', 'a workload of `ballast workload list` in place of these')
    .option('--workload <file>', 'a trace in place of these workloads: of Twitter, YCSB or memcached')
    .addOption(
      new Option('--workload-format <name>', 'format of the trace (default: by its first lines)').choices(
        TRACE_FORMATS,
      ),
    )
    .option('--skip-oversized', 'pass writes of the trace over whose value fits no packet');
}

function addRunFlags(up: Command): void {
  up.optionsGroup('Run:')
    .option('--seconds <n>', 'of all phases together', numberIn({ min: 1, max: 86_400 }), 60)
    .option(
      '--data <dir>',
      'keep items and membership in this folder, and go on with what it has; implies --keep',
    )
    .addOption(
      new Option('--durability <level>', 'what the folder survives (default: process)').choices(DURABILITIES),
    )
    .option('--keep', 'stay up after the phases; with --system hashing or pegasus at once')
    .option('--host <address>', 'IPv4 address of the control address', hostAddress, '127.0.0.1')
    .option('--port <n>', 'port of the control address; 0 for any', integerIn({ min: 0, max: 65_535 }), 7070)
    .optionsGroup('Output:')
    .option('--json', 'print one JSON document on stdout, and the rest on stderr')
    .option('--check', 'judge what the clients saw: exit 1 on a violation, 3 when it is unknown')
    .option('--history <file>', 'write what the clients saw as JSON Lines');
}

/**
 * Fills in what was left out, and refuses what does not go together. UsageError.
 *
 * @param given the preset of that name; flags win over what it says
 */
export function rackUpOptions(flags: RackUpFlags, given: WorkloadDescription | null = null): RackUpOptions {
  const { json = false, check = false, rate = null, workload = null, history = null } = flags;
  const kept = keptFlags(flags);
  const { keep } = kept;
  const { workloadFormat = null, skipOversized = false } = flags;
  if (keep && (check || history !== null)) {
    const flag = check ? '--check' : '--history';
    const other = flags.keep === true ? '--keep' : '--data';
    throw new UsageError(
      `${flag} and ${other} exclude each other: a history must have an end; leave one out`,
    );
  }
  if (workload === null && (workloadFormat !== null || skipOversized)) {
    const flag = skipOversized ? '--skip-oversized' : '--workload-format';
    throw new UsageError(`${flag} is about a trace; add --workload FILE, or leave it out`);
  }
  if (workload !== null && given !== null) {
    throw new UsageError('--workload and --preset exclude each other: a rack has one load; leave one out');
  }
  const preset = given === null ? null : withFlags(given, flags);
  const load = loadFlags(flags, preset);
  const storeBytes = flags.keys * load.valueBytes;
  if (storeBytes > STORE_BYTES_MAX) {
    const values = `--keys ${flags.keys} of --value-bytes ${load.valueBytes}`;
    throw new UsageError(
      `${values} are ${formatMebibytes(storeBytes)} of values; at most ${formatMebibytes(STORE_BYTES_MAX)} fit this process`,
    );
  }
  return {
    ...{ ...flags, ...load, ...kept, preset, json, check },
    ...{ rate, workload, workloadFormat, skipOversized, history },
  };
}

/** Which racks there are, for how long, and what of them is kept. UsageError. */
function keptFlags(
  flags: RackUpFlags,
): Pick<RackUpOptions, 'system' | 'standby' | 'data' | 'durability' | 'keep'> {
  const { data = null, standby = 0, servers } = flags;
  if (servers + standby > SERVERS_MAX) {
    const all = `--servers ${servers} and --standby ${standby}`;
    throw new UsageError(`${all} are ${servers + standby} servers; a rack has at most ${SERVERS_MAX}`);
  }
  if (data === null) {
    const { system = 'both', keep = false, durability = 'none' } = flags;
    if (durability === 'none') return { system, standby, data, durability, keep };
    throw new UsageError(`--durability ${durability} needs a place; add --data DIR`);
  }
  const { system = 'pegasus', durability = 'process' } = flags;
  if (durability === 'none')
    throw new UsageError(
      '--durability none keeps nothing in --data; choose process or disk, or leave --data out',
    );
  if (system === 'both')
    throw new UsageError('--data keeps one rack, and --system both runs several; choose hashing or pegasus');
  return { system, standby, data, durability, keep: true };
}

/** A preset with what flags say instead. UsageError when its values fit no packet. */
function withFlags(preset: WorkloadDescription, flags: RackUpFlags): WorkloadDescription {
  const { zipf, writeRatio, valueBytes } = flags;
  const changed: WorkloadDescription = {
    ...preset,
    ...(zipf === undefined ? {} : { popularity: popularityWith(preset.popularity, zipf) }),
    ...(writeRatio === undefined ? {} : { mix: { get: 1 - writeRatio, put: writeRatio } }),
    ...(valueBytes === undefined ? {} : { valueBytes: { kind: 'constant', bytes: valueBytes } }),
  };
  const bytes = largestValue(changed);
  const bytesMax = VALUE_BYTES_MAX - Math.max(0, preset.keyBytes - KEY_BYTES);
  if (bytes <= bytesMax) return changed;
  throw new UsageError(
    `--preset ${preset.name} has values of ${bytes} bytes, and an operation is one packet; ` +
      `add --value-bytes, at most ${bytesMax} beside its keys`,
  );
}

function popularityWith(popularity: Popularity, theta: number): Popularity {
  if (popularity.kind === 'latest') return { kind: 'latest', theta };
  return theta === 0 ? { kind: 'uniform' } : { kind: 'zipf', theta };
}

function largestValue({ valueBytes }: WorkloadDescription): number {
  return valueBytes.kind === 'constant' ? valueBytes.bytes : valueBytes.bytesMax;
}

/** Skew, writes and sizes: a preset's, else the flags', else the defaults. */
function loadFlags(
  { zipf = DEFAULTS.zipf, writeRatio = DEFAULTS.writeRatio, valueBytes = DEFAULTS.valueBytes }: RackUpFlags,
  preset: WorkloadDescription | null,
): Pick<RackUpOptions, 'zipf' | 'writeRatio' | 'valueBytes'> {
  if (preset === null) return { zipf, writeRatio, valueBytes };
  const { popularity, mix } = preset;
  return {
    zipf: popularity.kind === 'uniform' ? 0 : popularity.theta,
    writeRatio: 1 - (mix.get ?? 0),
    valueBytes: largestValue(preset),
  };
}

function formatMebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}

function hostAddress(text: string): string {
  if (isIPv4(text) || text === 'localhost') return text;
  throw new InvalidArgumentError('Expected an IPv4 address, such as 127.0.0.1, or localhost.');
}
