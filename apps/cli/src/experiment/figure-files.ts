import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure } from '@ballast/experiments';

/** Writes the table and both forms of the plot; returns their paths. */
export function writeFigure(folder: string, experiment: string, { csv, svg, png }: Figure): string[] {
  const files = { csv, svg, png };
  return Object.entries(files).map(([extension, contents]) => {
    const path = join(folder, `${experiment}.${extension}`);
    writeFileSync(path, contents);
    return path;
  });
}
