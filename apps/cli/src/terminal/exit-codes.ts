/** Exit codes of all commands; apps/cli/README.md documents them. */
export const ExitCode = {
  Ok: 0,
  /** The answer is no, or the operation failed: a key that is not there, a violation, no rack. */
  Failed: 1,
  /** The command line, or a file that it names, cannot be used. */
  Usage: 2,
  /** A checker was given up before it was sure. */
  Unknown: 3,
  /** 128 + SIGINT. */
  Interrupted: 130,
  /** 128 + SIGTERM. */
  Terminated: 143,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
