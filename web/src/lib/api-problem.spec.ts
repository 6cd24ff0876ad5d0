import { ApiProblem, createClient } from '@manyhands/sdk';
import { describe, expect, it } from 'vitest';
import { fieldsOf, isNone, sentenceOf } from './api-problem.ts';

/** What a call throws that is answered like this. */
async function thrown(status: number, body: unknown): Promise<unknown> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = () =>
    status === 0 ? Promise.reject(new TypeError('Failed to fetch')) : Promise.resolve(new Response(text, { status }));
  return createClient({ baseUrl: '', fetch: answer })
    .get('j')
    .catch((error: unknown) => error);
}

describe('a refusal', () => {
  it("says what the API's detail says", async () => {
    const problem = await thrown(400, { detail: 'n must be between 1 and 100' });
    expect(problem).toBeInstanceOf(ApiProblem);
    expect(sentenceOf(problem)).toBe('n must be between 1 and 100');
    expect(fieldsOf(problem)).toEqual([]);
  });

  it('names each field of a 422, without the word body', async () => {
    const problem = await thrown(422, {
      detail: [{ loc: ['body', 'params', 'n'], msg: 'must be a number', type: 'type' }, { msg: 'is empty' }],
    });
    expect(sentenceOf(problem)).toBe('Some of this cannot be taken as it is.');
    expect(fieldsOf(problem)).toEqual([
      { field: 'params.n', message: 'must be a number' },
      { field: '', message: 'is empty' },
    ]);
  });

  it('has a plain sentence for an answer without detail', async () => {
    expect(sentenceOf(await thrown(429, 'null'))).toContain('Too many requests');
    expect(sentenceOf(await thrown(502, '<html>'))).toContain('502');
    expect(sentenceOf(await thrown(400, { detail: [] }))).toContain('400');
    expect(sentenceOf(await thrown(0, ''))).toContain('does not answer');
  });
});

it('only an answer about what was asked for says that there is none', async () => {
  for (const status of [400, 404, 410, 422]) expect(isNone(await thrown(status, { detail: 'None.' })), String(status)).toBe(true);
  for (const status of [0, 401, 403, 408, 429, 500, 503]) expect(isNone(await thrown(status, '')), String(status)).toBe(false);
  expect(isNone(new TypeError('boom'))).toBe(false);
});

describe('sentenceOf', () => {
  it('takes an error at its word and has a sentence for the rest', () => {
    expect(sentenceOf(new ApiProblem(404, 'Job not found.'))).toBe('Job not found.');
    expect(sentenceOf('boom')).toBe('Something went wrong.');
    expect(sentenceOf(new Error(''))).toBe('Something went wrong.');
  });
});
