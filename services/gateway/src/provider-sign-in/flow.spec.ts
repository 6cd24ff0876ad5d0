import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newSecret } from '../identity/secrets.ts';
import { begunFlowIn, flowCookie } from './flow-cookie.ts';
import { flowOf } from './flow.ts';

test('a flow is the same on every gateway, and another one for each secret and each provider', () => {
  const secret = newSecret();
  const flow = flowOf('corp', secret);
  expect(flowOf('corp', secret)).toEqual(flow);
  const words = [secret, ...Object.values(flow)];
  for (const other of [flowOf('corp', newSecret()), flowOf('crop', secret)])
    for (const word of Object.values(other)) expect(words).not.toContain(word);
  expect(new Set(words).size).toBe(5);
  // RFC 7636: 43 to 128 characters of these.
  for (const word of words) expect(word).toMatch(/^[\w-]{43}$/);
});

const requestWith = (cookie: string | undefined) => ({ headers: { cookie } }) as IncomingMessage;

test('what the cookie holds comes back as it was, also beside other cookies', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\/[!-~]{0,200}$/), (to) => {
      const begun = { secret: newSecret(), to };
      const [pair] = flowCookie(begun, false).split(';');
      expect(begunFlowIn(requestWith(`a=b; ${pair}; c=d`))).toEqual(begun);
    }),
  );
});

test('the cookie is for the addresses of providers alone, and is removed with the same path', () => {
  const begun = { secret: 'A'.repeat(43), to: '' };
  expect(flowCookie(begun, false)).toBe(
    `mh_provider=${begun.secret}.; Max-Age=600; Path=/v1/auth/providers; HttpOnly; SameSite=Lax`,
  );
  expect(flowCookie(undefined, true)).toBe('mh_provider=; Max-Age=0; Path=/v1/auth/providers; HttpOnly; Secure; SameSite=Lax');
});

test.each([undefined, '', 'mh_provider=', 'mh_provider=short./jobs', `mh_provider=${'A'.repeat(43)}`, 'other=1'])(
  'no flow is in %j',
  (cookie) => {
    expect(begunFlowIn(requestWith(cookie))).toBeUndefined();
  },
);
