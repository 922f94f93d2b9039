/** Breaks long lines of generated code before operators and between arguments, as a formatter would. */

const COLUMNS_MAX = 110;
/** How much further in the lines are that a long one goes on with. */
export const HANGING_INDENT = 4;
const OPERATOR = /^ (?:&&|\|\||[-+?:|^]) /;

/** The lines that a line becomes; all but the first hang. */
export function wrapped(text: string, indent: number): string[] {
  if (indent + text.length <= COLUMNS_MAX || text.includes('//')) return [text];
  const breaks = breaksOf(text);
  const depth = Math.min(...breaks.map((b) => b.depth));
  const outermost = breaks.filter((b) => b.depth === depth).map((b) => b.at);
  const lines: string[] = [];
  let start = 0;
  for (const [i, at] of outermost.entries()) {
    const next = outermost[i + 1] ?? text.length;
    const hanging = lines.length === 0 ? 0 : HANGING_INDENT;
    if (indent + hanging + next - start <= COLUMNS_MAX) continue;
    lines.push(text.slice(start, at));
    start = at + 1;
  }
  if (lines.length === 0) return [text];
  lines.push(text.slice(start));
  // A piece may still be too long, and have operators further inside.
  return lines.flatMap((line, i) => wrapped(line, indent + (i === 0 ? 0 : HANGING_INDENT)));
}

/** Positions of the spaces where a line may be broken, each with the number of parentheses around it. */
function breaksOf(text: string): { at: number; depth: number }[] {
  const breaks: { at: number; depth: number }[] = [];
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(' || text[at] === '[') depth++;
    if (text[at] === ')' || text[at] === ']') depth--;
    if (text[at] !== ' ') continue;
    if (text[at - 1] === ',' || OPERATOR.test(text.slice(at, at + 4))) breaks.push({ at, depth });
  }
  return breaks;
}
