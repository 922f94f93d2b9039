import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex, viewOf } from '../test/hex.ts';
import { byteArrays, forAll } from '../test/property.ts';
import {
  PCAP_SNAP_BYTES_MAX,
  PcapError,
  type PcapErrorDetail,
  PcapLinkType,
  type PcapRecord,
  PcapWriter,
  type PcapWriterOptions,
  readPcap,
  readPcapHeader,
} from './pcap.ts';

interface Captured {
  now: number;
  bytes: Uint8Array;
}

function write(packets: readonly Captured[], options: PcapWriterOptions = {}): Uint8Array {
  const writer = new PcapWriter(options);
  const chunks = [writer.header(), ...packets.map(({ now, bytes }) => writer.packet(now, bytes))];
  return fromHex(chunks.map(toHex).join(''));
}

function plain({ bytes, ...rest }: PcapRecord): object {
  return { ...rest, bytes: toHex(bytes) };
}

function thrownBy(action: () => unknown): PcapErrorDetail {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof PcapError);
    return error.detail;
  }
  return assert.fail('a PcapError was due');
}

const LITTLE_ENDIAN_MICROSECONDS =
  'd4c3b2a1 0200 0400 00000000 00000000 00000400 01000000' +
  '00f15365 3f420f00 02000000 3c000000 abcd' +
  '01f15365 00000000 01000000 01000000 ef';

test('pcap: a little-endian file in microseconds, as tcpdump writes it', () => {
  const file = fromHex(LITTLE_ENDIAN_MICROSECONDS);
  assert.deepEqual(readPcapHeader(file), {
    resolution: 'microseconds',
    isLittleEndian: true,
    snapBytes: 262_144,
    linkType: PcapLinkType.Ethernet,
  });
  assert.deepEqual([...readPcap(file)].map(plain), [
    { seconds: 1_700_000_000, nanoseconds: 999_999_000, bytes: 'abcd', originalBytes: 60 },
    { seconds: 1_700_000_001, nanoseconds: 0, bytes: 'ef', originalBytes: 1 },
  ]);
});

test('pcap: known bytes of a written file', () => {
  const file = write([{ now: 2_000_000_003, bytes: Uint8Array.of(0xab, 0xcd, 0xef) }], {
    snapBytes: 2,
    epochSeconds: 1_700_000_000,
  });
  const header = 'a1b23c4d 0002 0004 00000000 00000000 00000002 00000001';
  const record = '6553f102 00000003 00000002 00000003 abcd';
  assert.equal(toHex(file), (header + record).replaceAll(' ', ''));
});

test('pcap: microseconds round down, and a link type is kept', () => {
  const options = { resolution: 'microseconds', linkType: PcapLinkType.RawIp } as const;
  const file = write([{ now: 1_999, bytes: Uint8Array.of(1) }], options);
  assert.deepEqual(readPcapHeader(file).linkType, 101);
  assert.deepEqual([...readPcap(file)].map(plain), [
    { seconds: 0, nanoseconds: 1_000, bytes: '01', originalBytes: 1 },
  ]);
});

test('pcap: a packet that was cut before keeps its original length', () => {
  const chunk = new PcapWriter().packet(0, Uint8Array.of(1, 2), 1_500);
  assert.equal(toHex(chunk), '0000000000000000' + '00000002' + '000005dc' + '0102');
});

test('pcap: what is written is read, at both resolutions and any snap length', () => {
  const packets = fc.array(fc.record({ now: fc.nat(4e9), bytes: byteArrays(0, 40) }), { maxLength: 5 });
  const resolutions = fc.constantFrom('microseconds', 'nanoseconds');
  forAll(
    fc.tuple(packets, resolutions, fc.integer({ min: 1, max: 50 })),
    ([drawn, resolution, snapBytes]) => {
      const unitNs = resolution === 'nanoseconds' ? 1 : 1_000;
      const expected = drawn.map(({ now, bytes }) => ({
        seconds: Math.floor(now / 1e9),
        nanoseconds: Math.floor((now % 1e9) / unitNs) * unitNs,
        originalBytes: bytes.length,
        bytes: toHex(bytes.subarray(0, snapBytes)),
      }));
      const file = write(drawn, { resolution, snapBytes });
      assert.deepEqual([...readPcap(file)].map(plain), expected);
    },
  );
});

/** The file as a writer of the other byte order would have made it. */
function swapped(file: Uint8Array): Uint8Array {
  const out = file.slice();
  const words = (start: number, widths: readonly number[]): void => {
    let at = start;
    for (const width of widths) {
      out.subarray(at, at + width).reverse();
      at += width;
    }
  };
  words(0, [4, 2, 2, 4, 4, 4, 4]);
  for (let at = 24; at < file.length; at += 16 + viewOf(file).getUint32(at + 8)) words(at, [4, 4, 4, 4]);
  return out;
}

test('pcap: both byte orders give the same records', () => {
  const packets = [
    { now: 1_234_567_891, bytes: fromHex('010203') },
    { now: 9_876_543_210, bytes: fromHex('04') },
  ];
  for (const resolution of ['microseconds', 'nanoseconds'] as const) {
    const file = write(packets, { resolution, snapBytes: 2 });
    assert.equal(readPcapHeader(swapped(file)).isLittleEndian, true);
    assert.deepEqual({ ...readPcapHeader(swapped(file)), isLittleEndian: false }, readPcapHeader(file));
    assert.deepEqual([...readPcap(swapped(file))], [...readPcap(file)]);
  }
});

