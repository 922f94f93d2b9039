import { DetailedError } from '@ballast/base';

/** What a rack's folder or a file in it is refused for, or can be used no longer for. */
export type LogErrorDetail =
  | { code: 'LOG_LOCKED'; path: string; pid: number }
  | { code: 'LOG_UNUSABLE'; path: string; reason: string }
  | { code: 'LOG_DAMAGED'; path: string; at: number; bytes: number; reason: string }
  | { code: 'LOG_WRITE_FAILED'; path: string; operation: 'write' | 'sync'; reason: string }
  | { code: 'JOURNAL_MISSING'; path: string; log: string }
  | { code: 'LOG_MISSING'; path: string; server: number }
  | { code: 'SERVERS_MISSING'; path: string; given: number; needed: number };

/** What a write log, a journal or the folder of both refuses, or can do no longer. */
export class LogError extends DetailedError<LogErrorDetail> {
  protected override explain(d: LogErrorDetail): string {
    switch (d.code) {
      case 'LOG_LOCKED':
        return (
          `${d.path} is in use by process ${d.pid}, and one log has one server; stop that process, ` +
          'or choose another place'
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
          `${d.operation} of ${d.path} failed (${d.reason}); nothing that needs it is acknowledged any more. ` +
          'Make room or mend the disk and start it again: what was acknowledged is kept'
        );
      case 'JOURNAL_MISSING':
        return (
          `${d.path} is not there or empty, but ${d.log} is: without its journal a rack could give numbers twice ` +
          'that must be given once. Bring the journal back, or choose a new folder'
        );
      case 'LOG_MISSING':
        return (
          `${d.path} is not there, but server${d.server} has items by the journal. Bring it back; or make an empty ` +
          'file of that name, and the server starts without them'
        );
      case 'SERVERS_MISSING':
        return (
          `the rack in ${d.path} has items on ${d.needed} servers, and --servers is ${d.given}; start it with ` +
          `--servers ${d.needed} (or more), and let servers leave while it runs (ballast rack leave)`
        );
    }
  }
}
