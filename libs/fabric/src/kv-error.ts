import { DetailedError } from '@ballast/base';
import type { ClientOp, ClientReason } from '@ballast/pegasus';

export type KvErrorDetail =
  | { code: 'NO_RACK'; url: string }
  | { code: 'RACK_REFUSED'; url: string; reason: string }
  | { code: 'TOO_LARGE'; bytes: number; bytesMax: number }
  | { code: 'KEY_LENGTH'; bytes: number; bytesMax: number }
  | { code: 'BUSY' }
  | { code: 'CLOSED' }
  | { code: 'NO_ANSWER'; op: ClientOp; definite: boolean; reason: ClientReason | 'rackGone' };

const REASONS: Readonly<Record<ClientReason | 'rackGone', string>> = {
  none: 'for no known reason',
  timeout: 'in time',
  epochChanged: 'because the set of servers changed',
  unavailable: 'because no server that holds it can be reached',
  badRequest: 'because the rack did not understand it',
  rackGone: 'because the rack is gone',
};

/** An operation that did not end well, or a rack that could not be asked. */
export class KvError extends DetailedError<KvErrorDetail> {
  /** Whether the operation surely was not executed. */
  get definite(): boolean {
    return this.detail.code !== 'NO_ANSWER' || this.detail.definite;
  }

  protected override explain(d: KvErrorDetail): string {
    switch (d.code) {
      case 'NO_RACK':
        return `no rack answers at ${d.url}; start one with 'ballast rack up --keep', or name its address with --rack`;
      case 'RACK_REFUSED':
        return `the rack at ${d.url} refused: ${d.reason}`;
      case 'TOO_LARGE':
        return `a value of ${d.bytes} bytes does not fit one packet; at most ${d.bytesMax} bytes beside this key`;
      case 'KEY_LENGTH':
        return `a key of ${d.bytes} bytes; expected 1 to ${d.bytesMax}`;
      case 'BUSY':
        return 'too many operations in progress; wait for some to finish';
      case 'CLOSED':
        return 'this client is closed; connect another';
      case 'NO_ANSWER': {
        const state = d.definite ? 'was not executed' : 'may or may not have been executed';
        return `${d.op} got no answer ${REASONS[d.reason]}; it ${state}`;
      }
    }
  }
}
