export * from './experiment.ts';
export * from './parameters.ts';
export { columnsOf } from './plot/csv.ts';
export { type Figure, figureOf } from './plot/figure.ts';
export { experiments } from './registry.ts';
