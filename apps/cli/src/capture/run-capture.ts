/** What passes a link of a rack that is up, or of a simulated one, into a file. */
import { createWriteStream, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { describeLinks, request, requestStream } from '@ballast/fabric';
import { randomRun } from '@ballast/rack';
import { PcapWriter } from '@ballast/wire';
import type { CaptureFlags } from '../capture.ts';
import { UsageError } from '../terminal/failure.ts';
import { formatCount } from '../terminal/units.ts';
import { TappedKernel } from './tapped-kernel.ts';
import { WholeRecords } from './whole-records.ts';

const SECONDS_DEFAULT = 10;

/** Prints the names of the links, one a line. */
export async function listLinks(flags: CaptureFlags): Promise<void> {
  const links = flags.sim === true ? simulate(flags).links : (await linksOfRack(flags.rack)).links;
  process.stdout.write(`${links.join('\n')}\n`);
}

/** Until a limit, Ctrl-C or the end of the rack; each of them is a good end. KvError. */
export async function captureFromRack(link: string, path: string, flags: CaptureFlags): Promise<void> {
  const { links } = await linksOfRack(flags.rack);
  requireLink(link, links);
  const seconds = flags.seconds ?? (flags.packets === undefined ? SECONDS_DEFAULT : 0);
  const query = new URLSearchParams({ link });
  if (seconds > 0) query.set('seconds', String(seconds));
  if (flags.packets !== undefined) query.set('packets', String(flags.packets));

  const stop = new AbortController();
  const end = (): void => stop.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  try {
    const stream = await requestStream(flags.rack, `/api/capture?${query.toString()}`, stop.signal);
    const until = seconds > 0 ? `for ${seconds} s` : flags.packets === undefined ? 'until Ctrl-C' : '';
    note(`listening on ${link} ${until}`.trimEnd());
    const packets = await write(path, stream);
    note(`${packetsText(packets)}${path === '-' ? '' : ` in ${path}`}`);
    const dropped = Number(stream.trailers['ballast-dropped-packets'] ?? 0);
    if (dropped > 0) note(`${packetsText(dropped)} dropped: this side was too slow`);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    note('nothing captured');
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}

/** The run of a seed, whole. Nothing is written when there is no such link. */
export function captureFromSimulation(link: string, path: string, flags: CaptureFlags): void {
  const pcap = new PcapWriter();
  const chunks = [pcap.header()];
  const { links } = simulate(flags, (name, now, contents) => {
    if (name === link && chunks.length <= (flags.packets ?? Infinity))
      chunks.push(pcap.packet(now, contents));
  });
  requireLink(link, links);
  writeFileSync(path === '-' ? process.stdout.fd : path, Buffer.concat(chunks));
  note(`${packetsText(chunks.length - 1)}${path === '-' ? '' : ` in ${path}`}, seed ${flags.seed}`);
}

/** @param onFrame the contents are lent */
function simulate(
  { seed, system }: CaptureFlags,
  onFrame: (link: string, now: number, contents: Uint8Array) => void = () => undefined,
): { readonly links: readonly string[] } {
  const links: string[] = [];
  const kernel = new TappedKernel(seed, (link) => {
    links.push(link.name);
    link.tap((now, _direction, frame) => onFrame(link.name, now, frame.contents()));
  });
  randomRun({ seed, system, kernel });
  return { links };
}

function linksOfRack(url: string): Promise<{ readonly links: readonly string[] }> {
  return request(url, 'GET', '/api/links');
}

function requireLink(link: string, links: readonly string[]): void {
  if (links.includes(link)) return;
  throw new UsageError(`there is no link ${link}; the links are ${describeLinks(links)}`);
}

/** Returns the number of packets. What comes after the stream is broken off stays out. */
async function write(path: string, stream: IncomingMessage): Promise<number> {
  const records = new WholeRecords();
  const target = path === '-' ? process.stdout : createWriteStream(path);
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of stream) yield records.feed(chunk as Uint8Array);
    } catch (error) {
      // Broken off by Ctrl-C or by the end of the rack: what came is what there is.
      if (!(error instanceof Error) || !('code' in error)) throw error;
    }
  }
  await pipeline(whole, target, { end: path !== '-' });
  return records.packets;
}

function packetsText(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'packet' : 'packets'}`;
}

function note(text: string): void {
  process.stderr.write(`ballast: ${text}\n`);
}
