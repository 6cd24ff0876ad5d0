import { expect, it } from 'vitest';
import { LINE_LENGTH_MAX, LINES_PER_SEC, LogLines } from './log-lines.ts';
import { Secrets } from './secrets.ts';

function open(mask = (text: string) => text) {
  const sent: string[] = [];
  const clock = { ms: 0 };
  return {
    sent,
    clock,
    lines: new LogLines(
      ({ message }) => void sent.push(message),
      mask,
      () => clock.ms,
    ),
  };
}

it('a line holds what console.log would show, and its fields', () => {
  const { sent, lines } = open();
  lines.add('half', { done: 5 });
  lines.add({ a: 1 });
  lines.add('odd', { n: 1n } as object);
  expect(sent).toEqual(['half {"done":5}', '{ a: 1 }', 'a line whose fields have no text']);
});

it('of a line longer than the limit the rest is cut off', () => {
  const { sent, lines } = open();
  lines.add('x'.repeat(LINE_LENGTH_MAX));
  lines.add('x'.repeat(LINE_LENGTH_MAX + 1));
  expect(sent.map((line) => line.length)).toEqual([LINE_LENGTH_MAX, LINE_LENGTH_MAX]);
  expect(sent[1]).toMatch(/x…$/);
});

it('of more lines a second than the limit the rest is dropped, and how many is said', () => {
  const { sent, clock, lines } = open();
  for (let line = 0; line < LINES_PER_SEC + 7; line += 1) lines.add('again');
  expect(sent).toHaveLength(LINES_PER_SEC);
  clock.ms = 999;
  lines.add('again');
  expect(sent).toHaveLength(LINES_PER_SEC);
  clock.ms = 1_000;
  lines.add('next');
  expect(sent.slice(LINES_PER_SEC)).toEqual(['8 lines before this one were dropped: more than 200 a second', 'next']);
});

it('no secret that was read stands in a line or an error, also as JSON or inside a longer one', () => {
  const secrets = new Secrets({ KEY: 'pass"word', LONG: 'pass"word and more', OTHER: 'other' });
  const { sent, lines } = open((text) => secrets.mask(text));
  expect(secrets.read('KEY') + secrets.read('LONG')).toBe('pass"wordpass"word and more');
  lines.add('with pass"word', { key: 'pass"word and more' });
  expect(sent).toEqual(['with *** {"key":"***"}']);
  const error = { code: 'compute_failed', message: '401 for pass"word, not for other', retryable: true } as const;
  const masked = { ...error, message: '401 for ***, not for other' };
  expect(secrets.maskOutcome({ is: 'failed', error })).toEqual({ is: 'failed', error: masked });
  expect(secrets.maskOutcome({ is: 'computed', partial: '1', failed: [{ chunk: 3, error }], computeMs: 1 })).toEqual({
    is: 'computed',
    partial: '1',
    failed: [{ chunk: 3, error: masked }],
    computeMs: 1,
  });
});

it('a secret that is not set is an error that says where to set it', () => {
  expect(() => new Secrets({ EMPTY: '' }).read('EMPTY')).toThrow('the secret EMPTY is not set in the environment of this worker');
});
