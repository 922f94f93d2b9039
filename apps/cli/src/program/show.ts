/** Packet programs as people read them. */
import { compileJs, type Program, printProgram } from '@ballast/pipeline';
import { shippedPrograms } from '@ballast/programs';

/** What `--target` accepts: the interpreter runs the tree itself, the others code that is made from it. */
export const SHOWN_TARGETS = ['interpret', 'js'] as const;
export type ShownTarget = (typeof SHOWN_TARGETS)[number];

/** The program as one target sees it. */
export function showProgram(program: Program, target: ShownTarget): string {
  return target === 'js' ? compileJs(program).source : printProgram(program);
}

/** What ships, a flat object a program. */
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
      targets: SHOWN_TARGETS.join(', '),
    };
  });
}
