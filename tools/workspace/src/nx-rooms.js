/**
 * Nx plugin: a folder with a package.json under libs, apps or tools is a room, and every room has the same
 * targets. So no room carries a project.json, and `nx test wire` works the moment a room appears.
 *
 * Plain JavaScript, because Nx loads its plugins with whatever Node it was started by.
 */
import { basename, dirname } from 'node:path';

/** @param {string} packageFile path of a room's package.json, relative to the workspace */
export function roomTargets(packageFile) {
  const root = dirname(packageFile);
  const room = basename(root);
  const cwd = { cwd: '{projectRoot}' };
  return {
    test: {
      command: 'node ../../tools/test/src/run-room.ts',
      options: cwd,
      cache: true,
      inputs: ['default', '^default', '{workspaceRoot}/tools/test/src/**/*'],
      // The counts that the closing line of `npm test` sums; an output, so that a cached run has them too.
      outputs: [`{workspaceRoot}/.test-results/${room}.json`],
      metadata: { description: `Runs the tests of ${room} with Node's own runner` },
    },
    typecheck: {
      command: 'tsc --project tsconfig.json',
      options: cwd,
      cache: true,
      inputs: ['default', '^default'],
      metadata: { description: `Type-checks ${room}` },
    },
    lint: {
      command: 'eslint .',
      options: cwd,
      cache: true,
      inputs: [
        'default',
        '^default',
        '{workspaceRoot}/eslint.config.js',
        '{workspaceRoot}/tools/lint/src/**/*',
      ],
      metadata: { description: `Lints ${room}, its imports and its purity included` },
    },
  };
}

/** @type {import('nx/src/devkit-exports').CreateNodesV2} */
export const createNodesV2 = [
  '{libs,apps,tools}/*/package.json',
  (packageFiles) =>
    packageFiles.map((packageFile) => [
      packageFile,
      { projects: { [dirname(packageFile)]: { targets: roomTargets(packageFile) } } },
    ]),
];
