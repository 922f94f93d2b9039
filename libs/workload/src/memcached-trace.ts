/**
 * Reader of what memcached prints with -vv: the commands of its text protocol, and its answers.
 *
 *   <28 get user17 user18            one operation for each key
 *   >28 sending key user17
 *   >28 END
 *   <28 set user17 0 3600 128        key, flags, expiry, bytes; then noreply perhaps
 *   >28 STORED
 *   <29 delete user18
 *
 * Printed as "<%d %s", 28 being the connection, by process_command (memcached.c, proto_text.c) and since 1.6
 * by process_command_ascii (proto_text.c). A time stamp may stand before it, as systemd's journal, syslog and
 * `ts` write them; it is not interpreted. Commands: doc/protocol.txt of memcached.
 *
 * Left out: the binary protocol, whose log does not size values; dumps of keys (`lru_crawler metadump`,
 * `stats cachedump`) and logs of proxies (mcrouter), which are no sequences of a server's operations.
 */
import { TraceError } from './trace-error.ts';
import {
  type ParsedLine,
  type TraceOperation,
  type TraceOperationKind,
  TraceReader,
} from './trace-reader.ts';

interface CommandForm {
  readonly kind: TraceOperationKind;
  readonly form: string;
  /** Index of the first key among the words, the command being 0. */
  readonly keyAt: number;
  /** Index of the value's size; absent where the log does not say it. */
  readonly bytesAt?: number;
  /** Several keys may follow one another. */
  readonly isMany?: boolean;
  /** Words, the command included. */
  readonly wordsMin: number;
  readonly wordsMax: number;
}

const gets = (form: string, keyAt: number): CommandForm => ({
  kind: 'get',
  form,
  keyAt,
  isMany: true,
  wordsMin: keyAt + 1,
  wordsMax: Infinity,
});
const store = (form: string, words: number): CommandForm => ({
  kind: 'put',
  form,
  keyAt: 1,
  bytesAt: 4,
  wordsMin: words,
  wordsMax: words + 1,
});
const count: CommandForm = { kind: 'put', form: 'key delta [noreply]', keyAt: 1, wordsMin: 3, wordsMax: 4 };

const STORE = 'key flags exptime bytes [noreply]';
/** Of the meta commands any number of flags may follow. */
const COMMANDS: ReadonlyMap<string, CommandForm> = new Map([
  ['get', gets('key …', 1)],
  ['gets', gets('key …', 1)],
  ['gat', gets('exptime key …', 2)],
  ['gats', gets('exptime key …', 2)],
  ['set', store(STORE, 5)],
  ['add', store(STORE, 5)],
  ['replace', store(STORE, 5)],
  ['append', store(STORE, 5)],
  ['prepend', store(STORE, 5)],
  ['cas', store('key flags exptime bytes unique [noreply]', 6)],
  ['incr', count],
  ['decr', count],
  // Old clients send a time after the key; memcached takes 0 alone.
  ['delete', { kind: 'delete', form: 'key [0] [noreply]', keyAt: 1, wordsMin: 2, wordsMax: 4 }],
  ['mg', { kind: 'get', form: 'key flags …', keyAt: 1, wordsMin: 2, wordsMax: Infinity }],
  ['ms', { kind: 'put', form: 'key bytes flags …', keyAt: 1, bytesAt: 2, wordsMin: 3, wordsMax: Infinity }],
  ['md', { kind: 'delete', form: 'key flags …', keyAt: 1, wordsMin: 2, wordsMax: Infinity }],
]);
/** A counter is text of a 64-bit number; the log does not say how long it is. */
const COUNTER_BYTES = 20;
/** Commands that the rack has no equal for: they change an expiry alone, or manage the server. */
const NO_EQUAL: ReadonlySet<string> = new Set(
  (
    'touch ma me mn flush_all version verbosity quit shutdown stats slabs lru lru_crawler watch config ' +
    'cache_memlimit misbehave debug refresh_certs extstore'
  ).split(' '),
);

