import { type Frame } from '@ballast/base';
import {
  encodePegasus,
  PEGASUS_PORT,
  pegasusHeader,
  PegasusOp,
  type PegasusRecord,
  UDP_PAYLOAD_OFFSET,
  writeUdpFrame,
} from '@ballast/wire';
import { MISS } from './item-store.ts';
import type { ServerState } from './server-state.ts';

/** Sends the message at hand back to where it came from. The payload behind the header is in place. */
export function reply(state: ServerState, frame: Frame, payloadBytes: number): void {
  const { message, config, datagram, path } = state;
  message.server = config.id;
  message.serverIncarnation = state.incarnation;
  // In messages of the controller the field counts parts.
  if (message.op < PegasusOp.Hold) message.load = Math.min(config.load(), 0xffff);
  encodePegasus(frame.view, datagram.payloadStart, message);
  path.srcIp = config.ip;
  path.dstIp = datagram.srcIp;
  path.srcPort = PEGASUS_PORT;
  path.dstPort = datagram.srcPort;
  writeUdpFrame(frame, path, payloadBytes);
  state.outbox.push(0, frame);
}

/** Sends a message that nobody asked for. The payload behind the header is in place. */
export function tell(
  { config, path, outbox }: ServerState,
  frame: Frame,
  message: PegasusRecord,
  { toIp, payloadBytes }: { readonly toIp: number; readonly payloadBytes: number },
): void {
  encodePegasus(frame.view, frame.start + UDP_PAYLOAD_OFFSET, message);
  path.srcIp = config.ip;
  path.dstIp = toIp;
  path.srcPort = PEGASUS_PORT;
  path.dstPort = PEGASUS_PORT;
  writeUdpFrame(frame, path, payloadBytes);
  outbox.push(0, frame);
}

/**
 * Length of a payload of header and key, and of the item's value when there is one; copies the value there.
 */
export function placeValue(state: ServerState, frame: Frame, item: number): number {
  const { message, store, keyAt } = state;
  const bare = pegasusHeader.bytes + message.keyLength;
  if (item === MISS) return bare;
  store.copyValue(item, frame.bytes, keyAt + message.keyLength);
  return bare + store.valueBytes(item);
}

/** The item of the key of the message at hand, or MISS. */
export function findItem(state: ServerState, frame: Frame): number {
  const { keyHashHi, keyHashLo, keyLength } = state.message;
  return state.store.find(keyHashHi, keyHashLo, frame.bytes, state.keyAt, keyLength);
}
