import type { MixShares, OperationKind } from '@ballast/workload';
import { formatShare } from '../terminal/units.ts';

const KIND_NAMES: Readonly<Record<OperationKind, string>> = {
  get: 'get',
  put: 'put',
  delete: 'delete',
  insert: 'insert',
  readModifyWrite: 'read-modify-write',
};

/** Every kind of operation that a mix has, with its share: '95 % get, 5 % insert'. */
export function mixText(mix: MixShares): string {
  return Object.entries(mix)
    .filter(([, share]) => share > 0)
    .map(([kind, share]) => `${formatShare(share)} ${KIND_NAMES[kind as OperationKind]}`)
    .join(', ');
}
