import { describe, expect, it } from 'vitest';
import type { Choice } from '../schedules/timing.ts';
import { formProblems } from './form-problems.ts';
import { usualTrying } from './run-again.ts';

const now: Choice = { when: 'now', at: '', cron: '', timeZone: '' };
const nowMs = Date.parse('2026-11-28T12:00');
const timing = (choice: Partial<Choice>) => formProblems(8, { ...now, ...choice }, usualTrying, nowMs);

describe('formProblems', () => {
  it('has nothing against the usual', () => {
    expect(formProblems(8, now, usualTrying, nowMs)).toEqual({});
    expect(
      formProblems(1_000_000, now, { attempts: null, softLimitSec: 0.1, hardLimitSec: 86_400, onDeadChunk: 'continue' }, nowMs),
    ).toEqual({});
  });

  it.each([
    [null, /how many/],
    [undefined, /how many/],
    [0, /between 1 and 1,000,000/],
    [1_000_001, /between/],
    [1000.5, /whole number/],
    [-1, /between/],
  ])('refuses %s chunks', (chunks, words) => {
    expect(formProblems(chunks, now, usualTrying, nowMs)).toEqual({ chunks: expect.stringMatching(words) });
  });

  it('names each limit that is out of range', () => {
    expect(formProblems(8, now, { attempts: 11, softLimitSec: 0, hardLimitSec: 86_401, onDeadChunk: 'fail' }, nowMs)).toEqual({
      attempts: 'Must be between 1 and 10.',
      'soft-limit': 'Must be between 0.1 and 86,400.',
      'hard-limit': 'Must be between 0.1 and 86,400.',
    });
    expect(formProblems(8, now, { ...usualTrying, attempts: 1.5 }, nowMs)).toEqual({ attempts: 'Must be a whole number.' });
  });

  it('says that a time has passed before the job runs at once', () => {
    expect(timing({ when: 'later', at: '2026-11-28T12:00' })).toEqual({ 'run-at': expect.stringMatching(/has passed/) });
    expect(timing({ when: 'later', at: '2026-11-28T12:01' })).toEqual({});
    expect(timing({ when: 'later', at: '' })).toEqual({ 'run-at': expect.stringMatching(/a date and a time/) });
    expect(timing({ when: 'later', at: '2027-12-28T12:01' })).toEqual({ 'run-at': expect.stringMatching(/more than a year/) });
    expect(timing({ when: 'now', at: '2020-01-01T00:00' })).toEqual({});
  });

  it('asks for what a repetition lacks', () => {
    expect(timing({ when: 'repeat', cron: ' ', timeZone: '' })).toEqual({
      cron: expect.any(String),
      'time-zone': expect.any(String),
    });
    expect(timing({ when: 'repeat', cron: '@daily', timeZone: 'UTC' })).toEqual({});
  });
});
