/** Runs task kinds: pull leases, compute in threads, merge, publish, settle. */
export { defineTask, isTask, ComputeRefused, type Task, type TaskDefinition, type ChunkContext } from './task.ts';
export { startWorker, type Worker, type WorkerOptions } from './worker.ts';
export { newWorkerId } from './worker-id.ts';
