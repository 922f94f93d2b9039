/**
 * The command line as a whole: what its modules register, and what becomes of their errors.
 *
 * A module has `register(program)`. Its actions import what they need when they run, so that `ballast --help`
 * does not load the simulator; they set `process.exitCode` when the answer is no, and throw what goes wrong.
 */
import { Command } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { describeFailure, exitCodeOf } from './terminal/failure.ts';

export interface CommandModule {
  register(program: Command): void;
}

const EXIT_CODES = `
Exit codes:
  0    done
  1    the answer is no, or the operation failed
  2    the command line, or a file it names, cannot be used
  3    a checker gave up before it was sure
  130  interrupted (143: terminated)`;

const EXAMPLES = `
Examples:
  ballast rack up                        a minute of hashing against Pegasus, live
  ballast rack up --keep                 the same, and the rack stays up
  ballast kv put user1 hello             talk to the rack that is up
  ballast capture client0-tor -w a.pcap  what passes one of its links`;

export function buildProgram(modules: readonly CommandModule[]): Command {
  const program = new Command('ballast')
    .description('Packet programs, and a key-value rack whose switch balances skewed load.')
    .version(`ballast ${manifest.version} (Node ${process.versions.node})`)
    .helpOption('-h, --help', 'what there is and how to use it')
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'ballast: ')) })
    .exitOverride()
    .addHelpText('after', EXAMPLES + '\n' + EXIT_CODES);
  for (const module of modules) module.register(program);
  return program;
}

/** Runs one command line: everything after the name of the program. */
export async function runCommandLine(
  modules: readonly CommandModule[],
  args: readonly string[],
): Promise<void> {
  const program = buildProgram(modules);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    const text = describeFailure(error);
    if (text !== null) process.stderr.write(`${text}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
