import { describe, expect, it } from 'vitest';
import { ComputeRefused, RetryLater } from '../task.ts';
import { flawFault, kernelError } from './kernel-error.ts';

describe('kernelError', () => {
  const unreadable = new Proxy(new Error('x'), {
    getPrototypeOf() {
      throw new Error('no');
    },
  });

  const refused = ['::1:9', '127.0.0.1:9'].map((address) => new Error(`connect ECONNREFUSED ${address}`));
  const refusedFetch = new TypeError('fetch failed', { cause: new AggregateError(refused, '') });
  const loop = new Error('a loop');
  loop.cause = loop;

  it.each<[unknown, object]>([
    [new Error('x'.repeat(600)), { code: 'compute_failed', message: 'x'.repeat(500), retryable: true }],
    [new ComputeRefused('never'), { code: 'compute_refused', message: 'never', retryable: false }],
    [new RetryLater('busy', 9_000), { code: 'compute_failed', message: 'busy', retryable: true, retry_after_ms: 9_000 }],
    ...[-1, NaN, Infinity, '5'].map((afterMs): [unknown, object] => [
      new RetryLater('busy', afterMs as number),
      expect.not.objectContaining({ retry_after_ms: expect.anything() as unknown }) as object,
    ]),
    [Object.assign(new Error('x'), { message: 5 }), { message: '5' }],
    ['a string', { message: 'a string' }],
    [{ status: 500, body: 'busy' }, { message: "{ status: 500, body: 'busy' }" }],
    [{ status: 500, message: 'busy' }, { message: 'busy' }],
    [
      Object.defineProperty(new RetryLater('busy', 1), 'afterMs', {
        get() {
          throw new Error('no');
        },
      }),
      { message: 'busy' },
    ],
    [refusedFetch, { message: 'fetch failed: connect ECONNREFUSED ::1:9; connect ECONNREFUSED 127.0.0.1:9' }],
    [new Error('the page', { cause: new Error('the page is gone') }), { message: 'the page: the page is gone' }],
    [new Error('read: ENOENT', { cause: new Error('ENOENT') }), { message: 'read: ENOENT' }],
    [new Error('why', { cause: 'because' }), { message: 'why: because' }],
    [loop, { message: 'a loop' }],
    [undefined, { message: 'undefined' }],
    [new Error(''), { message: 'the task code threw an error without a message' }],
    [Object.create(null), { code: 'compute_failed', message: 'the task code threw a value that cannot be shown as text' }],
    [unreadable, { code: 'compute_failed', message: 'the task code threw a value that cannot be shown as text' }],
    [
      flawFault('merge', { is: 'not JSON', sentence: 'partial is NaN' }),
      { code: 'compute_refused', message: 'what merge returned is not a JSON value: partial is NaN', retryable: false },
    ],
    [
      flawFault('compute', { is: 'too large', sentence: 'it is' }),
      { code: 'too_large', message: 'what compute returned is too large: it is', retryable: false },
    ],
  ])('%# makes any thrown value fit to travel', (thrown, error) => {
    expect(kernelError(thrown)).toMatchObject(error);
  });
});
