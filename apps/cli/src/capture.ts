/** `ballast capture`: what passes a link, as a pcap file. */
import { type Command, Option } from 'commander';
import type { System } from '@ballast/rack';
import { integerIn, numberIn } from './flag-values.ts';
import { withRackOption } from './rack-url.ts';
import { UsageError } from './terminal/failure.ts';

export interface CaptureFlags {
  readonly rack: string;
  /** Absent: only with --list. */
  readonly write?: string;
  readonly list?: boolean;
  readonly seconds?: number;
  readonly packets?: number;
  readonly sim?: boolean;
  readonly seed: number;
  readonly system: System;
}

const SYSTEMS: readonly System[] = ['pegasus', 'hashing', 'netcache', 'static', 'twoChoices'];

const AFTER = `
From a rack that is up the capture ends after 10 seconds, or what --seconds and --packets say; --seconds 0
goes on until Ctrl-C. From a simulation it has what --seed gives: the run of 'ballast sim' of that seed, from
its start to its end, the same bytes each time. Both directions are in the file, in order, with nanoseconds.

Examples:
  ballast capture --list
  ballast capture client0-tor -w client0.pcap --seconds 2
  ballast capture server3-tor -w - --packets 20 | tcpdump -r - -X
  ballast capture server1-tor -w seed7.pcap --sim --seed 7`;

export function register(program: Command): void {
  const command = program
    .command('capture')
    .summary('write what passes a link as a pcap file')
    .description('Writes what passes a link of a running rack, or of a simulated one, as a pcap file.')
    .argument('[link]', "one of those that --list shows: 'server0-tor'")
    .option('-w, --write <file>', "where to; '-' for stdout")
    .option('--list', 'list the links')
    .option('--seconds <n>', 'end after so long', numberIn({ min: 0, max: 3_600 }))
    .option('--packets <n>', 'end after so many', integerIn({ min: 1, max: 1_000_000_000 }))
    .option('--sim', 'of a simulated rack; none needs to run')
    .option('--seed <n>', 'of the simulation', integerIn({ min: 0, max: 2 ** 32 - 1 }), 1)
    .addOption(new Option('--system <name>', 'of the simulation').choices(SYSTEMS).default(SYSTEMS[0]))
    .addHelpText('after', AFTER);
  withRackOption(command).action(async (link: string | undefined, flags: CaptureFlags) => {
    const { captureFromRack, captureFromSimulation, listLinks } = await import('./capture/run-capture.ts');
    if (flags.list === true) return listLinks(flags);
    if (link === undefined) throw new UsageError('which link? ballast capture --list shows them');
    if (flags.write === undefined) throw new UsageError("where to? name a file with -w, or '-' for stdout");
    if (flags.sim !== true) return captureFromRack(link, flags.write, flags);
    if (flags.seconds !== undefined)
      throw new UsageError('--seconds is of a running rack; a simulation has its own end');
    captureFromSimulation(link, flags.write, flags);
  });
}
