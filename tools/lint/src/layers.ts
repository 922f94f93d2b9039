/**
 * Who may import whom, by the tags in the rooms' package.json; docs/architecture.md draws it as a graph.
 *
 * A new layer is one line here; a new protocol is one more word in `SYSTEMS`.
 */

interface DepConstraint {
  sourceTag: string;
  onlyDependOnLibsWithTags?: string[];
  notDependOnLibsWithTags?: string[];
}

/** What a rack is made of, in simulated time. */
const RACK_PARTS = ['base', 'wire', 'pipeline', 'programs', 'core', 'sim', 'checkers', 'workload'];

/** For each layer the layers that its rooms may import. An arrow never points up. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  base: ['base'],
  wire: ['base', 'wire'],
  pipeline: ['base', 'wire', 'pipeline'],
  programs: ['base', 'wire', 'pipeline', 'programs'],
  core: ['base', 'wire', 'core'],
  sim: ['base', 'wire', 'sim'],
  checkers: ['base', 'wire', 'checkers'],
  workload: ['base', 'wire', 'workload'],
  rack: [...RACK_PARTS, 'rack'],
  linux: ['base', 'linux'],
  fabric: ['base', 'wire', 'core', 'sim', 'rack', 'linux', 'fabric'],
  experiments: [...RACK_PARTS, 'rack', 'linux', 'fabric', 'experiments'],
  app: [...RACK_PARTS, 'rack', 'linux', 'fabric', 'experiments'],
  tools: ['tools'],
};

/** The protocols of layer core. Each must be usable without the others, so none imports another. */
const SYSTEMS: readonly string[] = ['pegasus'];

/** Layers that may touch the outside world. Every other one is pure: see purity.ts. */
const IMPURE_LAYERS: readonly string[] = ['linux', 'fabric', 'experiments', 'app', 'tools'];

export const depConstraints: readonly DepConstraint[] = [
  ...Object.entries(LAYERS).map(([layer, allowed]) => ({
    sourceTag: `layer:${layer}`,
    onlyDependOnLibsWithTags: allowed.map((other) => `layer:${other}`),
  })),
  ...SYSTEMS.map((system) => ({
    sourceTag: `system:${system}`,
    notDependOnLibsWithTags: SYSTEMS.filter((other) => other !== system).map((other) => `system:${other}`),
  })),
];

/** Whether a room with these tags must stay free of clocks, timers, randomness and I/O. */
export function isPure(tags: readonly string[]): boolean {
  return !IMPURE_LAYERS.some((layer) => tags.includes(`layer:${layer}`));
}
