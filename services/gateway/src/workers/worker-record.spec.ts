import { expect, test } from 'vitest';
import { encode, limits } from '@manyhands/proto';
import { aWorkerHeartbeat } from '@manyhands/testkit';
import { FeedEntry } from '../mirror/feed-entry.ts';
import type { FeedListener } from '../mirror/bucket-feed.ts';
import type { Feeds } from '../mirror/feeds.ts';
import { WorkerRecord } from './worker-record.ts';

function record(natsUrl = 'nats://127.0.0.1:4222', natsAccess = {}) {
  let listener: FeedListener = () => undefined;
  const clock = { nowMs: 1_000_000_000 };
  const workers = {
    listen: (heard: FeedListener) => (listener = heard),
    get serverNowMs() {
      return clock.nowMs;
    },
  };
  const feeds = { workers, confirm: () => Promise.resolve() } as unknown as Feeds;
  const kept = new WorkerRecord(feeds, { natsUrl, natsAccess });
  const tell = (key: string, value?: Uint8Array) => listener(new FeedEntry({ key, revision: 1, storedAtMs: 0, value }));
  return {
    kept,
    clock,
    beat: (worker: string, given = {}) => tell(worker, encode(aWorkerHeartbeat({ worker, ...given }))),
    tell,
    shown: async () => (await kept.now()).workers.map(({ worker, gone_at: gone }) => `${worker.worker}${gone ? ' gone' : ''}`),
  };
}

test('a worker that left is shown as gone for a while, and is there again once it beats', async () => {
  const { beat, tell, shown, clock } = record();
  beat('b');
  beat('a');
  tell('a');
  tell('never there');
  expect(await shown()).toEqual(['a gone', 'b']);
  beat('a');
  expect(await shown()).toEqual(['a', 'b']);
  tell('a');
  clock.nowMs += limits.goneWorkerMinutes * 60_000;
  expect(await shown()).toEqual(['a gone', 'b']);
  clock.nowMs += 1;
  expect(await shown()).toEqual(['b']);
});

test('of workers that left a bounded number is kept, and those that are there are all kept', async () => {
  const { beat, tell, shown } = record();
  const names = Array.from({ length: limits.goneWorkersMax + 1 }, (_, at) => `w-${1_000 + at}`);
  for (const name of names) beat(name);
  expect(await shown()).toHaveLength(names.length);
  for (const name of names) tell(name);
  expect(await shown()).toEqual(names.slice(1).map((name) => `${name} gone`));
});

test('what a worker did is kept in steps, and what cannot be read is no beat', async () => {
  const { beat, tell, kept, clock } = record();
  beat('a', { busy_slots: 1, chunks_done: 3, chunks_failed: 1 });
  tell('a', new TextEncoder().encode('{"v":2}'));
  clock.nowMs += 5_000;
  beat('a', { busy_slots: 2, chunks_done: 9, memory_mb: 80 });
  expect((await kept.now()).workers[0]!.samples).toEqual([
    [1_000_000, 1, 4, 64],
    [1_000_005, 2, 9, 80],
  ]);
});

test.each([
  ['nats://n1:4222,nats://n2:4222', {}, 'nats://n1:4222,nats://n2:4222', 'nothing'],
  ['nats://worker:s3cret@n1:4222', {}, 'nats://n1:4222', 'url'],
  ['tls://n1:4222', { nkey: 'S' }, 'tls://n1:4222', 'nkey'],
  ['n1', { creds: 'S' }, 'n1', 'creds'],
  ['tls://n1', { cert: 'S', key: 'S' }, 'tls://n1', 'certificate'],
])('who is to join at %s learns where, and by what the gateway signs in, but no secret', async (url, access, nats_url, by) => {
  const { join } = await record(url, access).kept.now();
  expect(join).toEqual({ nats_url, signs_in_by: by });
});
