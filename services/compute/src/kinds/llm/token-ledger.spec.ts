import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokensAsked, tokensUsed } from './token-count.ts';
import { TokenLedger, TURNS_PER_SEC } from './token-ledger.ts';

/** Takes, and has the turns at once. */
function takeAndHave(ledger: TokenLedger, tokens: number): number {
  const { turns, had } = ledger.take(tokens);
  had();
  return turns;
}

describe('a ledger of tokens', () => {
  // 300 turns a minute, so each stands for 100 tokens.
  const of100 = (): TokenLedger => new TokenLedger(30_000);

  it('takes a turn for so many tokens, and keeps what is left of one for the next request', () => {
    const ledger = of100();
    expect([250, 30, 30, 30, 1_000].map((tokens) => takeAndHave(ledger, tokens))).toEqual([3, 0, 1, 0, 10]);
  });

  it('gives no request what is left of a turn that is still waited for', () => {
    const ledger = of100();
    const all = [10, 10, 10].map((tokens) => ledger.take(tokens));
    expect(all.map(({ turns }) => turns)).toEqual([1, 1, 1]);
    for (const { had } of all) had();
    expect(takeAndHave(ledger, 270)).toBe(0);
    expect(takeAndHave(ledger, 1)).toBe(1);
  });

  it('takes later what an answer used beyond what was taken', () => {
    const ledger = of100();
    expect(takeAndHave(ledger, 100)).toBe(1);
    ledger.settle(100, 1_100);
    expect(takeAndHave(ledger, 0)).toBe(10);
  });

  it('gives back what was not used, of a few seconds at most', () => {
    const ledger = of100();
    expect(takeAndHave(ledger, 1_000)).toBe(10);
    ledger.settle(1_000, 200);
    expect(takeAndHave(ledger, 900)).toBe(1);
    ledger.settle(1_000_000, 0);
    expect(takeAndHave(ledger, 2_500)).toBe(0);
    expect(takeAndHave(ledger, 1)).toBe(1);
  });

  it('lets no request wait for more than five minutes; the next one takes the rest', () => {
    const ledger = new TokenLedger(60);
    expect(takeAndHave(ledger, 1_000)).toBe(300 * TURNS_PER_SEC);
    expect(takeAndHave(ledger, 0)).toBe(300 * TURNS_PER_SEC);
  });

  it('whatever is taken and used, and however many wait at once, turns stand for all that was used', () => {
    const request = fc.record({ taken: fc.integer({ min: 0, max: 5_000 }), used: fc.integer({ min: 0, max: 5_000 }) });
    fc.assert(
      fc.property(fc.array(fc.array(request, { maxLength: 8 })), (rounds) => {
        const ledger = of100();
        let [turns, used] = [0, 0];
        for (const round of rounds) {
          const waiting = round.map(({ taken }) => ledger.take(taken));
          for (const { turns: own, had } of waiting) {
            turns += own;
            had();
          }
          for (const { taken, used: own } of round) {
            ledger.settle(taken, own);
            used += own;
          }
        }
        turns += ledger.take(0).turns;
        expect(turns * 100).toBeGreaterThanOrEqual(used - 1e-6);
      }),
    );
  });
});

describe('tokens', () => {
  it.each([
    [{ messages: [{ role: 'user', content: 'a'.repeat(36) }], max_tokens: 100 }, 110],
    [{ prompt: 'a'.repeat(40), max_tokens: 100, n: 3 }, 310],
    [{ input: ['a'.repeat(20), 'b'.repeat(21)] }, 11],
    [{ input: 'abcd', max_output_tokens: 5 }, 6],
    [{ prompt: '', max_completion_tokens: 7, max_tokens: -1 }, 7],
    [{ prompt: '', max_tokens: 9, n: 0.2 }, 9],
  ])('of %o are %i before it is sent', (body, tokens) => expect(tokensAsked(body)).toBe(tokens));

  it.each([
    [{ usage: { total_tokens: 12 } }, 12],
    [{ usage: null }, undefined],
    [{ usage: { total_tokens: 'many' } }, undefined],
    [null, undefined],
  ])('of the answer %o are %s', (answer, tokens) => expect(tokensUsed(answer)).toBe(tokens));
});
