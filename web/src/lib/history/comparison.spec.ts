import type { FinishedJob, JobProfile } from '@manyhands/sdk';
import { describe, expect, it } from 'vitest';
import {
  askedDiff,
  causesOf,
  comparedSentence,
  figuresOf,
  isSameWork,
  partsOf,
  resultsAre,
  resultText,
  type Run,
} from './comparison.ts';

const at = '2026-11-28T06:30:00.000Z';
const job = (given: Partial<FinishedJob> = {}): FinishedJob => ({
  ...{ job_id: '019d3f9c-7a10-7cc0-8f2e-5b1d6a3e9c41', tenant: 'local', kind: 'sum', params: { n: 1 }, priority: 'normal' },
  ...{ status: 'completed', progress: 1, completed_chunks: 8, failed_chunks: 0, total_chunks: 8, detail: null, error: null },
  ...{
    created_at: at,
    started_at: at,
    finished_at: at,
    duration_sec: 1,
    duplicate_results: 0,
    retries: 0,
    workers: {},
    result: 1,
  },
  ...given,
});

const failed: Partial<FinishedJob> = {
  status: 'failed',
  result: null,
  error: { code: 'compute_failed', message: 'no', retryable: true },
};

function aProfile(parts: JobProfile['parts']): JobProfile {
  return {
    ...{ job_id: job().job_id, status: 'completed', measured_sec: 4, parts, cause: 'none', advice: '', saved_by_slot_sec: 0 },
    ...{ slots: { live: 4, used: 3, busy_sec: 9 }, chunk_sec: { median: 0.5, p95: 2, longest: 3 }, stragglers: [] },
    timeline: { stretch_sec: 1, rows: [] },
  };
}

function aRun(given: Partial<FinishedJob> = {}, profile: JobProfile | null = null): Run {
  const nothing = { rounds: [], failures: [], lines: [], failure_count: 0, line_count: 0 };
  return { kept: { job: job(given), ...nothing }, profile };
}

describe('two runs', () => {
  it('differ in a parameter that is called as what every object has', () => {
    const other = job({ params: JSON.parse('{"constructor":"fast","__proto__":[1]}') as FinishedJob['params'] });
    expect(askedDiff(job({ params: {} }), other).rows).toEqual([
      { name: 'constructor', one: '–', other: 'fast', differs: true },
      { name: '__proto__', one: '–', other: '[\n  1\n]', differs: true },
    ]);
  });

  it('show what was asked of them that differs, and count what does not', () => {
    const one = job({ params: { n: 1_000, deep: { a: 1, b: [2] } }, tags: { team: 'web' }, max_attempts: 5 });
    const other = job({ params: { n: 2_000, deep: { b: [2], a: 1 }, step: 'x' } });
    expect(askedDiff(one, other)).toEqual({
      rows: [
        { name: 'n', one: '1,000', other: '2,000', differs: true },
        { name: 'step', one: '–', other: 'x', differs: true },
        { name: 'Attempts of a chunk', one: '5', other: '–', differs: true },
        { name: 'Tag team', one: 'web', other: '–', differs: true },
      ],
      same: 4,
    });
    expect(askedDiff(one, one).rows).toEqual([]);
    expect([isSameWork(one, { ...one, result: 7 }), isSameWork(one, other)]).toEqual([true, false]);
  });

  it('have equal results where these are the same JSON; what is not in history is not judged', () => {
    expect(resultsAre(job({ result: { a: 1, b: 2 } }), job({ result: { b: 2, a: 1 } }))).toBe('equal');
    expect(resultsAre(job({ result: [1, 2] }), job({ result: [2, 1] }))).toBe('different');
    expect(resultsAre(job({ result: '1' }), job({ result: 1 }))).toBe('different');
    const stored = { result: null, stored: { name: 'x', from: 0, bytes: 2_000_000 } };
    expect(resultsAre(job(stored), job(stored))).toBe('unknown');
    expect(resultsAre(job({ result: null, output: 'lines' }), job())).toBe('unknown');
    expect(resultsAre(job(failed), job())).toBe('none');
    expect([resultText(job(stored)), resultText(job(failed)), resultText(job({ result: 1_234 }))]).toEqual([
      '2.0 MB, a file',
      'no',
      '1,234',
    ]);
  });

  it('are one sentence: which was faster, and what came out', () => {
    const one = job({ duration_sec: 7.5, result: 1, params: { n: 1 } });
    expect(comparedSentence(one, { ...one, duration_sec: 4.2 })).toBe(
      'The second was 1.8 × as fast: 4.20 s instead of 7.50 s. Their results are equal.',
    );
    expect(comparedSentence(one, { ...one, duration_sec: 750, result: 2 })).toBe(
      'The first was 100 × as fast: 7.50 s instead of 12 min 30 s. Their results differ, though their parameters are the same.',
    );
    expect(comparedSentence(one, { ...one, duration_sec: 7.6, result: 2, params: {} })).toBe(
      'Both took about 7.60 s. Their results differ.',
    );
    expect(comparedSentence(one, job({ ...failed, duration_sec: null }))).toBe('Only one of them completed.');
  });

  it('have the same rows of figures, also where the time of one was not measured', () => {
    const rows = figuresOf(aRun({ duration_sec: 2, workers: { a: 5, b: 3 } }, aProfile([])), aRun({ duration_sec: 2 }));
    const row = (name: string) => rows.find((each) => each.name === name);
    expect(row('Worked on for')).toEqual({ name: 'Worked on for', one: '2.00 s', other: '2.00 s', differs: false });
    expect(row('Slots at once')).toEqual({ name: 'Slots at once', one: '3 of 4', other: '–', differs: true });
    expect(row('Workers')).toMatchObject({ one: '2', other: '0' });
    expect(row('Median a chunk')).toMatchObject({ one: '0.50 s', other: '–' });
  });

  it('show what failed, by how many chunks it cost', () => {
    const dead = (message: string, begin: number, end: number) => ({
      ...{ begin, end, round: 0, runs: [], died_at: job().created_at },
      error: { code: 'compute_failed', message, retryable: true },
    });
    expect(causesOf({ ...aRun().kept, failures: [dead('a', 0, 1), dead('b', 1, 4), dead('a', 5, 6)] })).toEqual([
      { message: 'b', chunks: 3 },
      { message: 'a', chunks: 2 },
    ]);
  });

  it('have the parts of their time side by side, what differs most first', () => {
    const one = aProfile([
      { part: 'computing', sec: 3, what: 'computing' },
      { part: 'queued', sec: 1, what: 'waiting' },
    ]);
    const other = aProfile([{ part: 'computing', sec: 2.5, what: 'computing' }]);
    expect(partsOf(one, other)).toEqual([
      { part: 'queued', what: 'waiting', one: 1, other: 0 },
      { part: 'computing', what: 'computing', one: 3, other: 2.5 },
    ]);
    expect(partsOf(null, other)).toEqual([{ part: 'computing', what: 'computing', one: null, other: 2.5 }]);
    expect(partsOf(null, null)).toEqual([]);
  });
});
