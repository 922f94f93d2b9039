/** The `ballast` command. Wiring only: each module has its own part of the command line. */
import { enableCompileCache } from 'node:module';
import * as capture from './capture.ts';
import * as check from './check.ts';
import { type CommandModule, runCommandLine } from './command-line.ts';
import * as experiment from './experiment.ts';
import * as kv from './kv.ts';
import * as program from './program.ts';
import * as rack from './rack/rack.ts';
import * as sim from './sim.ts';
import * as workload from './workload.ts';

/** In the order of `ballast --help`. */
const modules: readonly CommandModule[] = [rack, workload, kv, capture, experiment, sim, check, program];

// What a command imports when it runs comes from the cache, types stripped: it starts in half the time.
enableCompileCache();

// A reader that has seen enough (`ballast … | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

await runCommandLine(modules, process.argv.slice(2));
