import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOB_BYTES_MAX, bigFiles } from './blobs.ts';

const ofSize = (path: string, sizeBytes: number) => ({ path, sizeBytes, text: '' });

test('tidy: a file beyond 256 KiB is found, one of exactly that is not', () => {
  assert.deepEqual(bigFiles([ofSize('a.pcap', BLOB_BYTES_MAX)]), []);
  assert.deepEqual(bigFiles([ofSize('a.pcap', BLOB_BYTES_MAX + 1)]), [
    { path: 'a.pcap', message: '257 KiB; the most is 256: generate it' },
  ]);
});

test('tidy: the lock file may be big, one of the same name elsewhere may not', () => {
  assert.deepEqual(bigFiles([ofSize('package-lock.json', 10 * BLOB_BYTES_MAX)]), []);
  assert.equal(bigFiles([ofSize('libs/a/package-lock.json', 10 * BLOB_BYTES_MAX)]).length, 1);
});
