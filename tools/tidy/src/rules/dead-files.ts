import { posix } from 'node:path';
import { type Finding, isCode, type TreeFile } from '../tree.ts';

/** What a runner finds by its name or its folder. */
const RUN_BY_NAME = /\.test\.ts$|^\w+\/[^/]+\/(test|bench|examples)\/.*\.ts$/;

/** What a process starts from. */
const PROCESS = /^(apps|tools)\/[^/]+\/src\/main\.ts$|^[^/]+\.config\.js$/;

/** Folders of a room that only serve what is run by name: fixtures, harnesses. */
const SUPPORT = /^\w+\/[^/]+\/(test|bench|examples|testing)\//;

const RELATIVE = /['"`](\.{1,2}\/[^'"`\s]+\.(?:ts|js))['"`]/g;
const ANY_FILE = /[\w./-]+\.(?:ts|js)\b/g;

/**
 * Source files that nothing leads to.
 *
 * A file of `src` must be reached from what ships: an entry of a package.json (`exports`, `bin`, scripts, Nx
 * targets), a `main.ts` or a configuration at the root. One that only its own test reaches is dead. A file
 * of `test`, `bench`, `examples` or `testing` may also be reached from what is run by its name.
 *
 * References are relative paths in quotes, so that `new URL('./worker.ts', import.meta.url)` counts too.
 */
export function deadFiles(files: readonly TreeFile[]): Finding[] {
  const code = new Map(files.filter(({ path }) => isCode(path)).map((file) => [file.path, file]));
  const paths = [...code.keys()];
  const shipped = reach(code, [...namedByManifests(files), ...paths.filter((path) => PROCESS.test(path))]);
  const run = reach(code, [...shipped, ...paths.filter((path) => RUN_BY_NAME.test(path))]);
  return paths.flatMap((path) => {
    if (shipped.has(path) || RUN_BY_NAME.test(path)) return [];
    if (!run.has(path)) return [{ path, message: 'nothing imports it: remove it, or export what it offers' }];
    if (SUPPORT.test(path)) return [];
    return [{ path, message: 'only tests import it: remove both, or move it to test/ or testing/' }];
  });
}

function reach(code: ReadonlyMap<string, TreeFile>, from: Iterable<string>): Set<string> {
  const reached = new Set<string>();
  const pending = [...from];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const file = code.get(path);
    if (file === undefined || reached.has(path)) continue;
    reached.add(path);
    for (const [, reference] of file.text.matchAll(RELATIVE)) {
      if (reference !== undefined) pending.push(posix.join(posix.dirname(path), reference));
    }
  }
  return reached;
}

/** Files that a manifest names, relative to itself or, as in the command of an Nx target, to the root. */
function namedByManifests(files: readonly TreeFile[]): string[] {
  return files
    .filter(({ path }) => /(^|\/)(package|nx)\.json$/.test(path) || path.endsWith('/nx-rooms.js'))
    .flatMap(({ path, text }) =>
      [...text.matchAll(ANY_FILE)].flatMap(([name]) => [
        posix.join(posix.dirname(path), name),
        name.replace(/^(\.\.?\/)+/, ''),
      ]),
    );
}
