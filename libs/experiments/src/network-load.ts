/** What an operation costs the links of a rack. */
import { pegasusHeader, UDP_PAYLOAD_OFFSET } from '@ballast/wire';
import { KeyText } from '@ballast/workload';
import type { Setting } from './rack-parameters.ts';

type Traffic = Pick<Setting, 'value-bytes' | 'write-ratio' | 'link-gbps'>;

/** Of a message without a value: headers and key. */
const BARE_BYTES = UDP_PAYLOAD_OFFSET + pegasusHeader.bytes + new KeyText().bytes;

/** Operations a second that one link can carry in the direction that values fill most. */
export function linkOperations({ 'link-gbps': gbps, ...traffic }: Traffic): number {
  const { requests, replies } = meanBytes(traffic);
  return (gbps * 1e9) / 8 / Math.max(requests, replies);
}

/** Time that sending takes on the way of a request and its reply, two links each, on average. */
export function serialisationUs({ 'link-gbps': gbps, ...traffic }: Traffic): number {
  const { requests, replies } = meanBytes(traffic);
  return (2 * 8 * (requests + replies)) / (gbps * 1e3);
}

/** What a write's way through a second rack adds: three links, with the value on each. */
export function forwardUs(setting: Traffic & Pick<Setting, 'link-us'>): number {
  const bytes = BARE_BYTES + setting['value-bytes'];
  return 3 * (setting['link-us'] + (8 * bytes) / (setting['link-gbps'] * 1e3));
}

/** Writes a second that the cable between two racks carries. */
export function uplinkWrites({ 'link-gbps': gbps, 'value-bytes': valueBytes }: Traffic): number {
  return (gbps * 1e9) / 8 / (BARE_BYTES + valueBytes);
}

/** Values come in replies to reads and in requests of writes. */
function meanBytes(traffic: Omit<Traffic, 'link-gbps'>): { requests: number; replies: number } {
  const { 'value-bytes': valueBytes, 'write-ratio': writeRatio } = traffic;
  return {
    requests: BARE_BYTES + writeRatio * valueBytes,
    replies: BARE_BYTES + (1 - writeRatio) * valueBytes,
  };
}
