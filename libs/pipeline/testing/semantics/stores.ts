/** Slots and caches: stores that a packet finds, changes and leaves by key. */
import { bits } from '@ballast/wire';
import { type CacheMode, type Program, SlotStatus, type Statement } from '../../src/index.ts';
import { cacheEntry, insert, modify, remove, slotEntry } from '../control-notation.ts';
import {
  forwarded,
  holds,
  type SemanticsArea,
  type SemanticsCase,
  send,
  type SendStep,
  write,
} from './case.ts';
import { Probe, type Widths } from './formats.ts';

const Op = { Lookup: 0, Insert: 1, Update: 2, Remove: 3, RemoveIf: 4 } as const;

const probe = new Probe({ op: 8, key: 16, value: 40, status: 8, found: 40 });

/** Does to slots `flows` what a packet says, and writes status and record into it. */
function flows(store: { buckets: number; hashes?: number; depth?: number }): () => Program {
  return probe.program((p, packet) => {
    const slots = p.slots('flows', {
      key: { key: bits(16) },
      record: { value: bits(40), changes: bits(8) },
      ...store,
    });
    const { op, key, value } = packet;
    return () => {
      packet.status.set(0xff);
      p.match(op, {
        [Op.Lookup]: () => {
          const { status, record } = slots.lookup({ key });
          packet.status.set(status.extend(8));
          packet.found.set(record.value);
        },
        [Op.Insert]: () => packet.status.set(slots.insert({ key }, { value, changes: 0 }).extend(8)),
        [Op.Update]: () => {
          const status = slots.update({ key }, (cell) => {
            cell.changes.set(cell.changes.plus(1));
            p.when(value.gt(cell.value), () => cell.value.set(value));
          });
          packet.status.set(status.extend(8));
        },
        [Op.Remove]: () => packet.status.set(slots.remove({ key }).extend(8)),
        [Op.RemoveIf]: () => {
          const status = slots.remove({ key }, (cell) => cell.value.eq(value).and(cell.changes.ne(0)));
          packet.status.set(status.extend(8));
        },
      });
      p.forward(1);
    };
  });
}

function does(
  op: keyof typeof Op,
  [key, value = 0]: readonly [key: number, value?: number],
  status: keyof typeof SlotStatus,
  found = 0,
): SendStep {
  const input = { op: Op[op], key, value };
  return send(probe.frame(input), forwarded(1, probe.frame({ ...input, status: SlotStatus[status], found })));
}

/** crc32 puts all of these into bucket 2 of way 0 and bucket 1 of way 1, of four buckets. */
const CROWDED = [0, 2, 9, 11, 16] as const;

