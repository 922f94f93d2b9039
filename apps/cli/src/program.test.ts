import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { recordedOutput, runBallast, temporaryFolder } from '../test/command-run.ts';
import { writeDivergences } from './program/divergence-files.ts';
import { plantedBugs, runFuzz } from './program/run-fuzz.ts';
import { programRows, shippedProgram, showProgram } from './program/show.ts';
import type { FuzzTask } from './program/worker.ts';
import { UsageError } from './terminal/failure.ts';

const TASK: FuzzTask = { seed: 1, seconds: null, packets: null, program: null, mutants: null };

test('program: fuzzing for a second finds no divergence and reports what it covered', async (t) => {
  const output = recordedOutput();
  const code = await runFuzz({ ...TASK, seconds: 1 }, { json: true, out: temporaryFolder(t) }, output);
  const report = JSON.parse(output.printed.join('')) as {
    packets: number;
    divergences: number;
    found: { summary: string }[];
    coverage: { constructs: object; outcomes: object; earlyDropRatio: number };
  };
  assert.ok(report.packets > 0);
  assert.deepEqual(
    report.found.map(({ summary }) => summary),
    [],
  );
  assert.equal(report.divergences, 0);
  assert.equal(code, 0);
  assert.ok(Object.keys(report.coverage.outcomes).length > 0);
  assert.ok(report.coverage.earlyDropRatio <= 1);
});

test('program: with --packets the same seed gives the same report', async (t) => {
  const out = temporaryFolder(t);
  const reportOf = async (): Promise<readonly string[]> => {
    const output = recordedOutput();
    await runFuzz({ ...TASK, packets: 200, program: 'router' }, { json: false, out }, output);
    return output.printed;
  };
  const first = await reportOf();
  assert.match(first.join(''), /0 divergences/);
  assert.deepEqual(first, await reportOf());
});

test('program: a planted bug is found, or survives its packets, and the exit code says which', async (t) => {
  const out = temporaryFolder(t);
  const hunt = async (name: string, packets: number): Promise<{ code: number; missed: string[] }> => {
    const output = recordedOutput();
    const task = { ...TASK, packets, mutants: plantedBugs(name) };
    const code = await runFuzz(task, { json: true, out }, output);
    const { mutants, missed } = JSON.parse(output.printed.join('')) as {
      mutants: object[];
      missed: string[];
    };
    assert.equal(mutants.length, 1);
    return { code, missed };
  };
  assert.deepEqual(await hunt('counter-twice', 1000), { code: 0, missed: [] });
  assert.deepEqual(await hunt('checksums-outer-first', 1), { code: 1, missed: ['checksums-outer-first'] });
  assert.ok(plantedBugs(true).length > 50);
  assert.throws(() => plantedBugs('no-such-bug'), UsageError);
});

test('program: a divergence leaves a capture and a text', (t) => {
  const pcap = Uint8Array.of(1, 2, 3);
  const paths = writeDivergences(temporaryFolder(t), [{ caseSeed: 42, text: 'why', pcap }]);
  assert.deepEqual(
    paths.map((path) => basename(path)),
    ['divergence-42.pcap', 'divergence-42.txt'],
  );
  assert.deepEqual(
    paths.map((path) => [...readFileSync(path)]),
    [[...pcap], [...Buffer.from('why')]],
  );
});

test('program: each that ships is listed and shown, as a tree and as code', () => {
  const names = programRows().map(({ name }) => String(name));
  assert.ok(names.includes('pegasus') && names.includes('router'));
  for (const name of names) {
    assert.match(showProgram(shippedProgram(name), 'interpret'), new RegExp(`^program ${name}\n`));
    assert.match(showProgram(shippedProgram(name), 'js'), /'use strict'/);
  }
  assert.throws(() => shippedProgram('toString'), UsageError);
});

test('program: an unknown name is refused with those that there are', async () => {
  const { code, stderr } = await runBallast(['program', 'fuzz', '--program', 'nat']);
  assert.equal(code, 2);
  assert.match(stderr, /^ballast: there is no program "nat"; those that ship: .*pegasus/);
});
