import type { JobView } from '@manyhands/proto';
import type { JobProfile } from '@manyhands/sdk';
import { describe, expect, it } from 'vitest';
import { verdictOf } from './verdict.ts';

const timing = (ms: number, computing: number, slots = 4): JobView['timing'] => ({
  ...{ ms, parts: {}, at: '2026-01-01T00:00:00.000Z', doing: 'computing', slots, leases: 9 },
  ...{ busy: { computing, merging: 0, pacing: 0 }, chunk_times: [], slowest: [], width_ms: 1, rows: [] },
});
const job = (given: Partial<JobView>): JobView => ({ job_id: 'j', status: 'running', ...given }) as JobView;
const profile = (cause: JobProfile['cause'], job_id = 'j') => ({ job_id, cause, advice: 'Raise the rate.' }) as JobProfile;

describe('a verdict', () => {
  it('is on track while the slots are busy, whatever bounds it', () => {
    const going = job({ timing: timing(10_000, 37_000) });
    for (const each of [null, profile('pacing'), profile('few_slots')])
      expect(verdictOf(going, each, 130)).toEqual({ tone: 'well', text: 'On track: 2 min 10 s left, 3.7 of 4 slots busy.' });
  });

  it('is slow when slots are idle and the profile knows why', () => {
    const slow = job({ timing: timing(10_000, 12_000) });
    expect(verdictOf(slow, profile('pacing'), 130)).toEqual({
      tone: 'slow',
      text: 'Slower than it could be: 1.2 of 4 slots busy. Raise the rate.',
    });
    // Of another job, and of one that has hardly begun.
    expect(verdictOf(slow, profile('pacing', 'other'), 130)?.tone).toBe('well');
    expect(verdictOf(job({ timing: timing(4_999, 100) }), profile('pacing'), 130)?.tone).toBe('well');
  });

  it('sums up a job that is done, and leaves every other end to its status', () => {
    expect(verdictOf(job({ status: 'completed', timing: timing(10_000, 37_000) }), null, null)?.text).toBe(
      'Done in 10.0 s, with 3.7 of 4 slots busy on average.',
    );
    expect(verdictOf(job({ status: 'completed', timing: timing(10_000, 30) }), null, null)?.text).toContain(
      'less than 0.1 of 4 slots',
    );
    for (const status of ['failed', 'cancelled', 'paused', 'pending'] as const)
      expect(verdictOf(job({ status, timing: timing(10_000, 37_000) }), profile('pacing'), null)).toBeNull();
    expect(verdictOf(job({}), null, 1)).toBeNull();
    expect(verdictOf(job({ timing: timing(10_000, 37_000) }), null, null)).toBeNull();
  });
});
