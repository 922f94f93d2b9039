/** From what was thrown to what the user reads and the shell gets. */
import { CommanderError } from 'commander';
import { ExitCode } from './exit-codes.ts';

/** The command line asks for something that cannot be done. The message says what, where, and what to do. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Refusals of what the user wrote. By name: importing every room would slow every command down. */
const USAGE_ERRORS: ReadonlySet<string> = new Set([
  'UsageError',
  'ParameterError',
  'WorkloadError',
  'TraceError',
  'HistoryFormatError',
  'RunPlanError',
]);
/** Details by which a refusal of a running rack is of what the user wrote. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  ...['KEY_LENGTH', 'TOO_LARGE', 'PORT_IN_USE', 'BAD_ADDRESS'],
  ...['LOG_LOCKED', 'LOG_UNUSABLE', 'LOG_DAMAGED', 'LOG_MISSING', 'JOURNAL_MISSING', 'SERVERS_MISSING'],
]);
/** Operations that went wrong although the command line was right. */
const FAILURES: ReadonlySet<string> = new Set(['KvError', 'FabricError', 'LogError', 'DetailedError']);

const FILE_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  EEXIST: 'there is a file of that name',
  ENOTDIR: 'a part of the path is not a folder',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
};

/** The exit code for an error; commands that end well have their own. */
export function exitCodeOf(error: unknown): ExitCode {
  // Commander has its own for help and version (0) and for bad flags (1).
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.Ok : ExitCode.Usage;
  if (!(error instanceof Error)) return ExitCode.Failed;
  const name = nameOf(error);
  if (name === 'Interruption') return ExitCode.Interrupted;
  if (USAGE_ERRORS.has(name) || isFileError(error)) return ExitCode.Usage;
  return 'code' in error && USAGE_CODES.has(String(error.code)) ? ExitCode.Usage : ExitCode.Failed;
}

/** What stands on stderr; null when that was said already or needs no saying. A bug comes with its stack. */
export function describeFailure(error: unknown): string | null {
  if (error instanceof CommanderError) return null;
  if (!(error instanceof Error)) return `ballast: ${String(error)}`;
  if (nameOf(error) === 'Interruption') return 'ballast: interrupted';
  if (isFileError(error)) return `ballast: ${fileFailure(error)}`;
  const isExpected = USAGE_ERRORS.has(nameOf(error)) || FAILURES.has(nameOf(error));
  if (isExpected) return `ballast: ${error.message}`;
  return `ballast: this is a bug in Ballast, please report it\n${error.stack ?? error.message}`;
}

interface FileError extends Error {
  readonly code: string;
  readonly path?: string;
}

function isFileError(error: Error): error is FileError {
  return (
    'syscall' in error && 'code' in error && typeof error.code === 'string' && error.code in FILE_REASONS
  );
}

function fileFailure({ code, path, message }: FileError): string {
  return path === undefined ? message : `${path}: ${FILE_REASONS[code] ?? message}`;
}

/** Of an error, or of the one behind it when it was refused in a thread. */
function nameOf(error: Error): string {
  return 'errorName' in error ? String(error.errorName) : error.name;
}
