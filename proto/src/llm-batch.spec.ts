import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { lineId, LlmRequest, readRefusal, refusalSentence } from './llm-batch.ts';
import { limits } from './limits.ts';

const request = { custom_id: 'a', method: 'POST', url: '/v1/embeddings', body: { model: 'm' } };

test('a request is a line of the Batch API, and its custom_id has an end', () => {
  expect(LlmRequest.safeParse(request).success).toBe(true);
  const named = (custom_id: string) => LlmRequest.safeParse({ ...request, custom_id }).success;
  expect(named('a'.repeat(limits.batchCustomIdCharsMax))).toBe(true);
  expect(named('a'.repeat(limits.batchCustomIdCharsMax + 1))).toBe(false);
  expect(named('')).toBe(false);
  for (const wrong of [
    { method: 'GET' },
    { url: '/v1/files' },
    { url: 'https://other.example/v1/embeddings' },
    { body: 'text' },
    { body: { stream: true } },
  ])
    expect(LlmRequest.safeParse({ ...request, ...wrong }).success).toBe(false);
});

it('reads from the error of a chunk what the model server answered', () => {
  const type = fc.option(fc.stringMatching(/^[\w.-]{1,64}$/));
  const refusal = fc.record({ status: fc.integer({ min: 100, max: 599 }), type, message: fc.string() });
  fc.assert(
    fc.property(
      refusal,
      (given) => void expect(readRefusal(`Item 2 cannot be computed: ${refusalSentence(given)}`)).toEqual(given),
    ),
  );
  expect(readRefusal('the thread ended')).toBeUndefined();
});

test('the id of a line is that of its job and its item', () =>
  expect(lineId('01234567-89ab-7cde-8f01-23456789abcd', 7)).toBe('batch_req_0123456789ab7cde8f0123456789abcd_7'));
