import { describe, expect, it } from 'vitest';
import type { BridgeFrame } from './bridge-frame.ts';
import { BridgeTopics, type BridgeListener } from './bridge-topics.ts';

function frame(topic: BridgeFrame['head']['topic'], key: string, revision: number, value = '{}'): BridgeFrame {
  return { head: { topic, key, revision }, value };
}

/** Notes what it hears, in order. */
function ear(): BridgeListener & { heard: string[] } {
  const heard: string[] = [];
  return {
    heard,
    restart: () => heard.push('restart'),
    frames: (frames) =>
      heard.push(frames.map(({ head, value }) => `${head.key}@${head.revision}${value === '' ? ' gone' : ''}`).join(' ')),
    replayed: () => heard.push('replayed'),
  };
}

describe('BridgeTopics', () => {
  it('subscribes with the first listener and unsubscribes with the last', () => {
    const topics = new BridgeTopics();
    const [first, second] = [ear(), ear()];
    expect(topics.add('workers', first)).toEqual([{ do: 'subscribe', topic: 'workers' }]);
    expect(topics.add('workers', second)).toEqual([
      { do: 'unsubscribe', topic: 'workers' },
      { do: 'subscribe', topic: 'workers' },
    ]);
    expect(topics.remove('workers', first)).toEqual([]);
    expect(topics.remove('workers', first)).toEqual([]);
    expect(topics.remove('workers', second)).toEqual([{ do: 'unsubscribe', topic: 'workers' }]);
    expect(topics.restart()).toEqual([]);
  });

  it('knows what is followed', () => {
    const topics = new BridgeTopics();
    const listener = { frames: () => undefined };
    expect(topics.follows('stats')).toBe(false);
    topics.add('stats', listener);
    expect([topics.follows('stats'), topics.follows('kinds')]).toEqual([true, false]);
    topics.remove('stats', listener);
    expect(topics.follows('stats')).toBe(false);
  });

  it('names the job it subscribes to', () => {
    expect(new BridgeTopics().add({ job: 'j1' }, ear())).toEqual([
      { do: 'subscribe', topic: 'job', id: 'j1', changes: true, brief: true },
    ]);
  });

  it('hands over every line of a log, and takes neither it nor its end for its job', () => {
    const topics = new BridgeTopics();
    const [log, job] = [ear(), ear()];
    expect(topics.add({ logs: 'j1' }, log)).toEqual([{ do: 'subscribe', topic: 'logs', id: 'j1' }]);
    topics.add({ job: 'j1' }, job);
    for (const each of [frame('logs', 'log.me.j1', 3), frame('logs', 'log.me.j1', 4), frame('ready', 'log.me.j1', 0)])
      expect(topics.take(each)).toBe(true);
    expect(topics.take(frame('logs', 'log.me.j2', 5))).toBe(false);
    topics.flush();
    expect([log.heard, job.heard]).toEqual([['log.me.j1@3 log.me.j1@4', 'replayed'], []]);
    topics.take(frame('ready', 'me.j1', 0));
    topics.flush();
    expect(job.heard).toEqual(['replayed']);
  });

  it('hands over only the newest frame of each key', () => {
    const topics = new BridgeTopics();
    const listener = ear();
    topics.add('workers', listener);
    for (const each of [
      frame('workers', 'a', 3),
      frame('workers', 'b', 4),
      frame('workers', 'a', 7, ''),
      frame('workers', 'a', 6),
    ]) {
      expect(topics.take(each)).toBe(true);
    }
    topics.take(frame('ready', 'workers', 0, ''));
    topics.flush();
    topics.flush();
    expect(listener.heard).toEqual(['a@7 gone b@4', 'replayed']);
  });

  it('gives a job its frames by id, whoever its tenant, and nothing to strangers', () => {
    const topics = new BridgeTopics();
    const [job, jobs] = [ear(), ear()];
    topics.add({ job: 'j1' }, job);
    topics.add('jobs', jobs);
    topics.take(frame('job', 'local.j1', 1));
    topics.take(frame('jobs', 'local.j2', 2));
    topics.take(frame('ready', 'local.j1', 0));
    expect(topics.take(frame('job', 'local.j9', 3))).toBe(false);
    expect(topics.take(frame('stats', 'queues', 3))).toBe(false);
    topics.flush();
    expect(job.heard).toEqual(['local.j1@1', 'replayed']);
    expect(jobs.heard).toEqual(['local.j2@2']);
  });

  it('hands over a job whole and all that changed since, and no change of which the beginning is missing', () => {
    const topics = new BridgeTopics();
    const [job, later] = [ear(), ear()];
    topics.add({ job: 'j1' }, job);
    expect(topics.take(frame('changes', 'me.j1', 1))).toBe(false);
    for (const [topic, revision] of [
      ['job', 2],
      ['changes', 3],
      // What was requeued is sent before it has a revision of its own.
      ['job', 3],
      ['changes', 4],
      ['changes', 5],
    ] as const)
      expect(topics.take(frame(topic, 'me.j1', revision))).toBe(true);
    topics.flush();
    topics.take(frame('changes', 'me.j1', 6));
    topics.flush();
    expect(job.heard).toEqual(['me.j1@3 me.j1@4 me.j1@5', 'me.j1@6']);
    // All is asked for anew, and what was under way belongs to the past.
    topics.add({ job: 'j1' }, later);
    expect(topics.take(frame('changes', 'me.j1', 7))).toBe(false);
    topics.take(frame('job', 'me.j1', 7));
    topics.flush();
    expect(later.heard).toEqual(['restart', 'me.j1@7']);
  });

  it('follows one job in frames that do not state whose they are, and the next one only once that is left', () => {
    const topics = new BridgeTopics();
    const [first, second] = [ear(), ear()];
    topics.add({ job: 'j1' }, first);
    expect(topics.add({ job: 'j2' }, second)).toEqual([{ do: 'subscribe', topic: 'job', id: 'j2', changes: true }]);
    for (const each of [
      frame('job', 'me.j1', 1),
      frame('job', 'me.j2', 2),
      frame('changes', '', 0),
      frame('changes', 'me.j2', 3),
    ])
      expect(topics.take(each)).toBe(true);
    topics.flush();
    expect([first.heard, second.heard]).toEqual([['me.j1@1 @0'], ['me.j2@2 me.j2@3']]);
    topics.remove({ job: 'j1' }, first);
    expect(topics.take(frame('changes', '', 0))).toBe(false);
    expect(topics.add({ job: 'j3' }, ear())).toEqual([{ do: 'subscribe', topic: 'job', id: 'j3', changes: true, brief: true }]);
    // What is left of the job before is none of this one.
    expect(topics.take(frame('changes', '', 0))).toBe(false);
  });

  it('drops what an old connection said and subscribes to everything on a new one', () => {
    const topics = new BridgeTopics();
    const listener = ear();
    topics.add('jobs', listener);
    topics.add({ job: 'j1' }, ear());
    topics.take(frame('jobs', 'local.j2', 2));
    expect(topics.restart()).toEqual([
      { do: 'subscribe', topic: 'jobs', rows: true },
      { do: 'subscribe', topic: 'job', id: 'j1', changes: true, brief: true },
    ]);
    topics.flush();
    expect(listener.heard).toEqual(['restart']);
  });
});
