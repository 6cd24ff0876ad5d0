import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { submissionCode, type TypedJob } from './submission-code.ts';

const job: TypedJob = {
  kind: 'primes',
  params: { n: 1_000 },
  chunks: 8,
  form: null,
  priority: 'normal',
  timing: {},
  trying: {},
};
const code = (given: Partial<TypedJob>, name: string, hasAccounts = false): string =>
  submissionCode({ ...job, ...given }, 'http://127.0.0.1:8000', hasAccounts).find((sample) => sample.name === name)?.code ?? '';

/** The words that a shell makes of the line that submits. An upload is answered with an id. */
function wordsOf(line: string, env: Record<string, string> = {}): string[] {
  const answered = `*--data-binary*) printf '{"input_id":"019d","form":"ndjson"}' ;;`;
  const script = `curl() { case "$*" in ${answered} *) printf '%s\\0' "$@" ;; esac; }\nnpx() { printf '%s\\0' "$@"; }\n${line}`;
  return execFileSync('sh', ['-c', script], { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', ...env } })
    .split('\0')
    .slice(0, -1);
}

describe('curl', () => {
  it('sends what is typed, whatever it is, as a shell reads it', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.constant(`it's "$HOME" \\ \`x\``))),
        (params) => {
          expect(JSON.parse(wordsOf(code({ params }, 'curl')).at(-1)!)).toEqual({ kind: 'primes', params, chunks: 8 });
        },
      ),
      { numRuns: 25 },
    );
  });

  it('has all that was chosen, and a key where there are accounts', () => {
    const more = {
      priority: 'high',
      timing: { cron: '@daily', time_zone: 'UTC' },
      trying: { max_attempts: 2, tags: { team: 'a' } },
    } as const;
    const words = wordsOf(code(more, 'curl', true), { MANYHANDS_KEY: 'mh_1' });
    expect(words).toContain('authorization: Bearer mh_1');
    expect(JSON.parse(words.at(-1)!)).toEqual({
      kind: 'primes',
      params: { n: 1_000 },
      chunks: 8,
      priority: 'high',
      cron: '@daily',
      time_zone: 'UTC',
      max_attempts: 2,
      tags: { team: 'a' },
    });
  });

  it('uploads an input first, and submits with its id', () => {
    const line = code({ kind: 'titles', form: 'ndjson', chunks: null }, 'curl');
    expect(JSON.parse(wordsOf(line).at(-1)!)).toEqual({ kind: 'titles', params: { n: 1_000 }, input: '019d' });
    expect(line).toContain('/v1/inputs?form=ndjson&kind=titles');
  });
});

describe('the command line', () => {
  it('names what was chosen, and the system where it is not the usual one', () => {
    const trying = {
      max_attempts: 2,
      on_dead_chunk: 'continue',
      max_failed: { share: 0.05 },
      tags: { team: 'blue green' },
    } as const;
    expect(wordsOf(code({ priority: 'low', trying }, 'CLI'))).toEqual([
      ...['manyhands', 'run', 'primes', '--params', '{"n":1000}', '--chunks', '8', '--attempts', '2', '--on-dead', 'continue'],
      ...['--max-failed', '5%', '--tag', 'team=blue green', '--low'],
    ]);
    expect(submissionCode(job, 'https://hands.example', true).at(-1)?.code).toMatch(
      /^MANYHANDS_URL=https:\/\/hands\.example npx/,
    );
  });

  it('is not offered for what runs later', () => {
    expect(code({ timing: { run_at: '2027-01-01T00:00:00.000Z' } }, 'CLI')).toBe('');
  });
});

it('TypeScript calls what does the same', () => {
  expect(code({}, 'TypeScript')).toContain(`client.submit({ "kind": "primes", "params": { "n": 1000 }, "chunks": 8 })`);
  expect(code({ timing: { cron: '@daily', time_zone: 'UTC' } }, 'TypeScript')).toContain('client.schedule({');
  expect(code({ form: 'ndjson', chunks: null }, 'TypeScript')).toContain(`client.map("primes", items, { "n": 1000 })`);
});
