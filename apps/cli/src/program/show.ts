/** Packet programs as people read them. */
import { compileJs, type Program, printProgram } from '@ballast/pipeline';
import { shippedPrograms } from '@ballast/programs';
import { UsageError } from '../terminal/failure.ts';

/** The interpreter runs the tree itself, the others code that is made from it. */
export type ShownTarget = 'interpret' | 'js';

/** A shipped program by its name. @throws UsageError */
export function shippedProgram(name: string): Program {
  const build = Object.hasOwn(shippedPrograms, name) ? shippedPrograms[name] : undefined;
  if (build !== undefined) return build();
  const names = Object.keys(shippedPrograms).join(', ');
  throw new UsageError(`there is no program "${name}"; those that ship: ${names}`);
}

/** The program as one target sees it. */
export function showProgram(program: Program, target: ShownTarget): string {
  return target === 'js' ? compileJs(program).source : printProgram(program);
}

/** What ships: a flat object for each program, with the number of its constructs. */
export function programRows(): Record<string, string | number>[] {
  return Object.entries(shippedPrograms).map(([name, build]) => {
    const program = build();
    return {
      name,
      headers: program.headers.length,
      tables: program.tables.length,
      registers: program.registers.length,
      slots: program.slots.length,
      caches: program.caches.length,
      counters: program.counters.length,
    };
  });
}
