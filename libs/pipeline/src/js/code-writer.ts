import { HANGING_INDENT, wrapped } from './wrap.ts';

/** Lines of generated code with their depth. */
interface Line {
  readonly depth: number;
  readonly text: string;
}

/** Lines that were written aside, to be put in place later or dropped. */
export type Fragment = readonly Line[];

const INDENT = '  ';

/** Collects generated code line by line and keeps its indentation. */
export class CodeWriter {
  #lines: Line[] = [];
  #depth = 0;
  /** While lines are written aside that run only under a condition: where those that always run go. */
  #unconditional: { readonly lines: Line[]; readonly depth: number } | null = null;

  line(text: string): void {
    this.#lines.push({ depth: this.#depth, text });
  }

  comment(text: string): void {
    this.line(`// ${text}`);
  }

  /** An empty line between paragraphs; never two, and none at the start of a block or behind a comment. */
  gap(): void {
    const last = this.#lines.at(-1);
    if (last === undefined || last.text === '' || last.text.endsWith('{') || last.text.startsWith('//'))
      return;
    this.line('');
  }

  /** `head {`, the body one level deeper, `}`. */
  block(head: string, body: () => void): void {
    this.line(`${head} {`);
    this.#depth++;
    body();
    this.#depth--;
    this.line('}');
  }

  /** Goes on behind the closing brace of the block just written: `} else {`, the body, `}`. */
  elseBlock(body: () => void): void {
    this.#lines.pop();
    this.block('} else', body);
  }

  /** Goes on behind the closing brace of the block just written with an `if` that was written aside. */
  elseIf(fragment: Fragment): void {
    const [first, ...rest] = fragment;
    this.#lines.pop();
    this.#lines.push({ depth: this.#depth, text: `} else ${first!.text}` });
    this.append(rest);
  }

  /** What `body` writes, at depth 0, without putting it in place. */
  aside(body: () => void): Fragment {
    const [lines, depth] = [this.#lines, this.#depth];
    const fragment: Line[] = [];
    this.#lines = fragment;
    this.#depth = 0;
    try {
      body();
    } finally {
      this.#lines = lines;
      this.#depth = depth;
    }
    return fragment;
  }

  /** Writes aside what will run only under a condition; see `unconditionally`. */
  asideConditionally(body: () => void): Fragment {
    const outer = this.#unconditional;
    this.#unconditional ??= { lines: this.#lines, depth: this.#depth };
    const fragment = this.aside(body);
    this.#unconditional = outer;
    return fragment;
  }

  /** Writes lines in front of the statement at hand, outside of all conditions being written aside. */
  unconditionally(body: () => void): void {
    if (this.#unconditional === null) return body();
    const [lines, depth] = [this.#lines, this.#depth];
    this.#lines = this.#unconditional.lines;
    this.#depth = this.#unconditional.depth;
    body();
    this.#lines = lines;
    this.#depth = depth;
  }

  /** Puts in place what was written aside. */
  append(fragment: Fragment): void {
    for (const { depth, text } of fragment) this.#lines.push({ depth: this.#depth + depth, text });
  }

  toString(): string {
    const lines = this.#lines.flatMap(({ depth, text }) => {
      if (text === '') return [''];
      const indent = INDENT.repeat(depth);
      const [first = '', ...others] = wrapped(text, indent.length);
      return [indent + first, ...others.map((other) => indent + ' '.repeat(HANGING_INDENT) + other)];
    });
    return `${lines.join('\n')}\n`;
  }
}
