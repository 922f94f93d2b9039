/** Codec of the Pegasus header. Its layout, operations and flags stand in pegasus-header.ts. */
import { Drop } from './drop.ts';
import { PEGASUS_FORMAT, PEGASUS_MAGIC, pegasusHeader, PegasusOp } from './pegasus-header.ts';
import { getUint48, setUint48 } from './uint48.ts';

const at = pegasusHeader.offset;

/** The fields of pegasusHeader; those of 64 bits as unsigned 32-bit halves, the version as its two parts. */
export class PegasusRecord {
  op: PegasusOp = PegasusOp.Get;
  flags = 0;
  status = 0;
  epoch = 0;
  server = 0;
  target = 0;
  load = 0;
  serverIncarnation = 0;
  keyLength = 0;
  window = 0;
  generation = 0;
  clientId = 0;
  requestIdHi = 0;
  requestIdLo = 0;
  keyHashHi = 0;
  keyHashLo = 0;
  versionIncarnation = 0;
  /** Below 2^48. */
  versionCounter = 0;
}

/** Decodes a message of `length` bytes. The key starts at `base + pegasusHeader.bytes`, the value follows. */
export function decodePegasus(view: DataView, base: number, length: number, out: PegasusRecord): Drop {
  if (length < pegasusHeader.bytes) return Drop.Truncated;
  if (view.getUint16(base + at.magic) !== PEGASUS_MAGIC) return Drop.BadVersion;
  if (view.getUint8(base + at.format) !== PEGASUS_FORMAT) return Drop.BadVersion;
  const op = view.getUint8(base + at.op);
  if (!isPegasusOp(op)) return Drop.UnknownOp;
  const keyLength = view.getUint16(base + at.keyLength);
  if (keyLength > length - pegasusHeader.bytes) return Drop.BadLength;
  out.op = op;
  out.flags = view.getUint8(base + at.flags);
  out.status = view.getUint8(base + at.status);
  out.epoch = view.getUint16(base + at.epoch);
  out.server = view.getUint8(base + at.server);
  out.target = view.getUint8(base + at.target);
  out.load = view.getUint16(base + at.load);
  out.serverIncarnation = view.getUint16(base + at.serverIncarnation);
  out.keyLength = keyLength;
  out.window = view.getUint16(base + at.window);
  out.generation = view.getUint32(base + at.generation);
  out.clientId = view.getUint32(base + at.clientId);
  out.requestIdHi = view.getUint32(base + at.requestId);
  out.requestIdLo = view.getUint32(base + at.requestId + 4);
  out.keyHashHi = view.getUint32(base + at.keyHash);
  out.keyHashLo = view.getUint32(base + at.keyHash + 4);
  out.versionIncarnation = view.getUint16(base + at.version);
  out.versionCounter = getUint48(view, base + at.version + 2);
  return Drop.None;
}

/** Writes the header. Key and value are the caller's to place behind it. */
export function encodePegasus(view: DataView, base: number, record: PegasusRecord): void {
  view.setUint16(base + at.magic, PEGASUS_MAGIC);
  view.setUint8(base + at.format, PEGASUS_FORMAT);
  view.setUint8(base + at.op, record.op);
  view.setUint8(base + at.flags, record.flags);
  view.setUint8(base + at.status, record.status);
  view.setUint16(base + at.epoch, record.epoch);
  view.setUint8(base + at.server, record.server);
  view.setUint8(base + at.target, record.target);
  view.setUint16(base + at.load, record.load);
  view.setUint16(base + at.serverIncarnation, record.serverIncarnation);
  view.setUint16(base + at.keyLength, record.keyLength);
  view.setUint16(base + at.window, record.window);
  view.setUint32(base + at.generation, record.generation);
  view.setUint32(base + at.clientId, record.clientId);
  view.setUint32(base + at.requestId, record.requestIdHi);
  view.setUint32(base + at.requestId + 4, record.requestIdLo);
  view.setUint32(base + at.keyHash, record.keyHashHi);
  view.setUint32(base + at.keyHash + 4, record.keyHashLo);
  view.setUint16(base + at.version, record.versionIncarnation);
  setUint48(view, base + at.version + 2, record.versionCounter);
}

const knownOps = new Uint8Array(256);
for (const op of Object.values(PegasusOp)) knownOps[op] = 1;

export function isPegasusOp(op: number): op is PegasusOp {
  return knownOps[op] === 1;
}
