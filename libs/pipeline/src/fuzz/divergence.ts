/** A divergence written out so that a person can see what happened, and a machine can replay it. */
import { formatDifferences, diffFrames, formatFrame, hexdump, PcapWriter } from '@ballast/wire';
import type { FuzzCase, FuzzStep, Observation } from './execution.ts';
import { textOf } from './plain-data.ts';
import { printProgram } from './print-program.ts';
import type { Disagreement } from './run-case.ts';

export interface Divergence {
  /** The target that does not answer as the oracle does. */
  readonly target: string;
  /** Run with this seed, the first case fails so before it is shrunk. */
  readonly caseSeed: number;
  /** One line: what differs at which step. */
  readonly summary: string;
  /** The shrunk program. */
  readonly program: string;
  /** The shrunk case's steps, one text each; packets as tcpdump would show them, and in hex. */
  readonly steps: readonly string[];
  readonly expected: string;
  readonly actual: string;
  /** The shrunk case's packets as a capture file. */
  readonly pcap: Uint8Array;
  readonly shrunk: FuzzCase;
}

export function describeDivergence(
  shrunk: FuzzCase,
  disagreement: Disagreement,
  caseSeed: number,
): Divergence {
  const { target, step, difference, expected, actual } = disagreement;
  const where = step < shrunk.steps.length ? `step ${step}` : 'the final state';
  const what = difference.path === '' ? 'the answer' : difference.path;
  return {
    target,
    caseSeed,
    summary: `${target}, ${where}: ${what} is ${difference.actual}, should be ${difference.expected}`,
    program: printProgram(shrunk.program),
    steps: shrunk.steps.map(stepText),
    expected: observationText(expected, `${what} = ${difference.expected}`),
    actual: observationText(actual, `${what} = ${difference.actual}`) + frameDifferences(expected, actual),
    pcap: captureOf(shrunk.steps),
    shrunk,
  };
}

/** The whole divergence as text. */
export function divergenceText(d: Divergence): string {
  const load = textOf(d.shrunk.load);
  return [
    d.summary,
    `replay with seed ${d.caseSeed}; loaded with ${load}`,
    '',
    d.program,
    ...d.steps.map((text, i) => `step ${i}: ${text}`),
    '',
    `should be: ${d.expected}`,
    `${d.target} gives: ${d.actual}`,
    '',
  ].join('\n');
}

function stepText(step: FuzzStep): string {
  switch (step.kind) {
    case 'packet': {
      const copies = step.copies.length === 0 ? '' : `, copies ${textOf(step.copies)}`;
      const from = `from port ${step.ingressPort} at ${step.now} ns`;
      const head = `packet of ${step.bytes.length} bytes ${from}${copies}`;
      return [head, formatFrame(step.bytes), hexdump(step.bytes)].filter((line) => line !== '').join('\n');
    }
    case 'write':
      return ['write', ...step.updates.map((u) => `  ${u.type} ${textOf(u.entity)}`)].join('\n');
    case 'read':
      return `read ${textOf(step.request)}`;
  }
}

/** Of a packet all that was seen; of state, which may be large, the part that differs. */
function observationText(observation: Observation, part: string): string {
  if (observation.kind === 'state' || observation.kind === 'read') return part;
  if (observation.kind !== 'packet') return textOf(observation);
  const { bytes, copies, outcome, destination, reason } = observation;
  const to = destination === null ? '' : ` to ${destination}`;
  const why = reason === null ? '' : ` for ${reason}`;
  const lines = [`${outcome}${to}${why}`];
  if (bytes !== null) lines.push(hexdump(bytes));
  for (const copy of copies) {
    lines.push(`copy to port ${copy.port}, replica ${copy.replica}: ${copy.reason ?? 'emitted'}`);
    if (copy.bytes !== null) lines.push(hexdump(copy.bytes));
  }
  return lines.join('\n');
}

/** By header fields, where wire knows the headers. */
function frameDifferences(expected: Observation, actual: Observation): string {
  if (expected.kind !== 'packet' || actual.kind !== 'packet') return '';
  if (expected.bytes === null || actual.bytes === null) return '';
  const differences = diffFrames(expected.bytes, actual.bytes);
  return differences.length === 0 ? '' : `\n${formatDifferences(differences)}`;
}

function captureOf(steps: readonly FuzzStep[]): Uint8Array {
  const writer = new PcapWriter();
  const chunks = [
    writer.header(),
    ...steps.flatMap((s) => (s.kind === 'packet' ? [writer.packet(s.now, s.bytes)] : [])),
  ];
  const file = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    file.set(chunk, at);
    at += chunk.length;
  }
  return file;
}
