import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { forAll, uint } from '../test/property.ts';
import {
  AddressError,
  formatIpv4,
  formatIpv6,
  formatMac,
  ipv6FromHalves,
  ipv6High,
  ipv6Low,
  parseIpv4,
  parseIpv6,
  parseMac,
} from './address.ts';

test('address: a MAC address is a number of 48 bits', () => {
  assert.equal(parseMac('02:00:5e:10:00:ff'), 0x0200_5e10_00ff);
  assert.equal(parseMac('02-00-5E-10-00-FF'), 0x0200_5e10_00ff);
  assert.equal(formatMac(0x0200_5e10_00ff), '02:00:5e:10:00:ff');
  assert.equal(formatMac(1), '00:00:00:00:00:01');
});

test('address: an IPv4 address is a number of 32 bits', () => {
  assert.equal(parseIpv4('192.0.2.255'), 0xc00002ff);
  assert.equal(formatIpv4(0xc00002ff), '192.0.2.255');
  assert.equal(formatIpv4(0), '0.0.0.0');
});

test('address: text of MAC and IPv4 addresses survives being parsed', () => {
  forAll(uint(48), (mac) => assert.equal(parseMac(formatMac(mac)), mac));
  forAll(uint(32), (ipv4) => assert.equal(parseIpv4(formatIpv4(ipv4)), ipv4));
});

const IPV6_TEXTS: readonly { text: string; words: readonly number[]; formatted?: string }[] = [
  { text: '2001:db8::1', words: [0x20010db8, 0, 0, 1] },
  { text: '::', words: [0, 0, 0, 0] },
  { text: '::1', words: [0, 0, 0, 1] },
  { text: '1::', words: [0x10000, 0, 0, 0] },
  // RFC 5952 §4.1: no leading zeros; §4.3: lower case.
  { text: '2001:0DB8::0001', words: [0x20010db8, 0, 0, 1], formatted: '2001:db8::1' },
  // §4.2.1: as short as possible.
  { text: '2001:db8:0:0:0:0:2:1', words: [0x20010db8, 0, 0, 0x20001], formatted: '2001:db8::2:1' },
  // §4.2.2: a single group of zeros is not shortened, and stays valid on input.
  {
    text: '2001:db8::1:1:1:1:1',
    words: [0x20010db8, 1, 0x10001, 0x10001],
    formatted: '2001:db8:0:1:1:1:1:1',
  },
  // §4.2.3: the longest run, and of equal ones the first.
  { text: '2001:0:0:1:0:0:0:1', words: [0x20010000, 1, 0, 1], formatted: '2001:0:0:1::1' },
  { text: '2001:db8:0:0:1:0:0:1', words: [0x20010db8, 0, 0x10000, 1], formatted: '2001:db8::1:0:0:1' },
  { text: '0:0:1::', words: [0, 0x10000, 0, 0], formatted: '0:0:1::' },
  { text: '1:2:3:4:5:6:7:8', words: [0x10002, 0x30004, 0x50006, 0x70008] },
  { text: '1:2:3:4:5:6:7::', words: [0x10002, 0x30004, 0x50006, 0x70000], formatted: '1:2:3:4:5:6:7:0' },
  // §5: mixed notation under the well-known prefix, and nowhere else.
  { text: '::ffff:192.0.2.1', words: [0, 0, 0xffff, 0xc0000201] },
  { text: '::ffff:c000:201', words: [0, 0, 0xffff, 0xc0000201], formatted: '::ffff:192.0.2.1' },
  { text: '64:ff9b::192.0.2.33', words: [0x64ff9b, 0, 0, 0xc0000221], formatted: '64:ff9b::c000:221' },
];

for (const { text, words, formatted = text } of IPV6_TEXTS) {
  test(`address: IPv6 ${text} is read, and written as ${formatted}`, () => {
    assert.deepEqual([...parseIpv6(text)], words);
    assert.equal(formatIpv6(Uint32Array.from(words)), formatted);
  });
}

/** Groups that are often zero, so that runs of all lengths come up. */
const ipv6Addresses = fc
  .array(fc.oneof(fc.constant(0), uint(16)), { minLength: 8, maxLength: 8 })
  .map((groups) => Uint32Array.from({ length: 4 }, (_, i) => groups[2 * i]! * 0x1_0000 + groups[2 * i + 1]!));

test('address: text of IPv6 addresses survives being parsed, and agrees with the URL standard', () => {
  forAll(ipv6Addresses, (address) => {
    const text = formatIpv6(address);
    assert.deepEqual(parseIpv6(text), address);
    const isMixed = text.includes('.'); // The URL standard never writes the mixed notation.
    if (!isMixed) assert.equal(`[${text}]`, new URL(`http://[${text}]`).hostname);
  });
});

test('address: an IPv6 address goes into two header fields and back', () => {
  assert.equal(ipv6High(parseIpv6('2001:db8:0:ffff::7')), 0x2001_0db8_0000_ffffn);
  assert.equal(ipv6Low(parseIpv6('2001:db8::8000:0:0:7')), 0x8000_0000_0000_0007n);
  forAll(ipv6Addresses, (address) => {
    assert.deepEqual(ipv6FromHalves(ipv6High(address), ipv6Low(address)), address);
  });
});

const BAD_TEXTS = [
  { kind: 'MAC', parse: parseMac, texts: ['', '02:00:00:00:00', '02:00:00:00:00:0g', '02:00-00:00:00:01'] },
  { kind: 'MAC', parse: parseMac, texts: ['2:0:0:0:0:1', '02:00:00:00:00:01:', '020000000001'] },
  { kind: 'IPV4', parse: parseIpv4, texts: ['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '1.2.3.-1', '1.2.3.04'] },
  { kind: 'IPV4', parse: parseIpv4, texts: ['1.2.3.', '0x1.2.3.4', ' 1.2.3.4', '1.2.3.4 ', '1.2.3.1e1'] },
  {
    kind: 'IPV6',
    parse: parseIpv6,
    texts: ['', ':', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9'],
  },
  {
    kind: 'IPV6',
    parse: parseIpv6,
    texts: ['1:2:3:4::5:6:7:8', '12345::', 'g::', ':1::', '1:', 'fe80::1%eth0'],
  },
  { kind: 'IPV6', parse: parseIpv6, texts: ['1.2.3.4::', '::1.2.3', '::1.2.3.4:5', '1:2:3:4:5:6:7:1.2.3.4'] },
] as const;

for (const { kind, parse, texts } of BAD_TEXTS) {
  for (const text of texts) {
    test(`address: '${text}' is refused as ${kind}`, () => {
      assert.throws(
        () => parse(text),
        (error) => {
          assert.ok(error instanceof AddressError);
          assert.deepEqual(error.detail, { code: 'ADDRESS_SYNTAX', kind, text });
          assert.ok(error.message.includes(`'${text}'`));
          return true;
        },
      );
    });
  }
}