const slotCases: readonly SemanticsCase[] = [
  {
    name: 'insert says done, then exists, and changes nothing the second time',
    program: flows({ buckets: 4 }),
    steps: [
      does('Lookup', [7], 'Absent'),
      does('Insert', [7, 0xff_0000_0001], 'Done'),
      does('Insert', [7, 5], 'Exists'),
      does('Lookup', [7], 'Done', 0xff_0000_0001),
      does('Lookup', [8], 'Absent'),
    ],
  },
  {
    name: 'an absent key is neither updated nor removed',
    program: flows({ buckets: 4 }),
    steps: [
      does('Update', [7, 5], 'Absent'),
      does('Remove', [7], 'Absent'),
      does('RemoveIf', [7], 'Absent'),
      holds({ slots: { flows: [] } }),
    ],
  },
  {
    name: 'update weighs the record against the packet',
    program: flows({ buckets: 4 }),
    steps: [
      does('Insert', [7, 10], 'Done'),
      does('Update', [7, 0xff_ffff_ffff], 'Done'),
      does('Update', [7, 11], 'Done'),
      does('Lookup', [7], 'Done', 0xff_ffff_ffff),
      holds({ slots: { flows: [{ position: 4, key: [7n], record: [0xff_ffff_ffffn, 2n] }] } }),
    ],
  },
  {
    name: 'a conditional removal says exists where its condition does not hold',
    program: flows({ buckets: 4 }),
    steps: [
      does('Insert', [7, 10], 'Done'),
      does('RemoveIf', [7, 10], 'Exists'),
      does('Update', [7, 0], 'Done'),
      does('RemoveIf', [7, 9], 'Exists'),
      does('Lookup', [7], 'Done', 10),
      does('RemoveIf', [7, 10], 'Done'),
      does('Lookup', [7], 'Absent'),
    ],
  },
  {
    name: 'keys take the free cells of their ways in order, and the first free one after a removal',
    program: flows({ buckets: 4, hashes: 2, depth: 2 }),
    steps: [
      ...CROWDED.slice(0, 4).map((key) => does('Insert', [key, key], 'Done')),
      holds({
        slots: {
          flows: [
            { position: 4, key: [0n], record: [0n, 0n] },
            { position: 5, key: [2n], record: [2n, 0n] },
            { position: 10, key: [9n], record: [9n, 0n] },
            { position: 11, key: [11n], record: [11n, 0n] },
          ],
        },
      }),
      does('Insert', [CROWDED[4], 1], 'Full'),
      does('Insert', [9, 1], 'Exists'),
      does('Lookup', [CROWDED[4]], 'Absent'),
      does('Lookup', [11], 'Done', 11),
      does('Remove', [2], 'Done'),
      does('Remove', [11], 'Done'),
      does('Lookup', [9], 'Done', 9),
      does('Insert', [CROWDED[4], 1], 'Done'),
      holds({
        slots: {
          flows: [
            { position: 4, key: [0n], record: [0n, 0n] },
            { position: 5, key: [16n], record: [1n, 0n] },
            { position: 10, key: [9n], record: [9n, 0n] },
          ],
        },
      }),
      does('Insert', [2, 3], 'Done'),
      does('Lookup', [2], 'Done', 3),
    ],
  },
  {
    name: 'a key that stands behind a freed cell is found, not inserted twice',
    program: flows({ buckets: 4, hashes: 2, depth: 2 }),
    steps: [
      does('Insert', [0, 1], 'Done'),
      does('Insert', [2, 2], 'Done'),
      does('Remove', [0], 'Done'),
      does('Insert', [2, 9], 'Exists'),
      does('Lookup', [2], 'Done', 2),
    ],
  },
  {
    name: 'one way with one cell',
    program: flows({ buckets: 1, hashes: 1, depth: 1 }),
    steps: [
      does('Insert', [1, 1], 'Done'),
      does('Insert', [2, 2], 'Full'),
      does('Remove', [2], 'Absent'),
      does('Remove', [1], 'Done'),
      does('Insert', [2, 2], 'Done'),
      holds({ slots: { flows: [{ position: 0, key: [2n], record: [2n, 0n] }] } }),
    ],
  },
  {
    name: 'two ways of four cells by default',
    program: flows({ buckets: 1 }),
    steps: [
      ...Array.from({ length: 8 }, (_, key) => does('Insert', [key, key], 'Done')),
      does('Insert', [8, 8], 'Full'),
      does('Lookup', [7], 'Done', 7),
    ],
  },
  {
    name: 'a new entry takes nothing over from the one that was there before',
    program: flows({ buckets: 1, hashes: 1, depth: 1 }),
    steps: [
      does('Insert', [1, 0xff_ffff_ffff], 'Done'),
      does('Update', [1, 0], 'Done'),
      does('Remove', [1], 'Done'),
      does('Insert', [2, 0], 'Done'),
      holds({ slots: { flows: [{ position: 0, key: [2n], record: [0n, 0n] }] } }),
    ],
  },
  {
    name: 'the control plane and packets see each other’s entries, placed alike',
    program: flows({ buckets: 4, hashes: 2, depth: 2 }),
    steps: [
      write(insert(slotEntry('flows', [0n], [5n, 6n])), insert(slotEntry('flows', [2n], [7n, 8n]))),
      does('Lookup', [0], 'Done', 5),
      does('Insert', [9, 9], 'Done'),
      write(modify(slotEntry('flows', [9n], [10n, 11n])), remove(slotEntry('flows', [0n], [0n, 0n]))),
      does('Lookup', [9], 'Done', 10),
      does('Lookup', [0], 'Absent'),
      holds({
        slots: {
          flows: [
            { position: 5, key: [2n], record: [7n, 8n] },
            { position: 10, key: [9n], record: [10n, 11n] },
          ],
        },
      }),
    ],
  },
  oddKeys(),
];

