import { describe, expect, it } from 'vitest';
import { ApiProblem, problemOf, sentenceOf } from './api-problem.ts';

describe('problemOf', () => {
  it("says what the API's detail says", () => {
    expect(problemOf(400, { detail: 'n must be between 1 and 100' })).toMatchObject({
      status: 400,
      message: 'n must be between 1 and 100',
      fields: [],
    });
  });

  it('names each field of a 422, without the word body', () => {
    const problem = problemOf(422, {
      detail: [{ loc: ['body', 'params', 'n'], msg: 'must be a number', type: 'type' }, { msg: 'is empty' }],
    });
    expect(problem.fields).toEqual([
      { field: 'params.n', message: 'must be a number' },
      { field: '', message: 'is empty' },
    ]);
  });

  it('has a plain sentence for an answer without detail', () => {
    expect(problemOf(429, null).message).toContain('Too many requests');
    expect(problemOf(502, '<html>').message).toContain('502');
    expect(problemOf(400, { detail: [] }).message).toContain('400');
    expect(problemOf(0, undefined).message).toContain('does not answer');
  });
});

describe('sentenceOf', () => {
  it('takes an error at its word and has a sentence for the rest', () => {
    expect(sentenceOf(new ApiProblem(404, 'Job not found.'))).toBe('Job not found.');
    expect(sentenceOf('boom')).toBe('Something went wrong.');
    expect(sentenceOf(new Error(''))).toBe('Something went wrong.');
  });
});
