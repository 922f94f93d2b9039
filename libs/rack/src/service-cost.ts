import type { Frame, Nanos } from '@ballast/base';
import { DRAW_SERVICE_TIME } from '@ballast/sim';
import { pegasusHeader, PegasusOp, UDP_PAYLOAD_OFFSET } from '@ballast/wire';

/** What an acknowledgement or a controller's message costs a server, as a share of a request. */
const CONTROL_COST_SHARE = 0.2;

/** Every request, and every copy of an item, costs a draw; acknowledgements and control messages a share. */
export function serviceCost(meanNs: Nanos): (frame: Frame) => Nanos {
  const opOffset = UDP_PAYLOAD_OFFSET + pegasusHeader.offset.op;
  return (frame) => {
    const op = frame.length > opOffset ? frame.view.getUint8(frame.start + opOffset) : 0;
    const isFull = op <= PegasusOp.Delete || op === PegasusOp.Replicate || op === PegasusOp.Transfer;
    return isFull ? DRAW_SERVICE_TIME : meanNs * CONTROL_COST_SHARE;
  };
}
