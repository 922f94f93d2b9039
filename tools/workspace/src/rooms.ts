import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** Where the manifests of rooms stand. The same pattern as in nx-rooms.js, which cannot import TypeScript. */
export const ROOM_MANIFESTS = '{libs,apps,tools}/*/package.json';

/** The root of this checkout. */
export const workspaceRoot = resolve(import.meta.dirname, '../../..');

/** One npm workspace: a library, an app or a tool. */
export interface Room {
  /** Folder name, unique in the workspace: 'wire'. */
  readonly name: string;
  /** Name of the package: '@ballast/wire'. */
  readonly packageName: string;
  /** Relative to the workspace's root: 'libs/wire'. */
  readonly folder: string;
  /** What it is in the import graph: 'layer:core', 'system:pegasus'. tools/lint gives them their meaning. */
  readonly tags: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly nx?: { readonly tags?: readonly string[] };
}

/** Every room below `root`, sorted by folder. */
export function findRooms(root = workspaceRoot): Room[] {
  return globSync(ROOM_MANIFESTS, { cwd: root })
    .map((manifest) => {
      const { name, nx } = JSON.parse(readFileSync(join(root, manifest), 'utf8')) as Manifest;
      const folder = dirname(manifest).replaceAll('\\', '/');
      return { name: basename(folder), packageName: name, folder, tags: nx?.tags ?? [] };
    })
    .sort((a, b) => (a.folder < b.folder ? -1 : 1));
}
