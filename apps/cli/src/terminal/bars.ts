/** Eighths of a character cell, for bars that grow smoothly. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Whether this terminal shows block characters: a locale in UTF-8, by the usual precedence (POSIX 8.2). */
export function showsBlocks(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(
    (value) => value !== undefined && value !== '',
  );
  return /utf-?8/i.test(locale ?? '');
}

/** A bar of `width` cells, filled to `share`, which is cut to 0 ... 1. */
export function formatBar(share: number, width: number, isBlocks: boolean): string {
  const cells = Math.min(1, Math.max(0, share)) * width;
  if (!isBlocks) return '#'.repeat(Math.round(cells)).padEnd(width, '.');
  const whole = Math.floor(cells);
  const eighth = EIGHTHS[Math.floor((cells - whole) * 8)] ?? '';
  return ('█'.repeat(whole) + eighth).padEnd(width);
}
