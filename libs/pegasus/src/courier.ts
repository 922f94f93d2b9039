/** Writes the controller's messages to servers. */
import { Outbox } from '@ballast/base';
import {
  encodePegasus,
  PEGASUS_PORT,
  pegasusHeader,
  type PegasusOp,
  PegasusRecord,
  UDP_PAYLOAD_OFFSET,
  writeUdpFrame,
} from '@ballast/wire';
import type { ControllerConfig } from './controller-config.ts';
import type { ControllerLedger } from './controller-ledger.ts';

const NO_BYTES = new Uint8Array(0);

export class Courier {
  readonly outbox = new Outbox();
  readonly #config: ControllerConfig;
  readonly #ledger: ControllerLedger;

  constructor(config: ControllerConfig, ledger: ControllerLedger) {
    this.#config = config;
    this.#ledger = ledger;
  }

  /** Sends a message to a server. `fill` sets what is not 0 and not the same in all messages. */
  send(
    op: PegasusOp,
    server: number,
    fill: (message: PegasusRecord) => void,
    key: Uint8Array = NO_BYTES,
    body: Uint8Array = NO_BYTES,
  ): void {
    const config = this.#config;
    const frame = config.pool.take();
    const base = frame.start + UDP_PAYLOAD_OFFSET;
    const message = new PegasusRecord();
    message.op = op;
    message.target = server;
    message.epoch = this.#ledger.epoch;
    message.keyLength = key.length;
    const { floor } = this.#ledger;
    message.requestIdHi = Math.floor(floor / 0x1_0000_0000);
    message.requestIdLo = floor >>> 0;
    fill(message);
    encodePegasus(frame.view, base, message);
    frame.bytes.set(key, base + pegasusHeader.bytes);
    frame.bytes.set(body, base + pegasusHeader.bytes + key.length);
    const path = {
      srcMac: config.mac,
      dstMac: config.gatewayMac,
      srcIp: config.ip,
      dstIp: config.serverIps[server]!,
      srcPort: PEGASUS_PORT,
      dstPort: PEGASUS_PORT,
    };
    writeUdpFrame(frame, path, pegasusHeader.bytes + key.length + body.length);
    this.outbox.push(0, frame);
  }
}