/** Parts of a key are hashed as whole bytes, each for itself, most significant byte first. */
function oddKeys(): SemanticsCase {
  const pair = new Probe({ a: 5, b: 33, status: 8 });
  const put = (a: bigint, b: bigint, status: keyof typeof SlotStatus): SendStep =>
    send(pair.frame({ a, b }), forwarded(1, pair.frame({ a, b, status: SlotStatus[status] })));
  return {
    name: 'a key of two parts that fill no whole bytes',
    program: pair.program((p, { a, b, status }) => {
      const slots = p.slots('pairs', {
        key: { a: bits(5), b: bits(33) },
        record: { seen: bits(1) },
        buckets: 4,
        depth: 1,
      });
      return () => {
        status.set(slots.insert({ a, b }, { seen: 1 }).extend(8));
        p.forward(1);
      };
    }),
    steps: [
      put(31n, 0x1_ffff_ffffn, 'Done'),
      put(1n, 2n, 'Done'),
      put(2n, 1n, 'Full'),
      put(1n, 9n, 'Full'),
      put(1n, 2n, 'Exists'),
      put(0n, 0n, 'Done'),
      holds({
        slots: {
          pairs: [
            { position: 2, key: [0n, 0n], record: [1n] },
            { position: 3, key: [31n, 0x1_ffff_ffffn], record: [1n] },
            { position: 7, key: [1n, 2n], record: [1n] },
          ],
        },
      }),
    ],
  };
}

const CacheOp = { Get: 0, Put: 1, Remove: 2 } as const;
const cacheProbe = new Probe<Widths>({ op: 8, key: 16, value: 33, hit: 8, found: 33 });

const recent = cacheProbe.program((p, packet) => {
  const cache = p.cache('recent', {
    key: { key: bits(16) },
    record: { value: bits(33), one: bits(1) },
    size: 4,
  });
  return () => {
    const key = packet['key']!;
    p.match(packet['op']!, {
      [CacheOp.Get]: () => {
        const { hit, record } = cache.get({ key });
        p.when(
          hit,
          () => packet['hit']!.set(record.one.extend(8)),
          () => packet['hit']!.set(0xff),
        );
        packet['found']!.set(record.value);
      },
      [CacheOp.Put]: () => cache.put({ key }, { value: packet['value']!, one: 1 }),
      [CacheOp.Remove]: () => cache.remove({ key }),
    });
    p.forward(1);
  };
});

const puts = (key: number, value: number): SendStep =>
  send(cacheProbe.frame({ op: CacheOp.Put, key, value }), forwarded(1));
const removes = (key: number): SendStep => send(cacheProbe.frame({ op: CacheOp.Remove, key }), forwarded(1));
const gets = (key: number, found: number | 'miss'): SendStep => {
  const answer = found === 'miss' ? { hit: 0xff, found: 0 } : { hit: 1, found };
  const input = { op: CacheOp.Get, key };
  return send(
    cacheProbe.frame({ ...input, found: 3 }),
    forwarded(1, cacheProbe.frame({ ...input, ...answer })),
  );
};

const directMapped: { cacheMode: CacheMode } = { cacheMode: 'directMapped' };
const alwaysMiss: { cacheMode: CacheMode } = { cacheMode: 'alwaysMiss' };

