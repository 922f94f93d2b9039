export { SKETCH_BANKS, SKETCH_COLUMNS, SKETCH_ROWS } from './heavy-keeper.ts';
export * from './netcache.ts';
export * from './packets.ts';
export * from './pegasus.ts';
export * from './pegasus-rules.ts';
export { type Selection, SELECTIONS } from './read-selection.ts';
export * from './router.ts';
export { shippedPrograms } from './shipped.ts';
