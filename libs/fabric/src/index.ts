export { monotonicNs } from './clock.ts';
export {
  type Attachment,
  KEY_BYTES_MAX,
  KvClient,
  KvError,
  type KvErrorDetail,
  request,
} from './kv-client.ts';
export { GatewayCore, OverlayGateway } from './overlay-gateway.ts';
export { PacedKernel } from './paced-kernel.ts';
