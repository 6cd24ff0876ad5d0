import { WEBHOOK } from '@manyhands/proto';
import { expect, it } from 'vitest';
import { webhook } from './kind.ts';
import { signatureOf } from './signature.ts';

it('signs as the example of Standard Webhooks', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  expect(signatureOf(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}')).toBe(
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
});

it('takes any text as a secret', () => {
  expect(signatureOf('plain', 'a', 7, '{}')).toBe('v1,Qux+YECquIMrHqgHpOTopw5Gb0UpygHcrl5t4o1rAik=');
});

it('is the kind that coordinators submit', () => {
  expect(webhook).toMatchObject({ name: WEBHOOK.kind, attempts: WEBHOOK.attempts, concurrency: WEBHOOK.concurrency, chunks: 1 });
});
