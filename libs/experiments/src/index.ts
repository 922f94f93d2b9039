export * from './experiment.ts';
export * from './parameters.ts';
export { experiments } from './registry.ts';
