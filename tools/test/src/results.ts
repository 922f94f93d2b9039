import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RoomResult } from './room-tally.ts';

/** Where each room leaves its counts; ignored by git, and outputs of the Nx target `test` (nx-rooms.js). */
export const RESULTS_FOLDER = '.test-results';

/** Path of a room's counts, relative to the workspace. */
export function resultFile(room: string): string {
  return `${RESULTS_FOLDER}/${room}.json`;
}

/** What a room left, or undefined when its run did not get as far as that. */
export function readResult(root: string, room: string): RoomResult | undefined {
  const file = join(root, resultFile(room));
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as RoomResult) : undefined;
}