const cacheCases: readonly SemanticsCase[] = [
  {
    name: 'a hit is the last value written',
    program: recent,
    options: directMapped,
    steps: [
      gets(0, 'miss'),
      puts(0, 0x1_ffff_ffff),
      gets(0, 0x1_ffff_ffff),
      puts(0, 6),
      gets(0, 6),
      gets(4, 'miss'),
      removes(0),
      gets(0, 'miss'),
      removes(0),
      holds({ caches: { recent: [] } }),
    ],
  },
  {
    name: 'direct mapped, a put takes the place from another key', // crc32 modulo 4: 0 and 2 give 3, 4 gives 2.
    program: recent,
    options: directMapped,
    steps: [
      puts(0, 1),
      puts(4, 2),
      puts(2, 3),
      gets(0, 'miss'),
      gets(2, 3),
      gets(4, 2),
      removes(0),
      gets(2, 3),
      holds({
        caches: {
          recent: [
            { key: [2n], record: [3n, 1n] },
            { key: [4n], record: [2n, 1n] },
          ],
        },
      }),
    ],
  },
  {
    name: 'direct mapped, the control plane writes what packets read',
    program: recent,
    options: directMapped,
    steps: [
      write(insert(cacheEntry('recent', [0n], [7n, 1n]))),
      gets(0, 7),
      write(modify(cacheEntry('recent', [0n], [8n, 1n]))),
      gets(0, 8),
      write(remove(cacheEntry('recent', [0n], [0n, 0n]))),
      gets(0, 'miss'),
    ],
  },
  {
    name: 'in the mode that always misses, nothing is ever held',
    program: recent,
    options: alwaysMiss,
    steps: [
      puts(0, 1),
      gets(0, 'miss'),
      removes(0),
      write(insert(cacheEntry('recent', [0n], [7n, 1n]))),
      gets(0, 'miss'),
      holds({ caches: { recent: [] } }),
    ],
  },
];

/** Redirects what a statement reads into another variable: the DSL reads into fresh ones only. */
function readingInto(program: Program, from: RegExp, to: string): Program {
  const rename = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(rename);
    if (typeof value !== 'object' || value === null) return value;
    const isTarget = 'cell' in value && 'variable' in value && from.test(String(value.variable));
    return isTarget
      ? { ...value, variable: to }
      : Object.fromEntries(Object.entries(value).map(([k, v]) => [k, rename(v)]));
  };
  return { ...program, ingress: program.ingress.map((statement) => rename(statement) as Statement) };
}

/** Looks a key up in slots and in a cache; what is found goes to variables that hold something already. */
const keepingProbe = new Probe({ key: 8, a: 16, b: 16 });
const keeping = keepingProbe.program((p, { key, a, b }) => {
  const slots = p.slots('flows', { key: { key: bits(8) }, record: { value: bits(16) }, buckets: 1 });
  const cache = p.cache('recent', { key: { key: bits(8) }, record: { value: bits(16) }, size: 4 });
  const [kept, cached] = [p.variable('kept', bits(16)), p.variable('cached', bits(16))];
  return () => {
    kept.set(a);
    cached.set(b);
    slots.lookup({ key });
    cache.get({ key });
    a.set(kept);
    b.set(cached);
    p.forward(1);
  };
});
const keepsVariables: SemanticsCase = {
  name: 'a look-up that finds nothing leaves the variables that it reads into as they are',
  program: () => readingInto(readingInto(keeping(), /^flows_value/, 'kept'), /^recent_value/, 'cached'),
  steps: [
    write(insert(slotEntry('flows', [1n], [10n])), insert(cacheEntry('recent', [2n], [20n]))),
    send(keepingProbe.frame({ key: 0, a: 3, b: 4 }), forwarded(1)),
    send(
      keepingProbe.frame({ key: 1, a: 3, b: 4 }),
      forwarded(1, keepingProbe.frame({ key: 1, a: 10, b: 4 })),
    ),
    send(
      keepingProbe.frame({ key: 2, a: 3, b: 4 }),
      forwarded(1, keepingProbe.frame({ key: 2, a: 3, b: 20 })),
    ),
  ],
};

export const stores: readonly SemanticsArea[] = [
  { area: 'slots', cases: slotCases },
  { area: 'caches', cases: [...cacheCases, keepsVariables] },
];
