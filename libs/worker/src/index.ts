/** Runs task kinds: pull leases, compute in threads, merge, publish, settle. */
export {
  defineTask,
  isTask,
  ComputeRefused,
  RetryLater,
  type Context,
  type JsonSchema,
  type StandardSchema,
  type Task,
  type TaskDefinition,
} from './task.ts';
export { findKindModules } from './module-files.ts';
export { loadKinds } from './slot/kind-modules.ts';
export { memoryLimit, memoryMibOf, slotsWithin } from './slot/slot-memory.ts';
export type { SandboxOptions } from './slot/confinement.ts';
export type { KindCard, KindModule } from './slot/slot-messages.ts';
export { startWorker, type Worker, type WorkerOptions } from './worker.ts';
export { newWorkerId } from './worker-id.ts';
