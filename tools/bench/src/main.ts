/**
 * `npm run bench`: every benchmark of every room, each in a process of its own, one after the other.
 *
 *     npm run bench                            a table
 *     npm run bench -- --filter js.            those whose name contains 'js.'
 *     npm run bench -- --runs 9                more measured runs than the usual number
 *     npm run --silent bench -- --json         one document on stdout: { benchmarks: […] }
 */
import { fork } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { workspaceRoot } from '@ballast/workspace';
import { benchmarksOf, type LocatedBenchmark } from './benchmark.ts';
import { type Measurement, RUNS_MIN } from './measure.ts';
import { formatTable } from './table.ts';

const options = parseOptions(process.argv.slice(2));
const benchmarks = (await findBenchmarks()).filter(({ name }) => name.includes(options.filter));
if (benchmarks.length === 0) fail(`no benchmark's name contains '${options.filter}'`);

const measurements: Measurement[] = [];
for (const [index, benchmark] of benchmarks.entries()) {
  console.error(`${index + 1}/${benchmarks.length} ${benchmark.name}`);
  measurements.push(await measureApart(benchmark, options.runs));
}
console.log(options.json ? JSON.stringify({ benchmarks: measurements }, null, 2) : formatTable(measurements));

function parseOptions(args: string[]): { filter: string; runs: number; json: boolean } {
  try {
    const { values } = parseArgs({
      args,
      options: {
        filter: { type: 'string', default: '' },
        runs: { type: 'string', default: String(RUNS_MIN) },
        json: { type: 'boolean', default: false },
      },
    });
    const runs = Number(values.runs);
    if (!Number.isInteger(runs) || runs < RUNS_MIN)
      fail(`--runs takes a whole number of at least ${RUNS_MIN}`);
    return { filter: values.filter, runs, json: values.json };
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

async function findBenchmarks(): Promise<LocatedBenchmark[]> {
  const found: LocatedBenchmark[] = [];
  for (const file of globSync('{libs,apps}/*/bench/**/*.bench.ts', { cwd: workspaceRoot }).sort()) {
    const module = (await import(pathToFileURL(join(workspaceRoot, file)).href)) as { default?: unknown };
    for (const benchmark of benchmarksOf(module.default, file)) {
      const twin = found.find(({ name }) => name === benchmark.name);
      if (twin !== undefined) fail(`${benchmark.name} is a benchmark of ${twin.file} and of ${file}`);
      found.push(benchmark);
    }
  }
  return found;
}

function measureApart({ file, name }: LocatedBenchmark, runs: number): Promise<Measurement> {
  const child = fork(new URL('./run-benchmark.ts', import.meta.url), [file, name, String(runs)]);
  return new Promise((resolve) => {
    let measurement: Measurement | undefined;
    child.on('message', (message) => (measurement = message as Measurement));
    child.on('exit', (code) => {
      if (measurement === undefined) fail(`${name} (${file}) ended with code ${code} and no measurement`);
      resolve(measurement);
    });
  });
}

function fail(message: string): never {
  console.error(`bench: ${message}`);
  process.exit(1);
}
