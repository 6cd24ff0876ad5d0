/**
 * What a kind of job is: `defineTask`, and what the task code may throw.
 *
 * Invariant: nothing of Node, of NATS or of a schema library is loaded by this file, so that kinds can be imported anywhere.
 */
export * from '@manyhands/worker/task';
