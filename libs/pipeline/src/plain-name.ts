/**
 * Names of a program's constructs become identifiers of generated code, so they are plain on every target.
 */
import type { ProgramFault } from './program-error.ts';

const PLAIN = /^[a-z][A-Za-z0-9_]*$/;

/** @throws ProgramError NAME */
export function requirePlainName(name: string, what: string, fault: ProgramFault): void {
  if (PLAIN.test(name)) return;
  throw fault('NAME', `${what} ${name}`, 'a name is a lower-case letter, then letters, digits and _');
}
