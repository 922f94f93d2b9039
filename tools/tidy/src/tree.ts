import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A file that is, or is about to be, in the repository. */
export interface TreeFile {
  /** Relative to the root, with slashes: 'libs/wire/src/ipv4.ts'. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Its contents as UTF-8. Rules ask for it only where the kind of file says that it is text. */
  readonly text: string;
}

/** Something to mend: where, and what to do instead. */
export interface Finding {
  readonly path: string;
  /** One-based; absent when it is about the file as a whole. */
  readonly line?: number;
  readonly message: string;
}

/** One thing that tidy insists on. Sees the whole tree, because some rules relate files to each other. */
export type Rule = (files: readonly TreeFile[]) => Finding[];

/** Every file below `root` that git tracks or would add. Needs git and a checkout. */
export function readTree(root: string): TreeFile[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(root, path)))
    .sort()
    .map((path) => lazyFile(path, join(root, path)));
}

/** Binary files are never decoded, and text is read once. */
function lazyFile(path: string, absolute: string): TreeFile {
  let text: string | undefined;
  return {
    path,
    sizeBytes: statSync(absolute).size,
    get text() {
      return (text ??= readFileSync(absolute, 'utf8'));
    },
  };
}

/** A file that exists only in a test of a rule. */
export function fileOf(path: string, text: string): TreeFile {
  return { path, text, sizeBytes: Buffer.byteLength(text) };
}

/** Whether a path is source code of ours. */
export function isCode(path: string): boolean {
  return /\.(ts|js)$/.test(path);
}
