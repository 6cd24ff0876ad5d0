import { newJobId } from '@manyhands/proto';
import { chunksIn, failureGroups } from '@manyhands/proto/failure-groups';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintOf, groupAnswer, isWanted, jobsOf, type Letter, type LetterGroup } from './group-view.ts';

const nowMs = Date.parse('2026-11-29T12:30:00Z');
const jobIds = [newJobId(), newJobId(), newJobId()];

function aLetter(given: Partial<Letter> = {}): Letter {
  return {
    tenant: 'local',
    job_id: jobIds[0]!,
    kind: 'scrape',
    begin: 0,
    end: 1,
    round: 0,
    error: { code: 'compute_failed', message: 'answered 503', retryable: true },
    died_at: new Date(nowMs).toISOString(),
    sequence: 1,
    ...given,
  };
}

function groupOf(letters: readonly Letter[]): LetterGroup {
  const [{ key, ...group } = undefined!] = failureGroups(letters);
  return { ...group, fingerprint: fingerprintOf(key) };
}

const letters = fc.array(
  fc
    .record({
      job: fc.nat(2),
      begin: fc.nat(30),
      length: fc.integer({ min: 1, max: 5 }),
      agoMin: fc.integer({ min: -5, max: 3_000 }),
    })
    .map(({ job, begin, length, agoMin }) =>
      aLetter({
        job_id: jobIds[job]!,
        begin,
        end: begin + length,
        died_at: new Date(nowMs - agoMin * 60_000).toISOString(),
      }),
    ),
  { minLength: 1, maxLength: 40 },
);

describe('a group as it is shown', () => {
  it('has each letter in one of its jobs, each chunk once, and no more in an hour than died in it', () => {
    fc.assert(
      fc.property(letters, (given) => {
        const group = groupOf(given);
        const jobs = jobsOf(group.failures);
        const shown = groupAnswer(group, nowMs);
        expect(jobs.flatMap((job) => job.letters)).toHaveLength(given.length);
        expect(jobs.map(({ jobId }) => jobId)).toEqual([...new Set(given.map(({ job_id }) => job_id))].sort().reverse());
        const chunks = new Set(
          given.flatMap(({ job_id, begin, end }) => Array.from({ length: end - begin }, (_, at) => `${job_id} ${begin + at}`)),
        );
        expect(shown).toMatchObject({ letters: given.length, chunks: chunks.size, jobs: jobs.length });
        expect(jobs.reduce((sum, { spans }) => sum + chunksIn(spans), 0)).toBe(chunks.size);
        const times = given.map(({ died_at }) => died_at).sort();
        expect([shown.first_at, shown.last_at]).toEqual([times[0], times.at(-1)]);
        const lastDay = given.filter(({ died_at }) => nowMs - Date.parse(died_at) < 24 * 3_600_000);
        expect(shown.by_hour.reduce((sum, count) => sum + count, 0)).toBe(lastDay.length);
      }),
    );
  });

  it('counts each hour by itself, the newest last; what a clock that is ahead has stored is of this hour', () => {
    const at = (iso: string) => aLetter({ died_at: iso });
    const { by_hour } = groupAnswer(
      groupOf([at('2026-11-28T12:30:00Z'), at('2026-11-28T12:31:00Z'), at('2026-11-29T11:29:00Z'), at('2026-11-29T12:40:00Z')]),
      nowMs,
    );
    expect([by_hour.length, by_hour[0], by_hour[22], by_hour[23]]).toEqual([24, 1, 1, 1]);
  });

  it('names the kinds with most letters first, and the letter that was stored last', () => {
    const group = groupOf([aLetter(), aLetter({ kind: 'http' }), aLetter({ kind: 'http', begin: 7, end: 8, round: 2 })]);
    expect(groupAnswer(group, nowMs)).toMatchObject({
      kinds: ['http', 'scrape'],
      sample: { id: `${jobIds[0]}-2-7`, kind: 'http', begin: 7 },
    });
  });
});

it('a group is found by its kind, and by words that one of its letters has', () => {
  const group = groupOf([
    aLetter({ error: { code: 'compute_failed', message: 'https://a.example answered 503', retryable: true } }),
    aLetter({
      job_id: jobIds[1]!,
      error: { code: 'compute_failed', message: 'https://b.example answered 503', retryable: true },
    }),
  ]);
  expect(isWanted(group, undefined, [])).toBe(true);
  expect(isWanted(group, 'scrape', ['b.example', '503', 'compute_failed'])).toBe(true);
  expect(isWanted(group, undefined, [jobIds[1]!.slice(-8), 'b.example'])).toBe(true);
  expect(isWanted(group, undefined, ['a.example', 'b.example'])).toBe(false);
  expect(isWanted(group, 'sum', [])).toBe(false);
});
