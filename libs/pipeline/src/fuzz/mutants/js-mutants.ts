/** Bugs of the js back end alone: in its lowering, its generated source, its runtime and its state. */
import type { Statement } from '../../ir.ts';
import type { LoweredProgram } from '../../lower/checksum.ts';
import { NO_MATCH } from '../../js/state/prefix-trie.ts';
import { jsMutant } from './js-workbench.ts';
import type { Mutant } from './mutant.ts';

/** Replaces every match; null when there is none. */
function replacing(pattern: RegExp, replacement: string): (source: string) => string | null {
  return (source) => {
    const changed = source.replaceAll(pattern, replacement);
    return changed === source ? null : changed;
  };
}

/** Rewrites what settles the checksums of a part, where there are several; null when no part has. */
function settling(
  rewrite: (block: readonly Statement[]) => readonly Statement[],
): (program: LoweredProgram) => LoweredProgram | null {
  const several = (block: readonly Statement[]): readonly Statement[] =>
    block.length > 1 ? rewrite(block) : block;
  return (program) => {
    const { settleIngress, settleEgress } = program;
    if (settleIngress.length < 2 && settleEgress.length < 2) return null;
    return { ...program, settleIngress: several(settleIngress), settleEgress: several(settleEgress) };
  };
}

const checksums: readonly Mutant[] = [
  jsMutant('checksum-carry-lost', 'a checksum folds its carries once instead of twice', {
    source: replacing(/^(\s*(\w+_sum) = \(\2 >>> 16\) \+ \(\2 & 65535\);\n)\1/gm, '$1'),
  }),
  jsMutant(
    'checksum-odd-byte',
    'a byte at an even offset is added to a checksum as if it stood at an odd one',
    {
      source: replacing(/^(.*_(?:delta|checksum_sum)\b.*?) << 8\)/gm, '$1 << 0)'),
    },
  ),
  jsMutant('checksum-of-low-words', 'a checksum leaves out the high word of a field', {
    source: replacing(/^(.*_delta\w* (?:\+=|=) .*?) - \((\w+) >>> 16\)/gm, '$1'),
  }),
  jsMutant('udp-zero', 'a UDP checksum that comes out as zero is sent as zero', {
    source: replacing(/(\w+_computed(?:_\d+)?) === 0 \? 65535 : \1/g, '$1'),
  }),
  jsMutant('udp-none-computed', 'a UDP packet without a checksum gets one', {
    source: replacing(/ && view\.getUint16\([^)]*\/\* \w+\.checksum \*\/\) !== 0/g, ''),
  }),
  jsMutant('checksum-outermost-forgotten', 'the outermost checksum does not follow', {
    lowered: settling((block) => block.slice(0, -1)),
  }),
  jsMutant('checksums-outer-first', 'outer checksums are settled before those that they cover', {
    lowered: settling((block) => block.toReversed()),
  }),
];

