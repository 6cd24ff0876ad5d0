import { describe, expect, it } from 'vitest';
import { AccessToken, type Grant } from './access-token.ts';

const grant = (name: string, seconds = 600): Grant => ({ access_token: name, expires_in: seconds });

function tokenWith(...answers: (Grant | null | Error)[]) {
  const clock = { ms: 0 };
  const asked = { times: 0 };
  const renew = async (): Promise<Grant | null> => {
    asked.times += 1;
    const next = answers.shift();
    if (next instanceof Error) throw next;
    return next ?? null;
  };
  return { token: new AccessToken(renew, () => clock.ms), clock, asked };
}

describe('the token of requests', () => {
  it('is fetched once for all who ask at the same time, and kept', async () => {
    const { token, asked } = tokenWith(grant('a'));
    expect(await Promise.all([token.current(), token.current(), token.current()])).toEqual(['a', 'a', 'a']);
    expect(await token.current()).toBe('a');
    expect(asked.times).toBe(1);
  });

  it('is fetched again before it ends', async () => {
    const { token, clock, asked } = tokenWith(grant('b'));
    token.take(grant('a', 600));
    clock.ms = 569_999;
    expect(await token.current()).toBe('a');
    clock.ms = 570_000;
    expect(await token.current()).toBe('b');
    expect(asked.times).toBe(1);
  });

  it('that lives for seconds only is used for half of them', async () => {
    const { token, clock } = tokenWith(grant('b'));
    token.take(grant('a', 4));
    clock.ms = 1_999;
    expect(await token.current()).toBe('a');
    clock.ms = 2_000;
    expect(await token.current()).toBe('b');
  });

  it('that was refused is not used again; an older refusal does not touch the newer one', async () => {
    const { token } = tokenWith(grant('b'));
    token.take(grant('a'));
    token.refuse('a');
    expect(await token.current()).toBe('b');
    token.refuse('a');
    expect(await token.current()).toBe('b');
  });

  it('is none once the session is over', async () => {
    const { token } = tokenWith(null);
    expect(await token.current()).toBeNull();
  });

  it('stays unknown while nothing answers, and is asked for again then', async () => {
    const { token } = tokenWith(new Error('no answer'), grant('a'));
    await expect(token.current()).rejects.toThrow('no answer');
    expect(await token.current()).toBe('a');
  });
});
