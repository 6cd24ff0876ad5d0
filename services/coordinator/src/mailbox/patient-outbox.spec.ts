import { ManyhandsError } from '@manyhands/proto';
import { JetStreamApiError, API_CODES, type OutgoingMessage } from '@manyhands/nats';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PatientOutbox } from './patient-outbox.ts';

const letter = (name: string): OutgoingMessage => ({ subject: `dead.${name}`, data: new Uint8Array() });
const full = new ManyhandsError('unavailable', 'no room', {
  cause: new JetStreamApiError({ code: 503, err_code: API_CODES.storeFailed, description: 'maximum bytes exceeded' }),
});
const away = new ManyhandsError('unavailable', 'the server did not answer');

let refusal: Error | undefined;
let stored: string[];
const told = { full: vi.fn<(waiting: number, leftOut: number) => void>(), relieved: vi.fn() };

function open(waitingMax?: number): PatientOutbox {
  const outbox = {
    async publishAll(messages: readonly OutgoingMessage[]) {
      if (refusal) throw refusal;
      stored.push(...messages.map(({ subject }) => subject));
      return messages.map(() => 'stored' as const);
    },
  };
  return new PatientOutbox(outbox, { ...told, ...(waitingMax && { waitingMax }) });
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.clearAllMocks();
  refusal = undefined;
  stored = [];
});
afterEach(() => void vi.useRealTimers());

it('what its stream takes is stored at once', async () => {
  await open().publishAll([letter('a')]);
  expect(stored).toEqual(['dead.a']);
});

it('what finds its stream full waits, without holding up who sent it, and is stored in order when there is room', async () => {
  const letters = open();
  refusal = full;
  await letters.publishAll([letter('a')]);
  await letters.publishAll([letter('b')]);
  expect(told.full.mock.calls).toEqual([[1, 0]]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(stored).toEqual([]);
  refusal = undefined;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(stored).toEqual(['dead.a', 'dead.b']);
  expect(letters.waitingCount).toBe(0);
  expect(told.relieved).toHaveBeenCalledTimes(1);
});

it('tries again ever later, up to a minute', async () => {
  const letters = open();
  refusal = full;
  await letters.publishAll([letter('a')]);
  await vi.advanceTimersByTimeAsync(600_000);
  refusal = undefined;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(stored).toEqual(['dead.a']);
});

it('leaves the newest out when too many wait, and tells', async () => {
  const letters = open(2);
  refusal = full;
  await letters.publishAll([letter('a')]);
  await letters.publishAll([letter('b'), letter('c')]);
  expect(letters.waitingCount).toBe(2);
  expect(told.full.mock.calls).toEqual([
    [1, 0],
    [2, 1],
  ]);
});

it('throws whatever else goes wrong', async () => {
  refusal = away;
  await expect(open().publishAll([letter('a')])).rejects.toBe(away);
});

it('tries once more when it is closed, and says how many are lost', async () => {
  const letters = open();
  refusal = full;
  await letters.publishAll([letter('a'), letter('b')]);
  expect(await letters.close()).toBe(2);
  refusal = undefined;
  expect(await letters.close()).toBe(0);
  expect(stored).toEqual(['dead.a', 'dead.b']);
});
