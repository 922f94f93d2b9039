#!/usr/bin/env node
/**
 * The `ballast` command. Plain JavaScript for Node 18 and newer: it finds a Node that runs TypeScript and has
 * that run src/main.ts, in this process when this Node is new enough.
 */
import { fileURLToPath } from 'node:url';
import { findRuntime, handOver, silenceKnownWarnings } from './runtime.js';

const runtime = findRuntime();
switch (runtime.kind) {
  case 'this process':
    silenceKnownWarnings(process);
    await import('../src/main.ts');
    break;
  case 'binary':
    // The newer Node runs this same file, and then finds itself in the case above.
    handOver(runtime.path, [fileURLToPath(import.meta.url), ...process.argv.slice(2)]);
    break;
  case 'none':
    console.error(`ballast: ${runtime.explanation}`);
    process.exitCode = 1;
}
