import { describe, expect, it } from 'vitest';
import { decodeResult, limits } from '@manyhands/proto';
import { aComputeLease } from '@manyhands/testkit';
import { computedMessage, failedMessage, lostError } from './result-message.ts';

const runner = { worker: 'w', slot: 1, delivery: 2 };
const lease = aComputeLease({ begin: 2, end: 5, attempt: 1 });

describe('computedMessage', () => {
  it('puts the partial in untouched, to the last digit', () => {
    const bytes = computedMessage(lease, runner, { partial: '{"big":12345678901234567890}', failed: [], computeMs: 1.23456 });
    expect(new TextDecoder().decode(bytes)).toContain('"partial":{"big":12345678901234567890}}');
    expect(decodeResult(bytes)).toMatchObject({
      type: 'LeaseComputed', job_id: lease.job_id, lease: '2-5-1', about: { op: 'compute', begin: 2, end: 5, attempt: 1 }, ...runner, compute_ms: 1.235, failed: [],
    });
  });

  it('leaves the partial out when every chunk failed', () => {
    const failed = [{ chunk: 2, error: { code: 'compute_failed' as const, message: 'no', retryable: true } }];
    const message = decodeResult(computedMessage(lease, runner, { failed, computeMs: 0 }));
    expect(message).toMatchObject({ failed });
    expect(message).not.toHaveProperty('partial');
  });

  it('becomes a failure when it is larger than a message may be', () => {
    const message = decodeResult(computedMessage(lease, runner, { partial: `"${'x'.repeat(limits.messageBytesMax)}"`, failed: [], computeMs: 0 }));
    expect(message).toMatchObject({ type: 'LeaseFailed', error: { code: 'too_large' } });
  });
});

describe('failedMessage', () => {
  it('says what a merge was about without the bytes it carried', () => {
    const merge = aComputeLease({ lease: 'm-2-x-0', task: { op: 'merge', inputs: [{ id: 'a', partial: 'huge' }, { id: 'b', partial: 'huge' }], attempt: 3 } });
    const bytes = failedMessage(merge, runner, lostError(4));
    expect(decodeResult(bytes)).toMatchObject({
      type: 'LeaseFailed', about: { op: 'merge', inputs: ['a', 'b'], attempt: 3 }, error: { code: 'worker_lost', message: expect.stringContaining('3 deliveries') as string, retryable: true },
    });
    expect(new TextDecoder().decode(bytes)).not.toContain('huge');
  });
});
