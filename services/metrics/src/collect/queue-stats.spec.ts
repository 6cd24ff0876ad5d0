import { QueueStats } from '@manyhands/proto';
import { expect, test } from 'vitest';
import { composeQueueStats } from './queue-stats.ts';

test('the facts become a message any release can read, urgent lanes first', () => {
  const lane = (name: 'high' | 'normal' | 'low', kind = 'sum') => ({
    kind,
    lane: name,
    waiting: 1,
    in_flight: 2,
    redelivered: 0,
  });
  const stats = composeQueueStats({
    atMs: 0,
    report: {
      lanes: [lane('low'), lane('high'), lane('normal'), lane('low', 'primes')],
      partitionsUnowned: 0,
      mailboxWaiting: 3,
      deadLetters: 4,
    },
    jobs: { pending: 1, running: 2, paused: 0, completed: 3, failed: 0, cancelled: 0 },
    chunksPerSec: 12.3456,
    jobsFinished: 9,
  });
  expect(QueueStats.parse(stats)).toEqual(stats);
  expect(stats.queues.map(({ kind, lane: name }) => `${kind} ${name}`)).toEqual([
    'primes low',
    'sum high',
    'sum normal',
    'sum low',
  ]);
  expect(stats).toMatchObject({
    at: '1970-01-01T00:00:00.000Z',
    mailbox_waiting: 3,
    dead_letters: 4,
    chunks_per_sec: 12.3,
    jobs_finished: 9,
  });
});
