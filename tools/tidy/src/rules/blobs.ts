import type { Finding, TreeFile } from '../tree.ts';

export const BLOB_BYTES_MAX = 256 * 1024;

/** What a tool wrote and nobody reads as a whole. */
const EXEMPT: readonly string[] = ['package-lock.json'];

/** A clone carries every version of every file for ever. */
export function bigFiles(files: readonly TreeFile[]): Finding[] {
  return files
    .filter(({ path, sizeBytes }) => sizeBytes > BLOB_BYTES_MAX && !EXEMPT.includes(path))
    .map(({ path, sizeBytes }) => ({
      path,
      message: `${Math.ceil(sizeBytes / 1024)} KiB; the most is ${BLOB_BYTES_MAX / 1024}: generate it`,
    }));
}
