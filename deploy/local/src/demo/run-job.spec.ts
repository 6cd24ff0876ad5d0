import type { JobView } from '@manyhands/proto';
import { aJobView } from '@manyhands/testkit';
import { ApiProblem } from '@manyhands/sdk';
import { expect, test } from 'vitest';
import { Refusal } from '../refusal.ts';
import { runJob } from './run-job.ts';

function demo(views: Partial<JobView>[], end: 'ends' | 'hangs' | 'breaks' = 'ends') {
  const abort = new AbortController();
  const done = { text: '', cancelled: [] as string[], submitted: [] as unknown[] };
  async function* watch(): AsyncGenerator<JobView, void> {
    for (const view of views) yield aJobView(view);
    if (end === 'breaks') throw new Error('the server is gone');
    if (end === 'hangs') {
      abort.abort();
      abort.signal.throwIfAborted();
    }
  }
  const running = runJob({
    client: {
      submit: async (request) => {
        done.submitted.push(request);
        return { job_id: 'j1', status: 'pending', cached: false };
      },
      watch,
      cancel: async (jobId) => void done.cancelled.push(jobId),
    },
    url: 'http://localhost:8000',
    options: { kind: 'primes', params: { n: 100 }, chunks: 4 },
    output: { write: (text) => (done.text += text) },
    signal: abort.signal,
  });
  return { running, done };
}

test('a completed job prints its page, its progress, its answer and its time, and is a success', async () => {
  const { running, done } = demo([
    { status: 'running', progress: 0.5 },
    { status: 'completed', progress: 1, result: 25, duration_sec: 1.234 },
  ]);
  expect(await running).toBe(0);
  expect(done.submitted).toEqual([{ kind: 'primes', params: { n: 100 }, chunks: 4 }]);
  expect(done.text).toContain('primes(100) in 4 chunks: http://localhost:8000/jobs/j1\n');
  expect(done.text).toContain(' 50 %');
  expect(done.text).toMatch(/100 %[^]*\nResult: 25\nTime: {3}1\.23 s\n$/);
});

test('a text as result is printed without quotes, anything else as JSON', async () => {
  const text = demo([{ status: 'completed', progress: 1, result: '500000000500000000', duration_sec: 75 }]);
  await text.running;
  expect(text.done.text).toContain('Result: 500000000500000000\nTime:   1 min 15 s\n');
  const list = demo([{ status: 'completed', progress: 1, result: [1, 'a'], duration_sec: null }]);
  await list.running;
  expect(list.done.text).toContain('Result: [1,"a"]\nTime:   unknown\n');
});

test('a job that failed or was cancelled says why and is a failure', async () => {
  const failed = demo([
    { status: 'failed', error: { code: 'compute_failed', message: 'n is odd', retryable: false }, detail: 'Chunk 3 failed.' },
  ]);
  expect(await failed.running).toBe(1);
  expect(failed.done.text).toContain('The job is failed: n is odd. Chunk 3 failed.\n');
  expect(await demo([{ status: 'cancelled', detail: null }]).running).toBe(1);
  expect(await demo([]).running).toBe(1);
});

test('an interrupted demo cancels its job', async () => {
  const { running, done } = demo([{ status: 'running', progress: 0.1 }], 'hangs');
  expect(await running).toBe(130);
  expect(done.cancelled).toEqual(['j1']);
});

test('what breaks is not taken for an interruption', async () => {
  const { running, done } = demo([], 'breaks');
  await expect(running).rejects.toThrow('the server is gone');
  expect(done.cancelled).toEqual([]);
});

test('a job the API does not take is a refusal in its words', async () => {
  const client = {
    submit: () => Promise.reject(new ApiProblem(400, 'There is no kind "nonsense".')),
    watch: async function* () {},
    cancel: async () => undefined,
  };
  const running = runJob({
    client,
    url: '',
    options: { kind: 'nonsense', params: { n: 1 }, chunks: 1 },
    output: { write: () => undefined },
    signal: new AbortController().signal,
  });
  await expect(running).rejects.toThrow(new Refusal('The job was refused: There is no kind "nonsense".'));
});
