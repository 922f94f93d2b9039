export {
  Channel,
  type ChannelDirection,
  ChannelEnd,
  type ChannelStats,
  type MessageListener,
} from './channel.ts';
export { type CpuModel, DRAW_SERVICE_TIME } from './cpu.ts';
export { Cut } from './cut.ts';
export {
  bimodal,
  constant,
  Distribution,
  empirical,
  exponential,
  lognormal,
  uniform,
} from './distribution.ts';
export {
  FAULT_KINDS,
  FAULT_LIMITS,
  type FaultKind,
  type FaultLimits,
  type FaultProfile,
  type FaultRate,
  randomFaults,
} from './fault-profile.ts';
export { type Fault, type FaultEffect, FaultSchedule } from './fault-schedule.ts';
export { drawFaults, type FaultTarget, type NodeFaultKind, type RandomFaults } from './random-faults.ts';
export { Kernel, type KernelOptions, type PairFilter, type PartitionOptions } from './kernel.ts';
export { type Direction, Link, type LinkOptions, type LinkTapListener, type PortRef } from './link.ts';
export {
  ETHERNET_OVERHEAD_BYTES,
  type FaultScript,
  type FrameFilter,
  type LinkDirection,
  type LinkDropReason,
  type LinkShape,
  type LinkStats,
  type TapListener,
} from './link-direction.ts';
export { type BurstLoss, type LinkFaults, NO_FAULTS } from './link-faults.ts';
export {
  type Host,
  type NodeDropReason,
  type NodeOptions,
  type NodeStats,
  PAUSED_FRAMES_MAX,
  SimNode,
} from './node.ts';
export { type DiskCrash, SimDisk, type SimDiskOptions } from './sim-disk.ts';
export {
  type Candidate,
  type ShapeGoal,
  shrink,
  type ShrinkOptions,
  type ShrinkProgress,
  type Shrunk,
} from './shrink.ts';
