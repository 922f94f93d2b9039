import { assert, formatNanos, type Nanos, unreachable } from '@ballast/base';
import type { Kernel } from './kernel.ts';
import { type LinkFaults, NO_FAULTS } from './link-faults.ts';

/** What goes wrong, and with what. Plain data: JSON carries it. */
export type FaultEffect =
  /** The named faults of a link, both directions. */
  | { readonly kind: 'impair'; readonly link: string; readonly faults: Partial<LinkFaults> }
  | { readonly kind: 'cut'; readonly link: string }
  /** Nothing passes between two nodes, either way, while both reach all others. See `Kernel.part`. */
  | { readonly kind: 'part'; readonly nodes: readonly [string, string] }
  /** Parts the nodes from all others; channels wait too. */
  | { readonly kind: 'isolate'; readonly nodes: readonly string[] }
  | { readonly kind: 'crash'; readonly node: string }
  | { readonly kind: 'pause'; readonly node: string }
  | { readonly kind: 'slow'; readonly node: string; readonly factor: number }
  /** The node's clock is off by so much, and set right at the end. */
  | { readonly kind: 'skew'; readonly node: string; readonly byNs: Nanos }
  | { readonly kind: 'drift'; readonly node: string; readonly ppm: number };

/**
 * An effect over [atNs, atNs + forNs). A crash ends with the restart.
 *
 * The end sets things right, not back: what was injected before the fault is gone, too.
 */
export type Fault = FaultEffect & { readonly atNs: Nanos; readonly forNs: Nanos };

/**
 * Faults with their times: what a run suffers until it is left to recover.
 *
 * Printed by `toString`, carried by JSON, replayed by making a schedule of the same faults. All of them are
 * over at `healNs`; from then on a test may ask for liveness.
 */
export class FaultSchedule {
  /** In order of their beginning. */
  readonly faults: readonly Fault[];
  readonly healNs: Nanos;

  /** Precondition: faults that would undo each other, the same on the same target, do not overlap. */
  constructor(faults: readonly Fault[]) {
    this.faults = [...faults].sort((one, other) => one.atNs - other.atNs);
    this.healNs = this.faults.reduce((latest, fault) => Math.max(latest, fault.atNs + fault.forNs), 0);
    const freeFrom = new Map<string, Nanos>();
    for (const fault of this.faults) {
      assert(
        fault.atNs >= 0 && fault.forNs > 0,
        `${describeFault(fault)}: a fault begins at 0 or later and lasts`,
      );
      for (const key of keysOf(fault)) {
        assert(
          fault.atNs >= (freeFrom.get(key) ?? 0),
          `${describeFault(fault)}: the same fault before it is over`,
        );
        freeFrom.set(key, fault.atNs + fault.forNs);
      }
    }
  }

  /** Puts all faults into the event queue. Their times count from the start of the simulation. */
  install(kernel: Kernel): void {
    const steps = this.faults.flatMap((fault) => {
      let end = (): void => {};
      return [
        { atNs: fault.atNs, act: () => void (end = begin(kernel, fault)) },
        { atNs: fault.atNs + fault.forNs, act: () => end() },
      ];
    });
    // Stable, and faults come in order of their beginning: a fault ends before the same one begins anew.
    steps.sort((one, other) => one.atNs - other.atNs);
    for (const { atNs, act } of steps) kernel.at(atNs, act);
  }

  /** One line a fault: '1.5 ms for 200 us: crash server3'. */
  toString(): string {
    return this.faults.map(describeFault).join('\n');
  }

  toJSON(): readonly Fault[] {
    return this.faults;
  }
}

/** Two faults with a key in common must not overlap: the end of one would end the other. */
export function keysOf(fault: FaultEffect): readonly string[] {
  switch (fault.kind) {
    case 'impair':
      return Object.keys(fault.faults).map((name) => `${name} ${fault.link}`);
    case 'crash':
    case 'pause':
    case 'slow':
    case 'skew':
    case 'drift':
      return [`${fault.kind} ${fault.node}`];
    case 'cut':
    case 'part':
    case 'isolate':
      return []; // A link knows how many hold it.
    default:
      return unreachable(fault);
  }
}

/** Lets the fault begin; the function returned ends it. */
function begin(kernel: Kernel, fault: FaultEffect): () => void {
  switch (fault.kind) {
    case 'impair': {
      const link = kernel.link(fault.link);
      link.inject(fault.faults);
      return () => link.inject(withoutFaults(fault.faults));
    }
    case 'cut': {
      const cut = kernel.link(fault.link).cut();
      return () => cut.heal();
    }
    case 'part': {
      const [one, other] = fault.nodes;
      return kernel.part(kernel.node(one), kernel.node(other));
    }
    case 'isolate': {
      const side = fault.nodes.map((name) => kernel.node(name));
      const others = kernel.nodes.filter((node) => !side.includes(node));
      const cut = kernel.partition(side, others, { channels: true });
      return () => cut.heal();
    }
    case 'crash': {
      const node = kernel.node(fault.node);
      node.crash();
      return () => node.restart();
    }
    case 'pause': {
      const node = kernel.node(fault.node);
      node.pause();
      return () => node.resume();
    }
    case 'slow': {
      const node = kernel.node(fault.node);
      node.slow(fault.factor);
      return () => node.slow(1);
    }
    case 'skew': {
      const node = kernel.node(fault.node);
      node.stepClock(fault.byNs);
      return () => node.stepClock(-fault.byNs);
    }
    case 'drift': {
      const node = kernel.node(fault.node);
      node.driftClock(fault.ppm);
      return () => node.driftClock(0);
    }
    default:
      return unreachable(fault);
  }
}

/** The same faults with the values they have when nothing is wrong. */
function withoutFaults(faults: Partial<LinkFaults>): Partial<LinkFaults> {
  const names = Object.keys(faults) as (keyof LinkFaults)[];
  return Object.fromEntries(names.map((name) => [name, NO_FAULTS[name]]));
}

function describeFault(fault: Fault): string {
  return `${formatNanos(fault.atNs)} for ${formatNanos(fault.forNs)}: ${describeEffect(fault)}`;
}

function describeEffect(fault: FaultEffect): string {
  switch (fault.kind) {
    case 'impair': {
      const values = Object.entries(fault.faults).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
      return `${fault.link}: ${values.join(', ')}`;
    }
    case 'cut':
      return `cut ${fault.link}`;
    case 'part':
      return `part ${fault.nodes.join(' from ')}`;
    case 'isolate':
      return `isolate ${fault.nodes.join(', ')}`;
    case 'crash':
    case 'pause':
      return `${fault.kind} ${fault.node}`;
    case 'slow':
      return `slow ${fault.node} by ${fault.factor}`;
    case 'skew':
      return `skew ${fault.node} by ${formatNanos(fault.byNs)}`;
    case 'drift':
      return `drift ${fault.node} by ${fault.ppm} ppm`;
    default:
      return unreachable(fault);
  }
}
