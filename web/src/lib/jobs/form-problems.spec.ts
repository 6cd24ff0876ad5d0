import { describe, expect, it } from 'vitest';
import type { Choice } from '../schedules/timing.ts';
import { formProblems, type FormChoices } from './form-problems.ts';
import { usualTrying } from './run-again.ts';

const now: Choice = { when: 'now', at: '', cron: '', timeZone: '' };
const nowMs = Date.parse('2026-11-28T12:00');
const usual = usualTrying('fail');
const problems = (given: Partial<FormChoices>) =>
  formProblems({ chunks: 8, input: undefined, choice: now, trying: usual, nowMs, ...given });
const timing = (choice: Partial<Choice>) => problems({ choice: { ...now, ...choice } });

describe('formProblems', () => {
  it('has nothing against the usual', () => {
    expect(problems({})).toEqual({});
    expect(
      problems({
        chunks: 1_000_000,
        trying: {
          ...usual,
          attempts: null,
          softLimitSec: 0.1,
          hardLimitSec: 86_400,
          atOnce: 10_000,
          maxFailed: '5 %',
          tags: 'a=b',
        },
      }),
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
    expect(problems({ chunks })).toEqual({ chunks: expect.stringMatching(words) });
  });

  it('names each limit that is out of range', () => {
    expect(
      problems({
        trying: { ...usual, attempts: 11, softLimitSec: 0, hardLimitSec: 86_401, atOnce: 10_001, maxFailed: 'x', tags: 'x' },
      }),
    ).toEqual({
      attempts: 'Must be between 1 and 10.',
      'soft-limit': 'Must be between 0.1 and 86,400.',
      'hard-limit': 'Must be between 0.1 and 86,400.',
      'at-once': 'Must be between 1 and 10,000.',
      'max-failed': expect.stringMatching(/such as 5 %/),
      tags: expect.stringMatching(/such as team=blue/),
    });
    expect(problems({ trying: { ...usual, attempts: 1.5 } })).toEqual({ attempts: 'Must be a whole number.' });
  });

  it('asks for an input instead of a number of chunks, where the kind has one', () => {
    const input = { by: 'file', file: null, text: '', form: 'ndjson', earlier: null } as const;
    expect(problems({ chunks: null, input })).toEqual({ input: 'Choose a file, or paste the items.' });
    expect(problems({ chunks: null, input: { ...input, by: 'text', text: '1' } })).toEqual({});
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
