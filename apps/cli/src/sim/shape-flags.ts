/** Flags that fix what a seed would draw. */
import { type Command, Option } from 'commander';
import { DURATION_NS_RANGE, type ParameterRange, type RunShape, SHAPE_RANGES } from '@ballast/rack';
import { integerIn, numberIn } from '../flag-values.ts';

/** What is given in place of what a seed draws. */
export interface Fixed {
  readonly shape: Partial<RunShape>;
  /** Null: that of all random runs. */
  readonly durationNs: number | null;
}

type FlagValue = number | string;

interface FixedFlag {
  readonly field: keyof RunShape | 'durationNs';
  /** Without the dashes. */
  readonly name: string;
  readonly placeholder: string;
  readonly what: string;
  readonly range: ParameterRange;
  /** Nanoseconds in the unit of the flag. */
  readonly unitNs?: number;
}

const MICROSECOND = 1_000;
const MILLISECOND = 1_000_000;
/** What `isExponential` is called. */
const SERVICES = ['constant', 'exponential'] as const;

const shapeFlag = (
  field: keyof RunShape,
  [name, placeholder]: readonly [string, string],
  what: string,
  unitNs = 1,
): FixedFlag => ({ field, name, placeholder, what, range: SHAPE_RANGES[field], unitNs });

const FLAGS: readonly FixedFlag[] = [
  shapeFlag('servers', ['servers', 'n'], 'storage servers'),
  shapeFlag('clients', ['clients', 'n'], 'hosts that send requests'),
  shapeFlag('users', ['users', 'n'], 'of all clients; each waits for its answer'),
  shapeFlag('keys', ['keys', 'n'], 'keys'),
  shapeFlag('preloadShare', ['preload', 'share'], 'keys that are there at first'),
  shapeFlag('theta', ['zipf', 'theta'], 'skew; 0 is uniform'),
  shapeFlag('shiftNs', ['shift-us', 'us'], 'time until other keys are the hottest', MICROSECOND),
  shapeFlag('writeRatio', ['write-ratio', 'share'], 'operations that write'),
  shapeFlag('deleteShare', ['deletes', 'share'], 'writes that delete'),
  shapeFlag('lossRatio', ['loss', 'share'], 'frames lost, on each link'),
  shapeFlag('duplicateRatio', ['duplicates', 'share'], 'frames doubled'),
  shapeFlag('reorderRatio', ['reorder', 'share'], 'frames that are late'),
  shapeFlag('reorderDelayNs', ['delay-us', 'us'], 'by how much at most', MICROSECOND),
  shapeFlag('corruptRatio', ['corrupt', 'share'], 'frames with flipped bits'),
  shapeFlag('hotKeysMax', ['hot-keys', 'n'], 'keys that the switch has an entry for'),
  shapeFlag('estimator', ['estimator', 'name'], 'how hot keys are found'),
  shapeFlag('missedPingsMax', ['missed-pings', 'n'], 'in a row, 200 us apart: the server counts as dead'),
  {
    ...shapeFlag('isExponential', ['service', 'name'], 'service times of 3 us'),
    range: { kind: 'choice', choices: SERVICES },
  },
  {
    ...{ field: 'durationNs', name: 'duration-ms', placeholder: 'ms', what: 'of the load' },
    ...{ range: DURATION_NS_RANGE, unitNs: MILLISECOND },
  },
];

/** Names of the flags as commander has them, for those that are given. */
export function givenFixed(flags: object): readonly string[] {
  const given: Readonly<Record<string, unknown>> = { ...flags };
  return FLAGS.filter(({ name }) => given[attributeOf(name)] !== undefined).map(({ name }) => name);
}

export function addShapeFlags(command: Command): Command {
  command.optionsGroup('In place of what the seed draws:');
  for (const flag of FLAGS) command.addOption(optionOf(flag));
  return command;
}

/** What commander read. */
export function fixedBy(flags: object): Fixed {
  const given: Readonly<Record<string, unknown>> = { ...flags };
  const shape: Record<string, unknown> = {};
  let durationNs: number | null = null;
  for (const { field, name, unitNs = 1 } of FLAGS) {
    const value = given[attributeOf(name)] as FlagValue | undefined;
    if (value === undefined) continue;
    // Whole nanoseconds: what fixedText makes of them comes back as the same.
    const scaled = typeof value === 'number' && unitNs > 1 ? Math.round(value * unitNs) : value;
    if (field === 'durationNs') durationNs = scaled as number;
    else shape[field] = field === 'isExponential' ? value === 'exponential' : scaled;
  }
  return { shape, durationNs };
}

/** The flags that fix this, as one writes them: ' --servers 9 --loss 0.2'. Empty when nothing is fixed. */
export function fixedText({ shape, durationNs }: Fixed): string {
  const values: Readonly<Record<string, FlagValue | boolean | undefined>> = {
    ...shape,
    durationNs: durationNs ?? undefined,
  };
  return FLAGS.map(({ field, name, unitNs = 1 }) => {
    const value = values[field];
    if (value === undefined) return '';
    if (field === 'isExponential') return ` --${name} ${SERVICES[value === true ? 1 : 0]}`;
    return ` --${name} ${typeof value === 'number' ? value / unitNs : value}`;
  }).join('');
}

function optionOf({ name, placeholder, what, range, unitNs = 1 }: FixedFlag): Option {
  const flags = `--${name} <${placeholder}>`;
  if (range.kind === 'choice') return new Option(flags, what).choices(range.choices.map(String));
  const limits = { min: range.min / unitNs, max: range.max / unitNs };
  const read = range.kind === 'integer' ? integerIn(limits) : numberIn(limits);
  return new Option(flags, `${what}; ${limits.min} to ${limits.max}`).argParser(read);
}

function attributeOf(name: string): string {
  return new Option(`--${name} <value>`).attributeName();
}
