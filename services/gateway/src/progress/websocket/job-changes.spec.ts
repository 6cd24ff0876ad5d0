import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobView } from '@manyhands/proto';
import { aJobView } from '@manyhands/testkit';
import { framesOfChanges } from './bridge-frame.ts';
import { briefView, changesOf, followedView } from './job-changes.ts';
import { packedFrame } from './packed-frame.ts';
import { FeedEntry } from '../../mirror/feed-entry.ts';

type Fields = Record<string, unknown>;
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** As the description of the protocol has it. */
function merged(before: Fields, changes: Fields): Fields {
  const next = Object.entries(changes).map(([name, value]) => {
    const was = before[name];
    return [name, isObject(was) && isObject(value) ? merged(was, value) : value];
  });
  return { ...before, ...(Object.fromEntries(next) as Fields) };
}

const timing: JobView['timing'] = {
  ...{ ms: 12_400, parts: { queued: 20, computing: 12_380 }, at: '2026-11-21T23:40:12.400Z', doing: 'computing' },
  ...{ slots: 4, leases: 32, busy: { computing: 45_123, merging: 0, pacing: 0 }, chunk_times: [[22, 32]], width_ms: 256 },
  slowest: [{ begin: 0, end: 1, worker: 'host-1234-ab', slot: 0, from_ms: 20, took_ms: 2_270 }],
  rows: [{ worker: 'host-1234-ab', slot: 0, busy_ms: 11_270, chunks: 16, busy: '0fzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz' }],
};
const running = aJobView({
  ...{ status: 'running', detail: null, total_chunks: 64, completed_chunks: 32, progress: 0.5, params: { n: 3 } },
  ...{ duration_sec: 12.345, rate: 2.592142567841232, eta_sec: 12.345, workers: { 'host-1234-ab': 16, 'host-1234-cd': 16 } },
  chunks: { done: [[0, 32]], leased: [[32, 36]], failed: [], coarse: false },
  timing,
});
/** One chunk further. */
const next: JobView = {
  ...running,
  ...{ completed_chunks: 33, progress: 0.515625, duration_sec: 12.611, rate: 2.6167631432876064, eta_sec: 11.846666666666668 },
  workers: { 'host-1234-ab': 17, 'host-1234-cd': 16 },
  chunks: { done: [[0, 33]], leased: [[33, 37]], failed: [], coarse: false },
  timing: { ...timing, ms: 12_666, leases: 33, busy: { ...timing.busy, computing: 46_187 }, chunk_times: [[22, 33]] },
};

describe('what changed of a job', () => {
  it('is its moving fields alone, without most of its time split', () => {
    const [before, after] = [running, next].map((view) => followedView(JSON.stringify(view))) as [string, string];
    expect(JSON.parse(before)).toEqual({ ...running, timing: { ms: 12_400, slots: 4, leases: 32, busy: timing.busy } });
    expect(changesOf(before, after)).toBe(
      '{"progress":0.515625,"completed_chunks":33,"duration_sec":12.611,"rate":2.6167631432876064,"eta_sec":11.846666666666668,' +
        '"chunks":{"done":[[0,33]],"leased":[[33,37]]},"workers":{"host-1234-ab":17},' +
        '"timing":{"ms":12666,"leases":33,"busy":{"computing":46187}}}',
    );
  });

  it('is brief without the digits of what is estimated', () => {
    const view = JSON.parse(briefView(JSON.stringify(next))) as JobView;
    expect(view).toEqual({ ...(JSON.parse(followedView(JSON.stringify(next))) as JobView), rate: 2.617, eta_sec: 11.85 });
    expect(JSON.parse(briefView(JSON.stringify({ ...next, rate: null, eta_sec: 0 })))).toMatchObject({ rate: null, eta_sec: 0 });
    expect(briefView('none')).toBe('none');
  });

  it.each([
    { brief: false, most: 260 },
    { brief: true, most: 190 },
  ])('takes at most $most bytes on the wire, where brief is $brief', ({ brief, most }) => {
    const frames = framesOfChanges('k', { brief });
    const [before, after] = [running, next].map((view, at) => {
      const entry = new FeedEntry({
        key: `local.${view.job_id}`,
        revision: 1_234 + at,
        storedAtMs: 0,
        value: Buffer.from(JSON.stringify(view)),
      });
      return { slot: '', bytes: frames.encode(entry), entry };
    });
    expect(packedFrame(frames.part!(before!, after!)!).length).toBeLessThanOrEqual(most);
  });

  it('merged into the view before is the view after, whatever a job that runs does', () => {
    const count = fc.nat(1_000);
    const chunks = fc.record({ done: fc.array(fc.tuple(count, count)), leased: fc.array(fc.tuple(count, count)) });
    const moving = fc.record({
      completed_chunks: count,
      retries: count,
      rate: fc.option(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })),
      chunks,
      workers: fc.dictionary(fc.constantFrom('a', 'b', 'c-1', '__proto__'), count),
      timing: fc.option(
        fc.record({ ms: count, slots: count, leases: count, busy: fc.record({ computing: count }), rows: fc.array(count) }),
        { nil: undefined },
      ),
    });
    let parts = 0;
    fc.assert(
      fc.property(moving, moving, (one, other) => {
        const [before, after] = [one, other].map((fields) => followedView(JSON.stringify({ ...running, ...fields }))) as [
          string,
          string,
        ];
        const changes = changesOf(before, after);
        if (changes === undefined) return;
        parts += 1;
        expect(merged(JSON.parse(before) as Fields, JSON.parse(changes) as Fields)).toEqual(JSON.parse(after));
      }),
    );
    expect(parts).toBeGreaterThan(0);
  });

  it.each([
    ['its state', { ...next, status: 'paused' as const }],
    ['its answer', { ...next, result: 7 }],
    ['its parameters', { ...next, params: { n: 4 } }],
    ['a field that was not there', { ...next, round: 1 }],
    ['a field that is gone', { ...next, timing: undefined }],
    ['a worker that is gone', { ...next, workers: { 'host-1234-ab': 17 } }],
  ])('is sent as a whole view where it is %s', (_, after) => {
    expect(changesOf(JSON.stringify(running), JSON.stringify(after))).toBeUndefined();
  });

  it('is nothing of what is no view', () => {
    for (const text of ['', 'nonsense', '[1]', '{"timing":7}', '{"timing":{}']) {
      expect(followedView(text)).toBe(text);
      expect(changesOf(text, JSON.stringify(running))).toBeUndefined();
      expect(changesOf(JSON.stringify(running), text)).toBeUndefined();
    }
  });

  it('has every digit as it was written', () => {
    const [before, after] = [1, 2].map((digit) => `{"a": 1,\n"progress": 0.10, "retries": 12345678901234567890${digit}}`);
    expect(changesOf(before!, after!)).toBe('{"retries":123456789012345678902}');
  });
});
