import ts from 'typescript';
import { type Finding, isCode, type TreeFile } from '../tree.ts';

export const LINE_COLUMNS_MAX = 110;
/** A line that is mostly one text: it is looked for in one piece, and Prettier does not break it. */
export const MESSAGE_COLUMNS_MAX = 130;
export const FUNCTION_LINES_MAX = 70;
export const FILE_LINES_MAX = 500;

const LONG_TEXT = /(['"`])(?:(?!\1).){40,}\1|\/\^.{40,}\//;

/**
 * Two files must fit side by side. A web address cannot be broken, so its line may be longer; so may that
 * of a message or a test's name, a little.
 */
export function lineLength(files: readonly TreeFile[]): Finding[] {
  return files
    .filter(({ path }) => isCode(path) || /\.(sh|ya?ml|toml|c|p4)$/.test(path))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, index) => {
        const columnsMax = LONG_TEXT.test(line) ? MESSAGE_COLUMNS_MAX : LINE_COLUMNS_MAX;
        if (line.length <= columnsMax || /https?:\/\//.test(line)) return [];
        const message = `${line.length} columns; the most is ${columnsMax}`;
        return [{ path, line: index + 1, message }];
      }),
    );
}

/** A longer file holds two things, each of which deserves a name. */
export function fileLength(files: readonly TreeFile[]): Finding[] {
  return files
    .filter(({ path }) => isCode(path))
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > FILE_LINES_MAX)
    .map(({ path, lines }) => ({ path, message: `${lines} lines; the most is ${FILE_LINES_MAX}: split it` }));
}

/** A longer function has steps, each of which deserves a name. A suite is a list of tests instead. */
export function functionLength(files: readonly TreeFile[]): Finding[] {
  return files.filter(({ path }) => isCode(path)).flatMap(longFunctions);
}

function longFunctions({ path, text }: TreeFile): Finding[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const findings: Finding[] = [];
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line + 1;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && !isSuite(node)) {
      const line = lineOf(node.getStart(source));
      const lines = lineOf(node.end) - line + 1;
      if (lines > FUNCTION_LINES_MAX) {
        const message = `a function of ${lines} lines; the most is ${FUNCTION_LINES_MAX}: name its steps`;
        findings.push({ path, line, message });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return findings;
}

function isSuite(node: ts.Node): boolean {
  const call = node.parent;
  return ts.isCallExpression(call) && /^(describe|suite)\b/.test(call.expression.getText());
}
