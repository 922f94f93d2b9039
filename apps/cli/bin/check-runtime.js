/** Run after `npm ci`: fails, with the cure, where the command would find no Node that can run it. */
import { findRuntime } from './runtime.js';

const runtime = findRuntime();
const nothingInstalled = process.env['npm_config_package_lock_only'] === 'true';
if (runtime.kind === 'none' && !nothingInstalled) {
  console.error(`ballast: ${runtime.explanation}`);
  process.exitCode = 1;
}
