import { JobId } from '@manyhands/proto';
import { aSchedule } from '@manyhands/testkit';
import { describe, expect, it } from 'vitest';
import { dueRun } from './due-run.ts';

const at = (iso: string): number => Date.parse(iso);
const daily = aSchedule({ cron: '30 6 * * *', time_zone: 'Europe/Berlin' });

describe('a run of a schedule that repeats', () => {
  const run = dueRun(daily, '2026-01-02T06:30:00+01:00', at('2026-01-01T05:30:00.120Z'));

  it('was due at the tick before the one that comes next, whenever the server got to it', () => {
    expect(new Date(run.dueAtMs).toISOString()).toBe('2026-01-01T05:30:00.000Z');
    expect(run.nextAtMs).toBe(at('2026-01-02T05:30:00Z'));
    expect(JobId.safeParse(run.jobId).success).toBe(true);
  });

  it('is the same run when the server hands it out again later', () => {
    expect(dueRun(daily, '2026-01-02T05:30:00Z', at('2026-01-01T05:31:07Z'))).toEqual(run);
  });

  it('is another run at the next tick, and another in another schedule', () => {
    const ids = [
      run,
      dueRun(daily, '2026-01-03T05:30:00Z', at('2026-01-02T05:30:00Z')),
      dueRun({ ...daily, schedule_id: aSchedule().schedule_id }, '2026-01-02T05:30:00Z', at('2026-01-01T05:30:00Z')),
    ];
    expect(new Set(ids.map(({ jobId }) => jobId)).size).toBe(3);
  });

  it('that the server says nothing about is told by when it was stored', () => {
    expect(dueRun(daily, undefined, 1_000)).toMatchObject({ occurrence: '1000', dueAtMs: 1_000 });
  });
});

describe('a run that an alarm rang for', () => {
  const rung = { ...daily, due_at: '2026-01-01T05:30:00.000Z' };

  it('is the one that its server of an earlier release would have made, however late it comes', () => {
    expect(dueRun(rung, 'purge', at('2026-01-09T00:00:00Z'))).toEqual(
      dueRun(daily, '2026-01-02T06:30:00+01:00', at('2026-01-01T05:30:00.120Z')),
    );
  });

  it('is another one at the next tick', () => {
    expect(dueRun({ ...rung, due_at: '2026-01-02T05:30:00.000Z' }, 'purge', 0).jobId).not.toBe(dueRun(rung, 'purge', 0).jobId);
  });
});

describe('the run of a schedule that runs once', () => {
  const once = aSchedule({ cron: null, time_zone: null, run_at: '2026-01-01T10:00:00.000Z' });

  it('is one and the same however often and late it comes', () => {
    const run = dueRun(once, 'purge', at('2026-01-01T10:00:00.250Z'));
    expect(run).toMatchObject({ dueAtMs: at('2026-01-01T10:00:00Z'), nextAtMs: undefined });
    expect(dueRun(once, undefined, at('2026-01-05T00:00:00Z'))).toEqual(run);
  });
});
