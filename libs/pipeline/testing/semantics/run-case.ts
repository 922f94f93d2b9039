/** Runs a case on a target and says in the terms of the packet what went differently. */
import { inspect, isDeepStrictEqual } from 'node:util';
import { Frame, HEADROOM_BYTES } from '@ballast/base';
import { diffFrames, formatDifferences, formatFrame, hexdump } from '@ballast/wire';
import { type Instance, OUTCOME_NAMES, type Target } from '../../src/index.ts';
import type { Copy, Expectation, ExpectedState, SemanticsCase, SendStep } from './case.ts';

/** What a target did that the case does not allow. */
export class SemanticsMismatch extends Error {
  override name = 'SemanticsMismatch';
}

/** @throws SemanticsMismatch at the first step that went differently */
export function runCase(target: Target, { program, options, steps }: SemanticsCase): void {
  const run = new CaseRun(target.load(program(), options));
  for (const [position, step] of steps.entries()) {
    const where = `${target.name}, step ${position}`;
    switch (step.kind) {
      case 'write':
        run.instance.control.write(step.updates);
        break;
      case 'send':
        run.send(step, where);
        break;
      case 'state':
        run.compareState(step.state, where);
    }
  }
}

const FRAME_BYTES = 2048;
const FILL = 0xa5;

class CaseRun {
  readonly instance: Instance;
  readonly #drops: number[];
  #sent = 0;

  constructor(instance: Instance) {
    this.instance = instance;
    this.#drops = instance.program.dropReasons.map(() => 0);
  }

  send({ packet, port, now, expect, copies }: SendStep, where: string): void {
    const frame = this.#frameOf(packet);
    const end = frame.start + frame.length;
    const outcome = OUTCOME_NAMES[this.instance.process(frame, port, now)];
    const actual = this.#describe(outcome);
    const expected = describeExpectation(expect);
    if (expect.outcome === 'drop') this.#countDrop(expect.reason);
    if (actual !== expected) throw differs(where, packet, { expected, actual });
    this.#compareDrops(where);
    requireUntouched(frame, end, where);
    if (expect.outcome === 'drop') return;
    compareFrames(where, packet, expect.frame ?? packet, frame.contents());
    const left = frame.contents().slice();
    for (const [i, copy] of copies.entries()) this.#copy(copy, { left, now, where: `${where}, copy ${i}` });
  }

  compareState(expected: ExpectedState, where: string): void {
    const dump = this.instance.dump();
    for (const kind of ['registers', 'slots', 'caches', 'counters'] as const) {
      for (const [name, value] of Object.entries(expected[kind] ?? {})) {
        requireEqual(`${where}, ${kind} ${name}`, dump[kind][name], value);
      }
    }
    if (expected.random !== undefined) requireEqual(`${where}, random`, dump.random, expected.random);
    if (expected.drops !== undefined) {
      const reasons = this.instance.program.dropReasons;
      const counts = new Map(reasons.map((reason, i) => [reason, dump.drops[i]]));
      for (const [reason, count] of counts) if (count === 0) counts.delete(reason);
      requireEqual(`${where}, drops`, Object.fromEntries(counts), expected.drops);
    }
  }

  #copy(
    { port, replica = 0, expect }: Copy,
    { left, now, where }: { left: Uint8Array; now: number; where: string },
  ): void {
    const frame = this.#frameOf(left);
    const end = frame.start + frame.length;
    const actual = this.instance.processEgress(frame, port, replica, now) ? 'emit' : this.#describe('drop');
    const expected = expect.outcome === 'emit' ? 'emit' : describeExpectation(expect);
    if (expect.outcome === 'drop') this.#countDrop(expect.reason);
    if (actual !== expected) throw differs(where, left, { expected, actual });
    this.#compareDrops(where);
    requireUntouched(frame, end, where);
    if (expect.outcome === 'emit') compareFrames(where, left, expect.frame ?? left, frame.contents());
  }

  /** A frame that starts somewhere else each time, so that nothing relies on where. */
  #frameOf(contents: Uint8Array): Frame {
    const frame = new Frame(FRAME_BYTES);
    frame.bytes.fill(FILL);
    frame.start = HEADROOM_BYTES - (this.#sent++ % 4);
    frame.length = contents.length;
    frame.bytes.set(contents, frame.start);
    return frame;
  }

  #describe(outcome: string): string {
    const { program, destination, reason } = this.instance;
    switch (outcome) {
      case 'forward':
      case 'multicast':
        return `${outcome} to ${destination}`;
      case 'drop':
        return `drop for ${program.dropReasons[reason] ?? `reason ${reason}`}`;
      case 'controller':
        return `controller for ${program.controllerReasons[reason] ?? `reason ${reason}`}`;
      default:
        return outcome;
    }
  }

  #countDrop(reason: string): void {
    const position = this.instance.program.dropReasons.indexOf(reason);
    this.#drops[position] = (this.#drops[position] ?? 0) + 1;
  }

  #compareDrops(where: string): void {
    requireEqual(`${where}, drops by reason`, [...this.instance.drops], this.#drops);
  }
}

function describeExpectation(expect: Expectation): string {
  switch (expect.outcome) {
    case 'forward':
      return `forward to ${expect.port}`;
    case 'multicast':
      return `multicast to ${expect.group}`;
    case 'drop':
    case 'controller':
      return `${expect.outcome} for ${expect.reason}`;
    case 'pass':
      return 'pass';
  }
}

/** What stands behind a frame in its buffer belongs to nobody. */
function requireUntouched(frame: Frame, end: number, where: string): void {
  if (frame.bytes.subarray(end).some((byte) => byte !== FILL)) {
    throw new SemanticsMismatch(`${where}: bytes behind the frame were written`);
  }
}

function compareFrames(where: string, input: Uint8Array, expected: Uint8Array, actual: Uint8Array): void {
  const differences = diffFrames(expected, actual);
  if (differences.length === 0) return;
  throw differs(where, input, {
    expected: `${formatFrame(expected)}\n${hexdump(expected)}`,
    actual: `${formatFrame(actual)}\n${hexdump(actual)}\n${formatDifferences(differences)}`,
  });
}

function differs(
  where: string,
  input: Uint8Array,
  { expected, actual }: { expected: string; actual: string },
): SemanticsMismatch {
  const lines = [
    `${where}:`,
    `packet    ${formatFrame(input)}`,
    `expected  ${expected}`,
    `actual    ${actual}`,
  ];
  return new SemanticsMismatch(lines.join('\n'));
}

function requireEqual(where: string, actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new SemanticsMismatch(`${where}:\nexpected  ${text(expected)}\nactual    ${text(actual)}`);
}

function text(value: unknown): string {
  return inspect(value, { depth: null, breakLength: 110 });
}
