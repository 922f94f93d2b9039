import { DetailedError } from '@ballast/base';

export type LogErrorDetail =
  | { code: 'LOG_LOCKED'; path: string; pid: number }
  | { code: 'LOG_UNUSABLE'; path: string; reason: string }
  | { code: 'LOG_DAMAGED'; path: string; at: number; bytes: number; reason: string }
  | { code: 'LOG_WRITE_FAILED'; path: string; operation: 'write' | 'sync'; reason: string };

/** What the write log of a server refuses, or can do no longer. */
export class LogError extends DetailedError<LogErrorDetail> {
  protected override explain(d: LogErrorDetail): string {
    switch (d.code) {
      case 'LOG_LOCKED':
        return (
          `${d.path} is in use by process ${d.pid}, and one log has one server; stop that process, ` +
          'or give this server a log of its own'
        );
      case 'LOG_UNUSABLE':
        return `cannot use ${d.path} as a write log (${d.reason}); check the path and who may write there`;
      case 'LOG_DAMAGED':
        return (
          `${d.path} is damaged at byte ${d.at} of ${d.bytes}: what stands there is not valid, because ` +
          `${d.reason}. To cut it off could lose acknowledged writes, so the server does not start. ` +
          'Bring back the file from a copy, or see "Damage" in docs/durability.md'
        );
      case 'LOG_WRITE_FAILED':
        return (
          `${d.operation} of ${d.path} failed (${d.reason}); the server acknowledges no write any more. ` +
          'Make room or mend the disk and start it again: what it acknowledged is kept'
        );
    }
  }
}
