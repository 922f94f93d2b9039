/** Takes what nothing uses out of a case, after its statements became fewer. */
import type { Entity } from '../control.ts';
import type { Program, Statement } from '../ir.ts';
import { assignedVariables, visitBlock } from '../lower/walk.ts';
import { RECIRCULATION_LIMIT, RUNT_FRAME } from '../ir.ts';
import type { FuzzCase, FuzzStep } from './execution.ts';

/** The case without what no statement names: state and writes to it, variables, pushed headers, reasons. */
export function withoutUnused({ program, load, steps }: FuzzCase): FuzzCase {
  const used = namesIn(program);
  const kept = <T extends { readonly name: string }>(all: readonly T[]): T[] =>
    all.filter((d) => used.has(d.name));
  const tables = kept(program.tables);
  const parameters = tables.flatMap((t) => t.actions.flatMap((a) => a.parameters.map((p) => p.variable)));
  const slimmer: Program = {
    ...program,
    headers: program.headers.filter((h) => !h.added || used.has(h.name)),
    variables: program.variables.filter((v) => used.has(v.name) || parameters.includes(v.name)),
    tables,
    registers: kept(program.registers),
    slots: kept(program.slots),
    caches: kept(program.caches),
    counters: kept(program.counters),
    dropReasons: program.dropReasons.filter(
      (r) => used.has(r) || r === RUNT_FRAME || r === RECIRCULATION_LIMIT,
    ),
    controllerReasons: program.controllerReasons.filter((r) => used.has(r)),
  };
  const state = new Set(
    [slimmer.tables, slimmer.registers, slimmer.slots, slimmer.caches, slimmer.counters].flatMap((all) =>
      all.map((d) => d.name),
    ),
  );
  return { program: slimmer, load, steps: steps.flatMap((step) => stepWithin(step, state)) };
}

function stepWithin(step: FuzzStep, state: ReadonlySet<string>): FuzzStep[] {
  switch (step.kind) {
    case 'packet':
      return [step];
    case 'read':
      return state.has(step.request.name) ? [step] : [];
    case 'write': {
      const updates = step.updates.filter(({ entity }) => state.has(stateName(entity)));
      return updates.length === 0 ? [] : [{ ...step, updates }];
    }
  }
}

/** The piece of state that an entity belongs to. */
export function stateName(entity: Entity): string {
  switch (entity.entity) {
    case 'table':
      return entity.table;
    case 'register':
      return entity.register;
    case 'slot':
      return entity.slots;
    case 'cache':
      return entity.cache;
    case 'counter':
      return entity.counter;
  }
}

/** Names of state, variables, headers and reasons that statements and expressions use. */
function namesIn(program: Program): Set<string> {
  const names = new Set<string>();
  const note = (s: Statement): void => {
    for (const property of ['table', 'register', 'slots', 'cache', 'counter', 'header', 'reason'] as const) {
      const name = (s as Partial<Record<typeof property, string>>)[property];
      if (name !== undefined) names.add(name);
    }
    if (s.kind === 'set' && s.target.kind === 'field') names.add(s.target.header);
    for (const variable of assignedVariables(s)) names.add(variable);
  };
  for (const part of [program.ingress, program.egress ?? []]) {
    visitBlock(part, {
      statement: note,
      expr: (e) => {
        if (e.kind === 'variable') names.add(e.name);
        if (e.kind === 'field') names.add(e.header);
      },
      bool: (b) => {
        if (b.kind === 'valid') names.add(b.header);
      },
    });
  }
  return names;
}
