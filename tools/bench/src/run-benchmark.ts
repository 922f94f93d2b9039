/**
 * Child process of main.ts: measures one benchmark, named by (file, name, runs), and sends the result back.
 *
 * A process each, because what one benchmark teaches the JIT compiler about a call site slows the next one.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { workspaceRoot } from '@ballast/workspace';
import { benchmarksOf } from './benchmark.ts';
import { measure } from './measure.ts';

const [file = '', name = '', runs = ''] = process.argv.slice(2);
const module = (await import(pathToFileURL(join(workspaceRoot, file)).href)) as { default?: unknown };
const benchmark = benchmarksOf(module.default, file).find((candidate) => candidate.name === name);
if (benchmark === undefined) throw new Error(`${file} has no benchmark ${name}`);
process.send?.(await measure(benchmark, Number(runs)));
process.disconnect?.();
