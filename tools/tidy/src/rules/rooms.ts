import ts from 'typescript';
import type { Finding, TreeFile } from '../tree.ts';

const MANIFEST = /^((?:libs|apps|tools)\/[^/]+)\/package\.json$/;

/** What a reader and the tools expect in each room, with the reason. */
const EXPECTED: readonly { readonly file: string; readonly why: string }[] = [
  { file: 'README.md', why: 'what it is, what is done and not done, one runnable example' },
  { file: 'tsconfig.json', why: '`nx typecheck` and editors read it; it extends tsconfig.base.json' },
];

/** Folders of all rooms, in the order of the tree: 'libs/wire'. */
export function roomFolders(files: readonly TreeFile[]): string[] {
  return files.flatMap(({ path }) => MANIFEST.exec(path)?.[1] ?? []);
}

/** Every room has a README and the little that makes it a room. */
export function roomAnatomy(files: readonly TreeFile[]): Finding[] {
  const paths = new Set(files.map(({ path }) => path));
  return roomFolders(files).flatMap((folder) =>
    EXPECTED.filter(({ file }) => !paths.has(`${folder}/${file}`)).map(({ file, why }) => ({
      path: folder,
      message: `has no ${file}: ${why}`,
    })),
  );
}

/** src/index.ts says what a room offers, and does nothing itself. */
export function pureIndex(files: readonly TreeFile[]): Finding[] {
  return files
    .filter(({ path }) => /^(libs|apps|tools)\/[^/]+\/src\/index\.ts$/.test(path))
    .flatMap(({ path, text }) => {
      const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
      const logic = source.statements.find(
        (statement) => !ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined,
      );
      if (logic === undefined) return [];
      const line = source.getLineAndCharacterOfPosition(logic.getStart(source)).line + 1;
      return [{ path, line, message: 'an index only re-exports: move this into a file of its own' }];
    });
}
