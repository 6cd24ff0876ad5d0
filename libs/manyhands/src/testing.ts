/** Tries kinds in a unit test, in milliseconds: no NATS, no threads. */
export * from '@manyhands/worker/testing';
