/**
 * The journal of a controller as bytes: a line of its format, then a line for each record.
 *
 *     ballast controller journal 1
 *     5f0c2a91 {"kind":"start"}
 *
 * Before a record stands the CRC-32C of its JSON, so that what a crash tore is told from what was damaged
 * (as in replay-log.ts): a last line without its end, or one that was never written, was not acted on.
 */
import { crc32c } from '@ballast/wire';
import type { LedgerRecord } from './controller-ledger.ts';
import { isUnwrittenFrom, type LogDamage } from './replay-log.ts';

/** Raised when records change their meaning. A journal of another format is refused. */
export const JOURNAL_FORMAT = 1;
const TITLE = 'ballast controller journal';
const HEADER = `${TITLE} ${JOURNAL_FORMAT}\n`;
const CHECK_DIGITS = 8;
const LINE_FEED = 0x0a;

export interface JournalReplay {
  readonly records: readonly LedgerRecord[];
  /** How far the journal is good: where the next record goes once a torn tail is cut off. */
  readonly validBytes: number;
  readonly damage: LogDamage | null;
}

/** What a journal begins with. */
export function journalHeader(): Uint8Array {
  return new TextEncoder().encode(HEADER);
}

export function journalLine(record: LedgerRecord): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(record));
  return new TextEncoder().encode(`${checkOf(json)} ${new TextDecoder().decode(json)}\n`);
}

/** Reads a journal; stops at the first line that is torn or damaged. No bytes at all are a new journal. */
export function replayJournal(bytes: Uint8Array): JournalReplay {
  const records: LedgerRecord[] = [];
  const text = new TextDecoder();
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(LINE_FEED, start);
    const line = bytes.subarray(start, end < 0 ? bytes.length : end);
    const reason = start === 0 ? titleFault(text.decode(line), end >= 0) : lineFault(line);
    if (end < 0 || reason !== null) {
      const damage = damageAt(bytes, start, end, reason);
      return { records, validBytes: start, damage };
    }
    if (start > 0) records.push(JSON.parse(text.decode(line.subarray(CHECK_DIGITS + 1))) as LedgerRecord);
    start = end + 1;
  }
  return { records, validBytes: bytes.length, damage: null };
}

function titleFault(line: string, isWhole: boolean): string | null {
  if (!isWhole) return HEADER.startsWith(line) ? null : 'it is no journal of Ballast';
  if (`${line}\n` === HEADER) return null;
  if (!line.startsWith(TITLE)) return 'it is no journal of Ballast';
  return `it has format ${line.slice(TITLE.length + 1)}, and this program reads ${JOURNAL_FORMAT}`;
}

function lineFault(line: Uint8Array): string | null {
  const check = new TextDecoder().decode(line.subarray(0, CHECK_DIGITS + 1));
  const expected = `${checkOf(line.subarray(CHECK_DIGITS + 1))} `;
  return check === expected ? null : 'a line does not match its checksum';
}

/** A whole line that does not fit was damaged, unless its sectors were never written. */
function damageAt(bytes: Uint8Array, start: number, end: number, reason: string | null): LogDamage {
  const isCutOff = end < 0 && (start > 0 || reason === null);
  if (isCutOff) return { at: start, kind: 'torn', reason: 'the journal ends inside a line' };
  if (isUnwrittenFrom(bytes, start))
    return { at: start, kind: 'torn', reason: 'its last sectors were never written' };
  return { at: start, kind: 'damaged', reason: reason ?? 'the journal ends inside a line' };
}

function checkOf(json: Uint8Array): string {
  return crc32c(json, 0, json.length).toString(16).padStart(CHECK_DIGITS, '0');
}
