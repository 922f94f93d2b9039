import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure } from '@ballast/experiments';

/**
 * Makes the folder of an experiment's files, before the minutes that the experiment takes.
 *
 * @throws an error of the operating system where nothing can be written
 */
export function figureFolder(out: string, experiment: string): string {
  const folder = join(out, experiment);
  mkdirSync(folder, { recursive: true });
  accessSync(folder, constants.W_OK);
  return folder;
}

/** Writes the table and both forms of the plot; returns their paths. */
export function writeFigure(folder: string, experiment: string, { csv, svg, png }: Figure): string[] {
  const files = { csv, svg, png };
  return Object.entries(files).map(([extension, contents]) => {
    const path = join(folder, `${experiment}.${extension}`);
    writeFileSync(path, contents);
    return path;
  });
}