const words: readonly Mutant[] = [
  jsMutant('width-wrap', 'sums and differences are not cut to their width', {
    source: replacing(/\((\w+(?: [+-] \w+)+)\) & (?:0x[0-9a-f]+|\d+)/g, '($1)'),
  }),
  jsMutant('unsigned-lost', 'the result of bit operations keeps its sign', {
    source: replacing(/^(\s*(?:const|let) \w+ = \(.*\)) >>> 0;$/gm, '$1;'),
  }),
  jsMutant('stale-field', 'an assigned field is not written to the packet', {
    source: replacing(/^\s*view\.setUint\d+\(.*; \/\/ \w+\.\w+\n/gm, ''),
  }),
  jsMutant('neighbours-cleared', 'writing a field clears those that share its bytes', {
    source: replacing(/\(view\.getUint\d+\([^)]*\) & (?:0x[0-9a-f]+|\d+)\) \| \(/g, '('),
  }),
];

const parsing: readonly Mutant[] = [
  jsMutant('bounds-unchecked', 'the parser takes headers of which the packet holds only a part', {
    source: replacing(/length >= \d+/g, 'true'),
  }),
  jsMutant('bounds-off-by-one', 'the parser takes a header that lacks its last byte', {
    source: replacing(/length >= (\d+)/g, 'length + 1 >= $1'),
  }),
  jsMutant('bounds-too-strict', 'the parser leaves a header that ends with the packet', {
    source: replacing(/(_at \+ \d+) <= end/g, '$1 < end'),
  }),
];

const deparsing: readonly Mutant[] = [
  jsMutant('pop-moves-short', 'a pop moves one byte too few of what stands in front', {
    runtime: {
      moveToBack: (view, from, to, bytes) => {
        for (let i = bytes - 1; i > 0; i--) view.setUint8(to + i, view.getUint8(from + i));
      },
    },
  }),
  jsMutant('pop-overwrites', 'a pop moves overlapping bytes in the wrong order', {
    runtime: {
      moveToBack: (view, from, to, bytes) => {
        for (let i = 0; i < bytes; i++) view.setUint8(to + i, view.getUint8(from + i));
      },
    },
  }),
  jsMutant('push-moves-short', 'a push moves one byte too few of what stands in front', {
    runtime: {
      moveToFront: (view, from, to, bytes) => {
        for (let i = 0; i < bytes - 1; i++) view.setUint8(to + i, view.getUint8(from + i));
      },
    },
  }),
  jsMutant('frame-start-stale', 'after a push or pop the packet still starts where it did', {
    source: replacing(/^\s*frame\.start = to;\n/gm, ''),
  }),
  jsMutant('frame-length-stale', 'after a push or pop the packet is still as long as it was', {
    source: replacing(/^\s*frame\.length = length \+ start - to;\n/gm, ''),
  }),
  jsMutant('pop-unnoticed', 'popping a header does not reshape the packet', {
    source: replacing(/(; \/\/ pop of \w+\n)\s*reshaped = true;\n/g, '$1'),
  }),
  jsMutant('push-unsaid', 'a pushed header does not count as valid', {
    source: replacing(/^(\s*\w+ = )true(; \/\/ push of )/gm, '$1false$2'),
  }),
];

const state: readonly Mutant[] = [
  jsMutant('counter-bytes', 'counters leave the Ethernet header out of their bytes', {
    source: replacing(/(_bytes\w*\[\w+\]) \+= length;/g, '$1 += length - 14;'),
  }),
  jsMutant('random-stands-still', 'the state of the generator does not advance', {
    runtime: { nextRandom: (state) => (state[0]! * 5) >>> 0 },
  }),
  jsMutant('random-low-bits', 'random numbers are the low bits of the generator', {
    source: replacing(/nextRandom\((\w+)\) >>> (\d+)/g, '(nextRandom($1) << $2) >>> $2'),
  }),
  jsMutant('argmin-ties', 'of equal records argmin takes the last', {
    source: replacing(/(\blo|\b\w+) < (minimum(?:_lo)?(?:_\d+)?)\b/g, '$1 <= $2'),
  }),
  jsMutant('crc16-seed', 'CRC-16 starts from ones', {
    source: replacing(/crc16Bytes(\d)\(0, /g, 'crc16Bytes$1(65535, '),
  }),
  jsMutant('crc32-seed', 'CRC-32 starts from zero', {
    source: replacing(/crc32Bytes(\d)\(-1, /g, 'crc32Bytes$1(0, '),
  }),
  jsMutant('slot-way-order', 'a new key goes into the last free cell instead of the first', {
    source: lastFreeCell,
  }),
  jsMutant('slot-key-unpacked', 'slots compare all but the last word of a key', {
    source: replacing(
      /(s\d_used\[\w+\] !== 0(?: && s\d_key_\d\[\w+\] === \w+)*) && s\d_key_\d\[\w+\] === \w+\)/g,
      '$1)',
    ),
  }),
  jsMutant('cache-key-unchecked', 'a cache hits whatever key has the place', {
    source: replacing(/(h\d_used\[\w+\] !== 0)(?: && h\d_key_\d\[\w+\] === \w+)+\)/g, '$1)'),
  }),
  jsMutant('drop-uncounted', 'drops are not counted', {
    source: replacing(/^\s*drops\[reason\]\+\+;\n/gm, ''),
  }),
];

/** The first and the last `return` of a search for a free cell are told apart by their order only. */
function lastFreeCell(source: string): string | null {
  const changed = source.replaceAll(
    /function s\d_free\(hash\) \{\n([^}]*)\n {2}return -1;\n\}/g,
    (text, body: string) => {
      const lines = body.split('\n');
      const tests = lines.filter((line) => line.trimStart().startsWith('if ('));
      const others = lines.filter((line) => !tests.includes(line));
      return tests.length < 2 ? text : text.replace(body, () => [...others, ...tests.reverse()].join('\n'));
    },
  );
  return changed === source ? null : changed;
}

const tables: readonly Mutant[] = [
  jsMutant('prefix-shortest', 'the shortest prefix wins', {
    source: replacing(
      /if \(slots\[slot\] >= 0\) best = slots\[slot\];/g,
      'if (best < 0 && slots[slot] >= 0) best = slots[slot];',
    ),
  }),
  jsMutant('prefix-heirless', 'deleting a prefix hides the shorter ones that it covered', {
    state: (state, { tables: declared }) => {
      const lookups = declared
        .map((t) => state.table(t.name).lookup)
        .filter((l) => l.kind === 'longestPrefix');
      for (const { trie } of lookups) {
        const remove = trie.remove.bind(trie);
        trie.remove = (root, prefix, entry) => remove(root, prefix, entry, () => NO_MATCH);
      }
      return lookups.length > 0;
    },
  }),
  jsMutant('ternary-mask-ignored', 'ternary keys are compared in all their bits', {
    source: replacing(/\((\(\w+ \^ \w+\[row\]\)) & \w+\[row\]\)/g, '$1'),
  }),
  jsMutant('ternary-newest-first', 'of equal priorities the entry inserted last wins', {
    state: (state, { tables: declared }) => {
      const lookups = declared
        .map((t) => state.table(t.name).lookup)
        .filter((lookup) => lookup.kind === 'ternary');
      for (const { rows } of lookups) {
        const insert = rows.insert.bind(rows);
        let inserted = 0;
        // A little more than the one before it, and less than the next priority.
        rows.insert = (key, priority, entry) => insert(key, priority + 1e-6 * ++inserted, entry);
      }
      return lookups.length > 0;
    },
  }),
  jsMutant('exact-first-word', 'an exact look-up stops at the first place that is taken', {
    source: replacing(/while \(entry >= 0 && \([^\n]*\)\) \{\n[^}]*\}\n/g, ''),
  }),
];

/** Need the js target; on another they plant nothing. */
export const JS_MUTANTS: readonly Mutant[] = [
  ...checksums,
  ...words,
  ...parsing,
  ...deparsing,
  ...state,
  ...tables,
];
