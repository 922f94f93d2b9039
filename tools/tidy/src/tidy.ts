import { bigFiles } from './rules/blobs.ts';
import { deadFiles } from './rules/dead-files.ts';
import { fileLength, functionLength, lineLength } from './rules/lengths.ts';
import { pureIndex, roomAnatomy } from './rules/rooms.ts';
import { bannedWords } from './rules/words.ts';
import type { Finding, Rule, TreeFile } from './tree.ts';

const RULES: readonly Rule[] = [
  bannedWords,
  bigFiles,
  deadFiles,
  fileLength,
  functionLength,
  lineLength,
  pureIndex,
  roomAnatomy,
];

/** Everything that is not tidy, sorted by file and line. */
export function tidy(files: readonly TreeFile[]): Finding[] {
  return RULES.flatMap((rule) => rule(files)).sort(
    (a, b) => a.path.localeCompare(b.path) || (a.line ?? 0) - (b.line ?? 0),
  );
}

/** A finding as compilers print one, so that editors jump to it. */
export function formatFinding({ path, line, message }: Finding): string {
  return line === undefined ? `${path}: ${message}` : `${path}:${line}: ${message}`;
}
