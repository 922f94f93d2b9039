export * from './packets.ts';
export * from './pegasus.ts';
