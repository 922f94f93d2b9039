import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PcapWriter, readPcap } from '@ballast/wire';
import { WholeRecords } from './whole-records.ts';

test('whole records: cut anywhere, what is given out is a sound file', () => {
  const pcap = new PcapWriter();
  const packets = [60, 0, 1_500, 14].map((bytes, i) => pcap.packet(i, new Uint8Array(bytes).fill(i)));
  const file = Buffer.concat([pcap.header(), ...packets]);
  for (let cut = 0; cut <= file.length; cut++) {
    const records = new WholeRecords();
    const out = Buffer.concat([
      records.feed(file.subarray(0, cut >> 1)),
      records.feed(file.subarray(cut >> 1, cut)),
    ]);
    assert.deepEqual(out, file.subarray(0, out.length));
    if (out.length > 0) assert.equal([...readPcap(out)].length, records.packets);
    if (cut === file.length) assert.equal(records.packets, 4);
  }
});
