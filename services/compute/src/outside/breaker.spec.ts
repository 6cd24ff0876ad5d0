import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ask, type Breaker, BREAKER, CLOSED, openMs, settle, type Showing } from './breaker.ts';

const { failuresMax, openMsFirst, openMsMax, probeMsMax } = BREAKER;
const open = (openings = 1, untilMs = 5_000): Breaker => ({ is: 'open', untilMs, openings, why: 'it answered 503' });
const probing = (openings = 1): Breaker => ({ is: 'probing', pass: 7, sinceMs: 5_000, openings, why: 'it answered 503' });
const failed = (failures: number): Breaker => ({ is: 'closed', failures });

/** The rows of docs/states.md, each with what it states. */
const TABLE: readonly [from: string, move: string, to: string, walk: () => { is: Breaker['is']; and?: boolean }][] = [
  ['closed', 'ask', 'closed', () => asked(CLOSED, 0, true)],
  [
    'closed',
    'answered',
    'closed',
    () => ({ is: settle(failed(9), 1, 'answered', 0).is, and: settle(failed(9), 1, 'answered', 0) === CLOSED }),
  ],
  ['closed', 'failed', 'closed', () => settle(failed(failuresMax - 2), 1, 'failed', 0)],
  ['closed', 'failed in a row', 'open', () => settle(failed(failuresMax - 1), 1, 'failed', 0)],
  ['closed', 'left', 'closed', () => ({ is: 'closed', and: settle(failed(3), 1, 'left', 0) !== CLOSED })],
  ['open', 'ask too early', 'open', () => asked(open(), 4_999, false)],
  ['open', 'ask in time', 'probing', () => asked(open(), 5_000, true)],
  ['open', 'answered', 'open', () => settle(open(), 7, 'answered', 0)],
  ['open', 'failed', 'open', () => ({ is: 'open', and: settle(open(), 7, 'failed', 0) !== undefined })],
  ['probing', 'ask', 'probing', () => asked(probing(), 5_001, false)],
  ['probing', 'ask after its probe was lost', 'probing', () => asked(probing(), 5_000 + probeMsMax, true)],
  ['probing', 'answered', 'closed', () => settle(probing(), 7, 'answered', 6_000)],
  [
    'probing',
    'failed',
    'open',
    () => {
      const next = settle(probing(2), 7, 'failed', 6_000);
      return { is: next.is, and: next.is === 'open' && next.untilMs === 6_000 + openMs(3) };
    },
  ],
  [
    'probing',
    'left',
    'open',
    () => {
      const next = settle(probing(), 7, 'left', 6_000);
      return { is: next.is, and: ask(next, 8, 6_000).goes };
    },
  ],
  ['probing', 'another request ends', 'probing', () => settle(probing(), 6, 'failed', 6_000)],
];

function asked(breaker: Breaker, nowMs: number, goes: boolean): { is: Breaker['is']; and: boolean } {
  const leave = ask(breaker, 9, nowMs);
  return { is: leave.breaker.is, and: leave.goes === goes };
}

test.each(TABLE)('%s, %s: %s', (_from, _move, to, walk) => {
  const { is, and = true } = walk();
  expect([is, and]).toEqual([to, true]);
});

test('docs/states.md has the same table', () => {
  const page = readFileSync(new URL('../../../../docs/states.md', import.meta.url), 'utf8');
  const section = page.slice(page.indexOf('## The breaker of a host'));
  const rows = [...section.slice(0, section.indexOf('\nCode:')).matchAll(/^\| `(\w+)` +\| ([^|]+?) +\| `(\w+)` +\|/gm)];
  expect(rows.map(([, from, move, to]) => [from, move, to])).toEqual(TABLE.map(([from, move, to]) => [from, move, to]));
});

describe('whatever happens', () => {
  type Step = { after: number; does: 'ask' } | { after: number; does: Showing; which: number };
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ after: fc.nat(20_000), does: fc.constant('ask' as const) }),
    fc.record({
      after: fc.nat(3_000),
      does: fc.constantFrom<Showing>('answered', 'failed', 'failed', 'failed', 'left'),
      which: fc.nat(20),
    }),
  );

  it('no request goes while it is open, one while it probes, and it opens after failures in a row alone', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        let breaker = CLOSED;
        let nowMs = 0;
        let inARow = 0;
        const out: number[] = [];
        for (const [pass, each] of steps.entries()) {
          nowMs += each.after;
          const before = breaker;
          if (each.does === 'ask') {
            const leave = ask(breaker, pass, nowMs);
            breaker = leave.breaker;
            if (leave.goes) out.push(pass);
            if (before.is === 'open') expect(leave.goes).toBe(nowMs >= before.untilMs);
            if (before.is === 'probing' && leave.goes) expect(nowMs - before.sinceMs).toBeGreaterThanOrEqual(probeMsMax);
            if (!leave.goes) expect(leave.waitMs).toBeGreaterThan(0);
          } else if (out.length > 0) {
            const [ended] = out.splice(each.which % out.length, 1);
            breaker = settle(breaker, ended!, each.does, nowMs, 'why');
            if (before.is === 'closed') inARow = each.does === 'failed' ? inARow + 1 : each.does === 'left' ? inARow : 0;
            if (before.is === 'closed') expect(breaker.is).toBe(inARow >= failuresMax ? 'open' : 'closed');
            if (before.is === 'open') expect(breaker).toBe(before);
          }
          if (breaker.is !== 'closed') inARow = 0;
          if (breaker.is === 'open') expect(breaker.untilMs - nowMs).toBeLessThanOrEqual(openMsMax);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('each opening after a failed probe is twice as long, up to five minutes', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 100].map(openMs)).toEqual([
      openMsFirst,
      10_000,
      20_000,
      40_000,
      80_000,
      160_000,
      openMsMax,
      openMsMax,
      openMsMax,
    ]);
  });
});
