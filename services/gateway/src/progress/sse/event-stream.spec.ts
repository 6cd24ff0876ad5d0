import { describe, expect, test } from 'vitest';
import type { JobStatus } from '@manyhands/proto';
import { newsOf, type News } from '../fan-out/channel.ts';
import { EventStream, readLastEventId } from './event-stream.ts';
import { FeedEntry } from '../../mirror/feed-entry.ts';
import { digestView } from '../../mirror/job-digest.ts';
import { jobEvent, plain } from './job-event.ts';

const stuckMs = 30_000;

function stream(resume = readLastEventId(undefined)) {
  let ends = 0;
  const sink = {
    text: '',
    ended: 0,
    cuts: 0,
    writableLength: 0,
    frozen: false,
    write(bytes: Uint8Array) {
      sink.text += new TextDecoder().decode(bytes);
      if (sink.frozen) sink.writableLength += bytes.length;
    },
    end: () => void (sink.ended += 1),
    cut: () => void (sink.cuts += 1),
    thaw() {
      sink.frozen = false;
      sink.writableLength = 0;
    },
  };
  return { sink, stream: new EventStream(sink, { stuckMs, resume, wrap: plain }, () => (ends += 1)), ends: () => ends };
}

function entry(revision: number, status: JobStatus | undefined, json = JSON.stringify({ kind: 'sum', status })): FeedEntry {
  return new FeedEntry({ key: 'local.j', revision, storedAtMs: 0, value: status && new TextEncoder().encode(json) }, digestView);
}

function told(one: FeedEntry): News {
  return newsOf([{ slot: one.key, bytes: jobEvent(one), entry: one }]);
}

const ids = (text: string) => [...text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id);

describe('an event stream', () => {
  test('while its client does not read keeps one state, the newest', () => {
    const { sink, stream: events } = stream();
    events.take(told(entry(1, 'running')));
    sink.frozen = true;
    for (const revision of [2, 3, 4, 5]) events.take(told(entry(revision, 'running')));
    events.beat(Infinity, 0);
    expect(ids(sink.text)).toEqual(['1', '2']);
    sink.thaw();
    events.catchUp(0);
    expect(ids(sink.text)).toEqual(['1', '2', '5']);
    expect(sink.text).not.toContain('heartbeat');
  });

  test('whose client does not read ends only after the last state was written', () => {
    const { sink, stream: events, ends } = stream();
    sink.frozen = true;
    events.take(told(entry(1, 'running')));
    events.take(told(entry(2, 'completed')));
    expect([sink.ended, ends()]).toEqual([0, 0]);
    sink.thaw();
    events.catchUp(0);
    expect([ids(sink.text), sink.ended, ends()]).toEqual([['1', '2', '2-done'], 1, 1]);
  });

  test('that ended, and whose client does not read the end, is cut in time', () => {
    const { sink, stream: events } = stream();
    sink.frozen = true;
    events.take(told(entry(1, 'completed')));
    expect([sink.ended, events.isBehind]).toEqual([1, true]);
    events.catchUp(0);
    events.catchUp(stuckMs);
    expect(sink.cuts).toBe(1);
  });

  test('beats only when it has been quiet', () => {
    const { sink, stream: events } = stream();
    events.take(told(entry(1, 'running')));
    const nowMs = performance.now();
    events.beat(nowMs + 10, 1_000);
    expect(sink.text).not.toContain('heartbeat');
    for (const laterMs of [1_100, 1_200, 1_300]) events.beat(nowMs + laterMs, 1_000);
    expect(sink.text.match(/: heartbeat/g)).toHaveLength(1);
  });

  test('tells a client that has seen the last state that it was the last, and nothing else', () => {
    const { sink, stream: events } = stream({ revision: 4, done: false });
    events.take(told(entry(3, 'running')));
    events.take(told(entry(4, 'completed')));
    expect([ids(sink.text), sink.ended]).toEqual([['4-done'], 1]);
  });

  test('ends once, after the last state', () => {
    const { sink, stream: events, ends } = stream();
    events.take(told(entry(1, 'completed')));
    events.take(told(entry(2, 'completed')));
    events.beat(Infinity, 0);
    events.close();
    events.finish();
    expect([sink.ended, ends(), ids(sink.text)]).toEqual([1, 1, ['1', '1-done']]);
  });

  test('of a job that runs out ends with done', () => {
    const { sink, stream: events } = stream({ revision: 3, done: false });
    events.take(told(entry(4, undefined)));
    expect(sink.text).toContain('id: 4-done\nevent: done\ndata: {"status":"gone"}');
  });

  test('that is closed or left sends nothing more', () => {
    const { sink, stream: events, ends } = stream();
    events.close();
    events.take(told(entry(1, 'running')));
    expect([ends(), ids(sink.text), sink.ended]).toEqual([1, [], 1]);
    const left = stream();
    left.stream.finish();
    left.stream.take(told(entry(1, 'running')));
    expect([left.ends(), ids(left.sink.text)]).toEqual([1, []]);
  });

  test('carries a value with line ends as several data lines, which a client joins again', () => {
    const { sink, stream: events } = stream();
    events.take(told(entry(1, 'running', '{\r\n"kind":"sum",\n"status":"running"}')));
    expect(sink.text).toContain('data: {\ndata: "kind":"sum",\ndata: "status":"running"}\n\n');
  });

  test('goes on through a value that is no view', () => {
    const { sink, stream: events } = stream();
    events.take(told(entry(1, 'running', '{"status":7}')));
    events.take(told(entry(2, 'running', 'no json')));
    events.take(told(entry(3, 'failed')));
    expect(ids(sink.text)).toEqual(['1', '2', '3', '3-done']);
  });
});

test.each([
  ['17', { revision: 17, done: false }],
  ['17-done', { revision: 17, done: true }],
  ['', { revision: -1, done: false }],
  ['1.5', { revision: -1, done: false }],
  // Of a bucket that was removed by hand and made again.
  ['1796000000000000-done', { revision: 1_796_000_000_000_000, done: true }],
  ['9007199254740992', { revision: -1, done: false }],
  ['12345678901234567', { revision: -1, done: false }],
])('the last event id "%s" is read', (id, resume) => {
  expect(readLastEventId(id)).toEqual(resume);
});
