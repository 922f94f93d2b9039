/** Runs commands for tests: whole processes, or their work alone with everything it says written down. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Output } from '../src/output.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');

export interface CommandRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `ballast` with these arguments to its end.
 *
 * @param interruptAfter sends SIGINT when stderr has this text
 */
export function runBallast(args: readonly string[], interruptAfter?: string): Promise<CommandRun> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  let isInterrupted = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    if (interruptAfter === undefined || isInterrupted || !stderr.includes(interruptAfter)) return;
    isInterrupted = child.kill('SIGINT');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** An output that keeps what it is told. */
export interface RecordedOutput extends Output {
  readonly printed: string[];
  readonly notes: string[];
}

export function recordedOutput(): RecordedOutput {
  const printed: string[] = [];
  const notes: string[] = [];
  return {
    printed,
    notes,
    print: (text) => printed.push(text),
    note: (text) => notes.push(text),
    progress: () => undefined,
  };
}

/** A folder that goes with the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}
