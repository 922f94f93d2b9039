export { calibrationPoint } from './calibration.ts';
export * from './experiment.ts';
export * from './parameters.ts';
export { type Figure, figureOf } from './plot/figure.ts';
export { experiments } from './registry.ts';
export * from './run-points.ts';
