import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import type { KnownKind } from '../api.ts';
import { curlLine } from './curl-line.ts';

const kind = (name: string, more: Partial<KnownKind> = {}): KnownKind =>
  ({ kind: name, example: { n: 10 }, default_chunks: 4, ...more }) as KnownKind;

/** The words that a shell makes of it. */
function words(line: string): string[] {
  const shown = execFileSync('sh', ['-c', `set -- ${line}; for word; do printf '%s\\n' "$word"; done`], { encoding: 'utf8' });
  return shown.trimEnd().split('\n');
}

it('starts a job of a kind that needs no input, and waits for it', () => {
  const kinds = [kind('resize', { input: { form: 'items' } }), kind('sum'), kind('primes')];
  expect(words(curlLine('http://127.0.0.1:8000', 'mh_1_x', ['read', 'write'], kinds))).toEqual([
    'curl',
    '-s',
    'http://127.0.0.1:8000/v1/jobs?wait=30s',
    '-H',
    'authorization: Bearer mh_1_x',
    '-H',
    'content-type: application/json',
    '-d',
    '{"kind":"primes","params":{"n":10},"chunks":4}',
  ]);
});

it('lists jobs where the key may not write, or nothing can be computed without an input', () => {
  for (const line of [
    curlLine('http://a', 'k', ['read'], [kind('sum')]),
    curlLine('http://a', 'k', ['read', 'write'], [kind('resize', { input: { form: 'items' } })]),
  ])
    expect(words(line)).toContain('http://a/v1/jobs?limit=5');
});

it('stays one word of the shell each, whatever the parameters hold', () => {
  const tricky = kind('echo', { example: { text: `it's "$HOME" \`x\`` } });
  expect(words(curlLine('http://a', 'k', ['write'], [tricky])).at(-1)).toBe(
    JSON.stringify({ kind: 'echo', params: tricky.example, chunks: 4 }),
  );
});
