/** What this target cannot do. Little: JavaScript has no verifier and no stages. */
import type { Program, Statement } from '../ir.ts';
import { visitBlock } from '../lower/walk.ts';
import { faultsOf } from '../program-error.ts';
import { SIP_BYTES_MAX } from './runtime.ts';

/** @throws ProgramError CAPABILITY */
export function checkCapability(program: Program): void {
  const fault = faultsOf(program.name);
  const checkHash = (s: Statement): void => {
    if (s.kind !== 'hash' || s.algorithm !== 'halfSipHash') return;
    const bytes = s.args.reduce((sum, arg) => sum + arg.width / 8, 0);
    if (bytes <= SIP_BYTES_MAX) return;
    throw fault(
      'CAPABILITY',
      'hash halfSipHash',
      `is over ${bytes} bytes; target js takes at most ${SIP_BYTES_MAX}`,
    );
  };
  visitBlock([...program.ingress, ...(program.egress ?? [])], { statement: checkHash });
}
