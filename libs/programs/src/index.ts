export * from './netcache.ts';
export * from './packets.ts';
export * from './pegasus.ts';
export * from './router.ts';
export { shippedPrograms } from './shipped.ts';
