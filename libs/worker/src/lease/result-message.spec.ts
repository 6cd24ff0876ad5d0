import { describe, expect, it } from 'vitest';
import { type ComputeLease, decodeResult, limits, ManyhandsError } from '@manyhands/proto';
import { aComputeLease } from '@manyhands/testkit';
import { SPAN_FAILURE_BYTES_MAX, SPAN_FAILURES_MAX } from '../slot/span-run.ts';
import { computedMessage, failedMessage, lostError, refusedError } from './result-message.ts';

const runner = { worker: 'w', slot: 1, delivery: 2 };
const lease = aComputeLease({ begin: 2, end: 5, attempt: 1 });

describe('computedMessage', () => {
  it('puts the partial in untouched, to the last digit', () => {
    const bytes = computedMessage(lease, runner, { partial: '{"big":12345678901234567890}', failed: [], computeMs: 1.23456 });
    expect(new TextDecoder().decode(bytes)).toContain('"partial":{"big":12345678901234567890}}');
    expect(decodeResult(bytes)).toMatchObject({
      type: 'LeaseComputed',
      job_id: lease.job_id,
      lease: '2-5-1',
      about: { op: 'compute', begin: 2, end: 5, attempt: 1 },
      ...runner,
      compute_ms: 1.235,
      failed: [],
    });
  });

  it('leaves the partial out when every chunk failed', () => {
    const failed = [{ chunk: 2, error: { code: 'compute_failed' as const, message: 'no', retryable: true } }];
    const message = decodeResult(computedMessage(lease, runner, { failed, computeMs: 0 }));
    expect(message).toMatchObject({ failed });
    expect(message).not.toHaveProperty('partial');
  });

  it('becomes a failure when it is larger than a message may be, to be tried in halves where there are any', () => {
    const partial = `"${'x'.repeat(limits.messageBytesMax)}"`;
    const message = (of: ComputeLease) => decodeResult(computedMessage(of, runner, { partial, failed: [], computeMs: 0 }));
    expect(message(lease)).toMatchObject({ type: 'LeaseFailed', error: { code: 'too_large', retryable: true } });
    expect(message(aComputeLease())).toMatchObject({ type: 'LeaseFailed', error: { code: 'too_large', retryable: false } });
  });

  it('is never too large for the largest partial with the most failures a span reports', () => {
    const error = { code: 'compute_failed' as const, message: 'x'.repeat(100), retryable: true };
    const failed = Array.from({ length: SPAN_FAILURES_MAX }, (_, chunk) => ({
      chunk,
      error: { ...error, message: 'x'.repeat(SPAN_FAILURE_BYTES_MAX / SPAN_FAILURES_MAX) },
    }));
    const message = decodeResult(
      computedMessage(lease, runner, { partial: `"${'x'.repeat(limits.partialBytesMax - 2)}"`, failed, computeMs: 0 }),
    );
    expect(message).toMatchObject({ type: 'LeaseComputed', failed: { length: SPAN_FAILURES_MAX } });
  });
});

describe('refusedError', () => {
  it('is final for one chunk or a merge that is too large, and tried in halves or again otherwise', () => {
    const tooLarge = new ManyhandsError('too_large', 'a message of 5 bytes');
    expect(refusedError(lease, tooLarge)).toEqual({
      code: 'too_large',
      message: 'the server does not take the result: a message of 5 bytes',
      retryable: true,
    });
    expect(refusedError(aComputeLease(), tooLarge)).toMatchObject({ code: 'too_large', retryable: false });
    expect(refusedError(aComputeLease({ task: { op: 'merge', inputs: [], attempt: 0 } }), tooLarge)).toMatchObject({
      retryable: false,
    });
    expect(refusedError(aComputeLease(), new Error('x'.repeat(1_000)))).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/^the server.{486,}/) as string,
      retryable: true,
    });
  });
});

describe('failedMessage', () => {
  it('says what a merge was about without the bytes it carried', () => {
    const merge = aComputeLease({
      lease: 'm-2-x-0',
      task: {
        op: 'merge',
        inputs: [
          { id: 'a', partial: 'huge' },
          { id: 'b', partial: 'huge' },
        ],
        attempt: 3,
      },
    });
    const bytes = failedMessage(merge, runner, lostError(4));
    expect(decodeResult(bytes)).toMatchObject({
      type: 'LeaseFailed',
      about: { op: 'merge', inputs: ['a', 'b'], attempt: 3 },
      error: { code: 'worker_lost', message: expect.stringContaining('3 deliveries') as string, retryable: true },
    });
    expect(new TextDecoder().decode(bytes)).not.toContain('huge');
  });
});
