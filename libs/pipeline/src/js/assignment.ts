/** Assignments to what holds a value: a local variable, or elements of typed arrays. */
import type { CodeWriter } from './code-writer.ts';
import { isPair, type Value } from './value.ts';
import { primary, stable, type Word, WORD_BITS } from './word.ts';

/** Where a value is kept: the text of one word, or of two above 32 bits. */
export interface Holder {
  readonly hi: string | null;
  readonly lo: string;
}

/** `const` and `let` declare what they assign. */
export type Declaration = 'const ' | 'let ' | '';

/** Two local variables above 32 bits, one below. */
export function holderNamed(claim: (name: string) => string, name: string, width: number): Holder {
  if (width <= WORD_BITS) return { hi: null, lo: claim(name) };
  return { hi: claim(`${name}_hi`), lo: claim(`${name}_lo`) };
}

/** What a holder holds; `maximum` bounds its value. `isConstant`: nothing is assigned to it any more. */
export function valueIn(holder: Holder, maximum: bigint, isConstant = false): Value {
  const word = isConstant ? stable : primary;
  const hi = Number(maximum >> 32n);
  const lo = word(holder.lo, hi > 0 ? 0xffff_ffff : Number(maximum));
  return { hi: holder.hi === null ? null : word(holder.hi, hi), lo };
}

/** Writes the statements. The value may be made of what the holder holds. */
export function assign(
  writer: CodeWriter,
  holder: Holder,
  value: Value,
  declaration: Declaration = '',
): void {
  if (holder.hi === null || !isPair(value)) {
    const sum = `${holder.lo} + `;
    const isIncrease = declaration === '' && value.lo.text.startsWith(sum);
    writer.line(
      isIncrease
        ? `${holder.lo} += ${value.lo.text.slice(sum.length)};`
        : `${declaration}${holder.lo} = ${value.lo.text};`,
    );
    return;
  }
  const parts: [string, Word][] = [
    [holder.hi, value.hi],
    [holder.lo, value.lo],
  ];
  if (!mentions(value.lo.text, holder.hi)) {
    for (const [target, word] of parts) writer.line(`${declaration}${target} = ${word.text};`);
  } else if (!mentions(value.hi.text, holder.lo)) {
    for (const [target, word] of parts.reverse()) writer.line(`${declaration}${target} = ${word.text};`);
  } else {
    // Each word needs the other as it was.
    writer.line(`[${holder.hi}, ${holder.lo}] = [${value.hi.text}, ${value.lo.text}];`);
  }
}

/** Assigns zero, or what a variable starts with. */
export function declareZero(writer: CodeWriter, holder: Holder): void {
  if (holder.hi !== null) writer.line(`let ${holder.hi} = 0;`);
  writer.line(`let ${holder.lo} = 0;`);
}

function mentions(text: string, target: string): boolean {
  const literal = target.replaceAll(/[$[\]]/g, '\\$&');
  return new RegExp(`(?<![\\w$])${literal}(?![\\w$])`).test(text);
}
