import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { Prng } from '@ballast/base';
import { keyNamesOf, presetWorkload, type TraceFormat, traceLines, workloadOf } from '@ballast/workload';

const CHUNK_CHARACTERS = 1 << 16;

export interface TraceRequest {
  /** Name of a preset. */
  readonly preset: string;
  readonly operations: number;
  readonly keys: number;
  readonly seed: number;
  readonly format: TraceFormat;
}

/** Writes a trace no faster than it is taken. WorkloadError when there is no such preset. */
export async function writeTrace(request: TraceRequest, out: Writable): Promise<void> {
  const { keys, seed, format, operations } = request;
  const preset = presetWorkload(request.preset);
  const workload = workloadOf(preset, { keys, seed });
  const lines = traceLines(workload, {
    format,
    operations,
    prng: new Prng(seed),
    keyNames: keyNamesOf(preset),
  });
  let chunk = '';
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    if (!out.write(chunk)) await once(out, 'drain');
    chunk = '';
  }
  out.write(chunk);
}
