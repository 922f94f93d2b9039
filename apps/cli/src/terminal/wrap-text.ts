/**
 * Breaks lines of text at spaces, so that none is wider than `columns`.
 *
 * Lines that begin with a space or have two spaces side by side are set by hand and stay as they are.
 */
export function wrapText(text: string, columns: number): string[] {
  return text.split('\n').flatMap((line) => (/^ | {2}/.test(line) ? [line] : wrapLine(line, columns)));
}

function wrapLine(line: string, columns: number): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > columns) {
    const space = rest.lastIndexOf(' ', columns);
    if (space <= 0) break;
    lines.push(rest.slice(0, space));
    rest = rest.slice(space + 1);
  }
  return [...lines, rest];
}
