import type { Frame, Nanos } from '@ballast/base';
import { DRAW_SERVICE_TIME } from '@ballast/sim';
import { pegasusHeader, PegasusOp, UDP_PAYLOAD_OFFSET } from '@ballast/wire';

/** What an acknowledgement or a controller's message costs a server, as a share of a request. */
const CONTROL_COST_SHARE = 0.2;

/** Where frames carry what is asked. */
const OP_OFFSET = UDP_PAYLOAD_OFFSET + pegasusHeader.offset.op;

/** Every request, and every copy of an item, costs a draw; acknowledgements and control messages a share. */
export function serviceCost(meanNs: Nanos): (frame: Frame) => Nanos {
  return (frame) => {
    const op = opOf(frame);
    const isFull = op <= PegasusOp.Delete || op === PegasusOp.Replicate || op === PegasusOp.Transfer;
    return isFull ? DRAW_SERVICE_TIME : meanNs * CONTROL_COST_SHARE;
  };
}

/**
 * The controller's messages do not wait behind requests, as with a socket of their own that is read first.
 * Otherwise an overloaded server is the last to learn what would relieve it, and looks dead.
 */
export function isControl(frame: Frame): boolean {
  const op = opOf(frame);
  return op >= PegasusOp.Hold && op <= PegasusOp.Keep;
}

/** 0: not a message of ours. */
function opOf(frame: Frame): number {
  return frame.length > OP_OFFSET ? frame.view.getUint8(frame.start + OP_OFFSET) : 0;
}
