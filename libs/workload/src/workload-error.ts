import { DetailedError } from '@ballast/base';

export type WorkloadErrorDetail =
  | { code: 'PARAMETER'; parameter: string; value: number; expected: string }
  | { code: 'SCANS'; workload: string }
  | { code: 'UNKNOWN_WORKLOAD'; workload: string; known: readonly string[] }
  | { code: 'UNKNOWN_PRESET'; preset: string; known: readonly string[] }
  | { code: 'MIX_SUM'; sum: number }
  | { code: 'INSERTS'; share: number };

/** A load that cannot be made. Thrown while a workload is put together, never by a draw. */
export class WorkloadError extends DetailedError<WorkloadErrorDetail> {
  protected override explain(d: WorkloadErrorDetail): string {
    switch (d.code) {
      case 'PARAMETER':
        return `${d.parameter} is ${d.value}; expected ${d.expected}`;
      case 'SCANS':
        return (
          `YCSB ${d.workload} needs range scans, and the rack has none: keys are placed by hash, so ` +
          `neighbours in key order are on different servers; use A, B, C, D or F`
        );
      case 'UNKNOWN_WORKLOAD':
        return `there is no YCSB workload ${JSON.stringify(d.workload)}; use one of ${d.known.join(', ')}`;
      case 'UNKNOWN_PRESET':
        return `there is no preset ${JSON.stringify(d.preset)}; use one of ${d.known.join(', ')}`;
      case 'MIX_SUM':
        return `the shares of a mix add up to ${d.sum}; they must add up to 1`;
      case 'INSERTS':
        return (
          `the mix inserts (share ${d.share}), but the key distribution has a fixed set of keys; ` +
          `use LatestKeys, which grows`
        );
    }
  }
}

/** Refuses a parameter out of range, NaN included: `holds` must be written so that NaN makes it false. */
export function requireParameter(holds: boolean, parameter: string, value: number, expected: string): void {
  if (!holds) throw new WorkloadError({ code: 'PARAMETER', parameter, value, expected });
}
