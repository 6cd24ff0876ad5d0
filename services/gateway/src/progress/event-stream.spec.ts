import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { JobStatus } from '@manyhands/proto';
import { EventStream, readLastEventId, type EventSink } from './event-stream.ts';
import { FeedEntry } from './feed-entry.ts';
import { digestView } from './job-digest.ts';

class FakeSink extends EventEmitter {
  text = '';
  ended = false;
  writableNeedDrain = false;

  write(piece: unknown): boolean {
    this.text += piece instanceof Uint8Array ? new TextDecoder().decode(piece) : String(piece);
    return !this.writableNeedDrain;
  }

  end(piece?: unknown): this {
    if (piece !== undefined) this.write(piece);
    this.ended = true;
    return this;
  }

  drain(): void {
    this.writableNeedDrain = false;
    this.emit('drain');
  }
}

function stream(resume = readLastEventId(undefined)): { sink: FakeSink; stream: EventStream; ends: () => number } {
  const sink = new FakeSink();
  let ends = 0;
  return { sink, stream: new EventStream(sink as unknown as EventSink, resume, () => (ends += 1)), ends: () => ends };
}

function entry(revision: number, status: JobStatus | undefined, json = JSON.stringify({ kind: 'sum', status })): FeedEntry {
  return new FeedEntry({ key: 'local.j', revision, storedAtMs: 0, value: status && new TextEncoder().encode(json) }, digestView);
}

const ids = (text: string) => [...text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id);

describe('an event stream', () => {
  test('while its client does not read keeps one entry, the newest, even when the feed forgets it', () => {
    const { sink, stream: events } = stream();
    events.offer(entry(1, 'running'));
    sink.writableNeedDrain = true;
    for (const revision of [2, 3, 4]) events.offer(entry(revision, 'running'));
    const newest = entry(5, 'running');
    events.offer(newest);
    newest.forget();
    events.offer(entry(4, 'running'));
    events.beat();
    expect(ids(sink.text)).toEqual(['1']);
    sink.drain();
    expect(ids(sink.text)).toEqual(['1', '5']);
    expect(sink.text).not.toContain('heartbeat');
  });

  test('ends once, after the last state', () => {
    const { sink, stream: events, ends } = stream();
    events.offer(entry(1, 'completed'));
    events.offer(entry(2, 'completed'));
    events.beat();
    events.close();
    sink.emit('close');
    expect([sink.ended, ends(), ids(sink.text)]).toEqual([true, 1, ['1', '1-done']]);
  });

  test('of a job that runs out ends with done', () => {
    const { sink, stream: events } = stream({ revision: 3, done: false });
    events.offer(entry(4, undefined));
    expect(sink.text).toContain('id: 4-done\nevent: done\ndata: {"status":"gone"}');
  });

  test('that is closed or left sends nothing more', () => {
    const { sink, stream: events, ends } = stream();
    events.close();
    events.offer(entry(1, 'running'));
    expect([ends(), ids(sink.text), sink.ended]).toEqual([1, [], true]);
    const left = stream();
    left.sink.emit('close');
    left.stream.offer(entry(1, 'running'));
    expect([left.ends(), ids(left.sink.text)]).toEqual([1, []]);
  });

  test('carries a value with line ends as several data lines, which a client joins again', () => {
    const { sink, stream: events } = stream();
    events.offer(entry(1, 'running', '{\r\n"kind":"sum",\n"status":"running"}'));
    expect(sink.text).toContain('data: {\ndata: "kind":"sum",\ndata: "status":"running"}\n\n');
  });

  test('goes on through a value that is no view', () => {
    const { sink, stream: events } = stream();
    events.offer(entry(1, 'running', '{"status":7}'));
    events.offer(entry(2, 'running', 'no json'));
    events.offer(entry(3, 'failed'));
    expect(ids(sink.text)).toEqual(['1', '2', '3', '3-done']);
  });
});

test.each([
  ['17', { revision: 17, done: false }],
  ['17-done', { revision: 17, done: true }],
  ['', { revision: -1, done: false }],
  ['1.5', { revision: -1, done: false }],
  ['12345678901234567', { revision: -1, done: false }],
])('the last event id "%s" is read', (id, resume) => {
  expect(readLastEventId(id)).toEqual(resume);
});