/** The time stamps that are known; the last is syslog's. */
const STAMPS = [
  String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*`,
  String.raw`\d\d:\d\d:\d\d\S*`,
  String.raw`\d+(?:\.\d+)?`,
  String.raw`[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d`,
].join('|');
/** Brackets may be around the stamp, and host and program behind it. */
const PREFIX = String.raw`^(?:\[?(?:${STAMPS})\]? (?:\S+ \S+\[\d+\]: )?)?`;
const LINE = new RegExp(String.raw`${PREFIX}([<>])(\d+) (.*)$`);
/** How the lines begin that are about the server itself; '> NOT FOUND key' comes with -vvv. */
const OTHER_LINES = [
  String.raw`slab class +\d+:|\d+: (?:Client using|going from) |> |CAS: {2}failure|(?:Closing|closing|asking|reaping) `,
  "Hash table|(?:Kicking |Starting )?LRU |Nothing left|Too many|Failed to |Couldn't |Can't |Tried to |Invalid ",
  'Unexpected state|Signal handled|Exiting |huge page|idle timeout|stopped |all background',
].join('|');
const OTHER_LINE = new RegExp(`${PREFIX}(?:${OTHER_LINES})`);
const CONNECTION_EVENT = /^(new |connection clos|server listening |send buffer was )/;
const EXPECTED = "'<28 get key', the number being the connection's, with or without a time stamp";

export class MemcachedTraceReader extends TraceReader {
  /** Words of a line of several keys, and the next of them. */
  #words: string[] = [];
  #nextWord = 0;
  /** Where the command begins in its line, and its next key. */
  #column = 0;
  #keyColumn = 0;
  #clientId = 0;

  protected override parse(out: TraceOperation, goesOn: boolean): ParsedLine {
    if (goesOn) return this.#nextGet(out);
    const line = this.text(this.lines.start, this.lines.end);
    const [, direction, connection, text] = LINE.exec(line) ?? [];
    if (text === undefined || connection === undefined) {
      return OTHER_LINE.test(line) ? this.otherLine() : this.refuse('line', line, 1, EXPECTED);
    }
    if (direction === '>' || CONNECTION_EVENT.test(text)) return this.otherLine();
    if (text.startsWith('Read binary protocol')) {
      throw new TraceError({ code: 'BINARY_PROTOCOL', line: this.lines.line });
    }
    this.#clientId = Number(connection);
    return this.#command(text, line.length - text.length + 1, out);
  }

  #command(text: string, column: number, out: TraceOperation): ParsedLine {
    const words = text.split(' ').filter((word) => word !== '');
    const [name = ''] = words;
    if (NO_EQUAL.has(name)) return this.skip(name);
    const command = COMMANDS.get(name);
    if (command === undefined) {
      return this.refuse('command', text, column, 'a command of the text protocol, such as get or set');
    }
    const { kind, form, wordsMin, wordsMax, keyAt, bytesAt } = command;
    const fits = words.length >= wordsMin && words.length <= wordsMax;
    if (!fits) return this.refuse('command', text, column, `${name} ${form}`);
    this.#words = words;
    this.#column = column;
    this.#nextWord = keyAt;
    this.#keyColumn = this.#columnOf(keyAt);
    if (command.isMany === true) return this.#nextGet(out);
    out.kind = kind;
    out.source = name;
    out.clientId = this.#clientId;
    out.valueBytes = kind === 'put' ? COUNTER_BYTES : 0;
    out.ttlSeconds = 0;
    this.#takeKey(out);
    if (bytesAt !== undefined) out.valueBytes = this.#numberAt(bytesAt, 'bytes');
    // Below 0 is at once: the value is gone before anybody can read it, but written all the same.
    if (bytesAt === 4) out.ttlSeconds = Math.max(0, this.#expiry());
    return 'operation';
  }

  /** The caller may have changed the record in between: only the key differs from the one before. */
  #nextGet(out: TraceOperation): ParsedLine {
    out.kind = 'get';
    out.source = this.#words[0] ?? '';
    out.clientId = this.#clientId;
    out.valueBytes = 0;
    out.ttlSeconds = 0;
    this.#takeKey(out);
    return this.#nextWord < this.#words.length ? 'more' : 'operation';
  }

  #takeKey(out: TraceOperation): void {
    out.keyText = this.#words[this.#nextWord++] ?? '';
    out.keyBytes = this.keyLength(out.keyText, this.#keyColumn);
    this.#keyColumn += out.keyText.length + 1;
  }

  #numberAt(word: number, field: string): number {
    return this.number(field, this.#words[word] ?? '', this.#columnOf(word));
  }

  #expiry(): number {
    const text = this.#words[3] ?? '';
    return text.startsWith('-') ? -1 : this.number('exptime', text, this.#columnOf(3));
  }

  /** Where a word begins, if single blanks are between them. */
  #columnOf(word: number): number {
    return this.#words.slice(0, word).reduce((column, { length }) => column + length + 1, this.#column);
  }
}
