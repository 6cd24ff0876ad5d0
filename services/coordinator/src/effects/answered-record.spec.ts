import type { Broker, Outbox, OutgoingMessage } from '@manyhands/nats';
import { createLogger } from '@manyhands/observe';
import { AnsweredLeases, decode } from '@manyhands/proto';
import { aSubmitJob } from '@manyhands/testkit';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AnsweredRecord, type KeepAnswered } from './answered-record.ts';

const submit = aSubmitJob();
const answer = (sequence: number): KeepAnswered => ({
  do: 'keep_answered',
  submit,
  sequence,
  isFirst: sequence === 1,
  lease: {
    ...{ op: 'compute', begin: sequence, end: sequence + 1, attempt: 1, worker: 'w', slot: 0 },
    ...{ from_ms: 0, took_ms: 1, outcome: 'computed', failed_chunks: 0 },
  },
});

let stored: OutgoingMessage[];
let record: AnsweredRecord;
beforeEach(() => {
  vi.useFakeTimers();
  stored = [];
  const outbox: Outbox = { publishAll: async (messages) => messages.map((message) => (stored.push(message), 'stored' as const)) };
  // What is answered first is looked up nowhere.
  record = new AnsweredRecord(undefined as unknown as Broker, outbox, createLogger('coordinator', { level: 'silent' }));
});
afterEach(() => void vi.useRealTimers());

const throughs = () => stored.map(({ data }) => decode(AnsweredLeases, data).through);

it('a job that is over soon costs one write, whenever it came', async () => {
  record.add(answer(1));
  await vi.advanceTimersByTimeAsync(500);
  record.add(answer(2));
  record.forget(submit.job_id);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(throughs()).toEqual([2]);
  expect(record.heldCount).toBe(0);
});

it('one that goes on is stored within a second, and then every half', async () => {
  record.add(answer(1));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(throughs()).toEqual([1]);
  record.add(answer(2));
  await vi.advanceTimersByTimeAsync(500);
  expect(throughs()).toEqual([1, 2]);
});

it('whatever it holds is stored at once when it has to be', async () => {
  record.add(answer(1));
  await record.flush();
  expect(throughs()).toEqual([1]);
});
