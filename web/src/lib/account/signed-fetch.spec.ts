import { expect, it } from 'vitest';
import { signedFetch, type Tokens } from './signed-fetch.ts';

function gatewayFor(good: string) {
  const seen: { path: string; authorization: string | null; accept: string | null }[] = [];
  const inner: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers);
    const authorization = headers.get('authorization');
    seen.push({ path: String(input), authorization, accept: headers.get('accept') });
    return new Response(null, { status: authorization === `Bearer ${good}` ? 200 : 401 });
  };
  return { inner, seen };
}

function tokensOf(...texts: (string | null)[]): Tokens & { refused: string[] } {
  const refused: string[] = [];
  return { refused, current: async () => texts[refused.length] ?? null, refuse: (token) => void refused.push(token) };
}

it('a request carries the token beside its own headers', async () => {
  const { inner, seen } = gatewayFor('a');
  const response = await signedFetch(inner, tokensOf('a'))('/v1/jobs', { headers: { accept: 'text/plain' } });
  expect(response.status).toBe(200);
  expect(seen).toEqual([{ path: '/v1/jobs', authorization: 'Bearer a', accept: 'text/plain' }]);
});

it('is sent once more with the next token when the first is refused, and not a third time', async () => {
  const { inner, seen } = gatewayFor('b');
  const tokens = tokensOf('a', 'b');
  expect((await signedFetch(inner, tokens)('/v1/jobs')).status).toBe(200);
  expect(tokens.refused).toEqual(['a']);
  const { inner: deaf, seen: tries } = gatewayFor('none');
  expect((await signedFetch(deaf, tokensOf('a', 'b', 'c'))('/v1/jobs')).status).toBe(401);
  expect([seen.length, tries.length]).toEqual([2, 2]);
});

it('carries nothing where there is no token, and answers the refusal when the session is over', async () => {
  const { inner, seen } = gatewayFor('a');
  expect((await signedFetch(inner, tokensOf(null))('/v1/auth')).status).toBe(401);
  expect((await signedFetch(inner, tokensOf('old', null))('/v1/jobs')).status).toBe(401);
  expect(seen.map(({ authorization }) => authorization)).toEqual([null, 'Bearer old']);
});
