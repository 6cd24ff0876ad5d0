/** Tries task kinds in a test, without NATS and without threads: the code that runs their chunks and merges is the one that workers run. */
export { runTask, type TaskOutcome, type TaskTrial } from './task-trial.ts';
export { checkTask, type CheckOptions } from './task-check.ts';
export { TaskFlaw } from './task-flaw.ts';
