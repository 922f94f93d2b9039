/** Which rack a command talks to. */
import { type Command, InvalidArgumentError, Option } from 'commander';

const RACK_URL = 'http://127.0.0.1:7070';

/** Adds `--rack` to a command. */
export function withRackOption(command: Command): Command {
  return command.addOption(
    new Option('--rack <url>', 'control address of the rack')
      .argParser(rackUrl)
      .default(RACK_URL)
      .env('BALLAST_RACK'),
  );
}

function rackUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'http:' && url.hostname !== '') return url.origin;
  throw new InvalidArgumentError(`Expected an address such as ${RACK_URL}.`);
}