test('pcap: records are found in a file that lies within a larger buffer', () => {
  const file = write([{ now: 5, bytes: fromHex('0a0b') }]);
  const within = fromHex(`a5a5a5${toHex(file)}a5`).subarray(3, 3 + file.length);
  assert.deepEqual([...readPcap(within)].map(plain), [...readPcap(file)].map(plain));
});

test('pcap: a snap length of 0 means no limit', () => {
  const file = write([]);
  file.set([0, 0, 0, 0], 16);
  assert.equal(readPcapHeader(file).snapBytes, PCAP_SNAP_BYTES_MAX);
});

test('pcap: bits about check sequences are no part of the link type', () => {
  const file = write([]);
  file.set([0x24, 0, 0, 1], 20);
  assert.equal(readPcapHeader(file).linkType, 1);
});

test('pcap: a truncated file is refused with the offset of what is cut, after the records before it', () => {
  const [first, second] = [fromHex('010203'), fromHex('0405')];
  const file = write([
    { now: 0, bytes: first },
    { now: 1, bytes: second },
  ]);
  const secondAt = 24 + 16 + first.length;
  for (let length = 0; length < file.length; length++) {
    if (length === 24 || length === secondAt) continue; // Whole records.
    const read: PcapRecord[] = [];
    const detail = thrownBy(() => {
      for (const record of readPcap(file.subarray(0, length))) read.push(record);
    });
    const offset = length < 24 ? 0 : length < secondAt ? 24 : secondAt;
    assert.equal(detail.code, 'PCAP_TRUNCATED', `${length} bytes`);
    assert.equal(detail.offset, offset, `${length} bytes`);
    assert.equal(read.length, length < secondAt ? 0 : 1);
  }
});

test('pcap: what is missing is named', () => {
  const file = write([{ now: 0, bytes: fromHex('010203') }]);
  const cut = (length: number) => thrownBy(() => [...readPcap(file.subarray(0, length))]);
  const code = 'PCAP_TRUNCATED';
  assert.deepEqual(cut(20), { code, offset: 0, part: 'file header', missingBytes: 4 });
  assert.deepEqual(cut(30), { code, offset: 24, part: 'record header', missingBytes: 10 });
  assert.deepEqual(cut(41), { code, offset: 24, part: 'packet', missingBytes: 2 });
});

test('pcap: text and pcapng are refused by their magic, pcapng with the cure', () => {
  const text = Uint8Array.from('not a capture', (character) => character.charCodeAt(0));
  assert.deepEqual(
    thrownBy(() => readPcapHeader(text)),
    { code: 'PCAP_MAGIC', offset: 0, magic: 0x6e6f7420 },
  );
  const pcapng = fromHex('0a0d0d0a 0000001c 1a2b3c4d');
  assert.throws(() => readPcapHeader(pcapng), /pcapng; convert it with: editcap -F pcap/);
});

test('pcap: another version is refused', () => {
  const file = write([]);
  file[7] = 3;
  const detail = { code: 'PCAP_VERSION', offset: 4, major: 2, minor: 3 };
  assert.deepEqual(
    thrownBy(() => readPcapHeader(file)),
    detail,
  );
});

/** One record of three bytes after a first one, with a word of its header replaced. */
function corrupted(wordAt: number, value: number): Uint8Array {
  const file = write(
    [
      { now: 0, bytes: fromHex('aa') },
      { now: 0, bytes: fromHex('010203') },
    ],
    { snapBytes: 100 },
  );
  viewOf(file).setUint32(41 + wordAt, value);
  return file;
}

test('pcap: a corrupt record is refused with its offset', () => {
  const capturesMore = thrownBy(() => [...readPcap(corrupted(12, 2))]);
  const code = 'PCAP_PACKET_LENGTH';
  assert.deepEqual(capturesMore, { code, offset: 41, capturedBytes: 3, originalBytes: 2, snapBytes: 100 });
  const huge = thrownBy(() => [...readPcap(corrupted(8, 0xffff_ffff))]);
  assert.equal(huge.code, code);
  const late = thrownBy(() => [...readPcap(corrupted(4, 1_000_000_000))]);
  const fraction = 1_000_000_000;
  assert.deepEqual(late, { code: 'PCAP_TIMESTAMP', offset: 41, fraction, resolution: 'nanoseconds' });
});

test('pcap: a record beyond the snap length but within what libpcap takes is read', () => {
  const file = write([{ now: 0, bytes: fromHex('010203') }]);
  viewOf(file).setUint32(16, 2);
  assert.equal([...readPcap(file)].length, 1);
  const longest = write([{ now: 0, bytes: new Uint8Array(PCAP_SNAP_BYTES_MAX) }]);
  assert.equal([...readPcap(longest)].length, 1);
});

test('pcap: no bytes make the reader throw anything but a PcapError, or go on for ever', () => {
  const valid = write([{ now: 7, bytes: fromHex('0102030405') }]);
  forAll(
    fc.tuple(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length)),
    ([at, byte, length]) => {
      const bytes = valid.slice(0, length);
      bytes[at] = byte;
      try {
        assert.ok([...readPcap(bytes)].length <= 3);
      } catch (error) {
        assert.ok(error instanceof PcapError, String(error));
      }
    },
    2_000,
  );
});
