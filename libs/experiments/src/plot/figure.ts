import type { Experiment, Row } from '../experiment.ts';
import type { Parameters, ParameterSpecs } from '../parameters.ts';
import { chartOf } from './chart.ts';
import { csvOf } from './csv.ts';
import { renderPng, renderSvg } from './render.ts';

/** A result as files. */
export interface Figure {
  readonly csv: string;
  readonly svg: string;
  readonly png: Uint8Array;
}

/** Draws the result of an experiment. Takes about a second, most of it for loading what draws. */
export async function figureOf<S extends ParameterSpecs>(
  experiment: Experiment<S>,
  parameters: Parameters<S>,
  rows: readonly Row[],
): Promise<Figure> {
  const svg = await renderSvg(chartOf(experiment, parameters, rows));
  return { csv: csvOf(rows), svg, png: await renderPng(svg) };
}
