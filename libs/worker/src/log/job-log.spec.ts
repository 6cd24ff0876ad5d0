import type { OutgoingMessage, PublishOutcome } from '@manyhands/nats';
import { decode, LogLine, logSubjects, newJobId, ROUND_ATTEMPTS } from '@manyhands/proto';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LogLine as SlotLine } from '../slot/slot-messages.ts';
import { BATCH_MAX, JobLog, WAITING_BYTES_MAX, WAITING_MAX } from './job-log.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const line = (message: string, more: Partial<SlotLine> = {}): SlotLine => ({ level: 'info', message, ...more });

function lease(tenant = 'local') {
  return {
    tenant,
    job_id: newJobId(),
    task: { op: 'compute' as const, begin: 0, end: 9, total: 9, attempt: ROUND_ATTEMPTS + 1 },
  };
}

/** An outbox that stores what it is given, once it is let go on; `fail` refuses the batch at hand. */
function world() {
  const batches: OutgoingMessage[][] = [];
  let pending: PromiseWithResolvers<void> | undefined;
  const box = {
    isHeld: false,
    async publishAll(messages: readonly OutgoingMessage[]): Promise<PublishOutcome[]> {
      batches.push([...messages]);
      pending = Promise.withResolvers();
      if (box.isHeld) await pending.promise;
      return messages.map(() => 'stored');
    },
  };
  const lines = () => batches.map((batch) => batch.map(({ data }) => decode(LogLine, data)));
  return {
    box,
    log: new JobLog(box, 'w-1'),
    batches,
    lines,
    texts: () => lines().map((batch) => batch.map(({ message }) => message)),
    goOn: () => pending?.resolve(),
    fail: () => pending?.reject(new Error('away')),
  };
}

it('a line is stored under its job, with all that is known of it', async () => {
  const { log, batches, lines } = world();
  const held = lease('me');
  log.add(held, 3, line('half', { level: 'warn', fields: { done: 5 }, chunk: 7 }));
  await vi.advanceTimersByTimeAsync(0);
  expect(batches[0]!.map(({ subject }) => subject)).toEqual([logSubjects.ofJob('me', held.job_id)]);
  expect(lines()[0]![0]).toMatchObject({
    job_id: held.job_id,
    level: 'warn',
    message: 'half',
    fields: { done: 5 },
    chunk: 7,
    attempt: 2,
    worker: 'w-1',
    slot: 3,
    at: new Date().toISOString(),
  });
});

it('the first line leaves at once; the next wait for the answer, and for a tenth of a second', async () => {
  const { box, log, texts, goOn } = world();
  const held = lease();
  box.isHeld = true;
  log.add(held, 0, line('1'));
  await vi.advanceTimersByTimeAsync(0);
  log.add(held, 0, line('2'));
  log.add(held, 0, line('3'));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(texts()).toEqual([['1']]);
  goOn();
  await vi.advanceTimersByTimeAsync(99);
  expect(texts()).toEqual([['1']]);
  await vi.advanceTimersByTimeAsync(1);
  expect(texts()).toEqual([['1'], ['2', '3']]);
});

it('of more lines than may wait the rest is lost, and how many of each job is said behind them', async () => {
  const { box, log, texts, goOn } = world();
  const [one, other] = [lease(), lease()];
  box.isHeld = true;
  for (let at = 0; at < WAITING_MAX; at += 1) log.add(one, 0, line(String(at)));
  for (const held of [one, other, other]) log.add(held, 0, line('one past'));
  await vi.advanceTimersByTimeAsync(0);
  box.isHeld = false;
  goOn();
  await vi.advanceTimersByTimeAsync(5_000);
  const all = texts();
  expect(Math.max(...all.map((batch) => batch.length))).toBe(BATCH_MAX);
  const stored = all.flat();
  expect(stored.slice(0, WAITING_MAX)).toEqual(Array.from({ length: WAITING_MAX }, (_, at) => String(at)));
  expect(stored.slice(WAITING_MAX)).toEqual([
    '1 lines of this job were lost here: more than this worker could store in time',
    '2 lines of this job were lost here: more than this worker could store in time',
  ]);
});

it('of more bytes than may wait the rest is lost', async () => {
  const { log, texts } = world();
  const held = lease();
  const message = 'x'.repeat(2_000);
  const fit = Math.floor(WAITING_BYTES_MAX / 2_000);
  for (let at = 0; at < fit; at += 1) log.add(held, 0, line(message));
  await vi.advanceTimersByTimeAsync(2_000);
  const stored = texts().flat();
  expect(stored.length).toBeLessThan(fit + 1);
  expect(stored.at(-1)).toMatch(/^\d+ lines of this job were lost here/);
});

it('what NATS did not take in time is lost and counted, and the next line is stored', async () => {
  const { box, log, texts, fail } = world();
  const held = lease();
  box.isHeld = true;
  log.add(held, 0, line('1'));
  log.add(held, 0, line('2'));
  await vi.advanceTimersByTimeAsync(0);
  log.add(held, 0, line('3'));
  box.isHeld = false;
  fail();
  await vi.advanceTimersByTimeAsync(200);
  expect(texts().slice(1)).toEqual([['3', '2 lines of this job were lost here: more than this worker could store in time']]);
});

it('at the end what waits is stored, but not for longer than it may take, and nothing is left running', async () => {
  const { box, log, texts } = world();
  const held = lease();
  log.add(held, 0, line('1'));
  await log.close(500);
  expect(texts()).toEqual([['1']]);
  log.add(held, 0, line('after'));
  expect(vi.getTimerCount()).toBe(0);

  const stuck = world();
  stuck.box.isHeld = true;
  stuck.log.add(held, 0, line('1'));
  const closed = stuck.log.close(500);
  await vi.advanceTimersByTimeAsync(500);
  await closed;
  expect([texts(), box.isHeld, vi.getTimerCount()]).toEqual([[['1']], false, 0]);
});
