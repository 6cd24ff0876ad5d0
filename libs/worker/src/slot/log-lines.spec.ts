import { expect, it } from 'vitest';
import { limits } from '@manyhands/proto';
import { LINE_LENGTH_MAX, textOf } from './line-text.ts';
import { catchConsole, LINES_PER_SEC, LogLines } from './log-lines.ts';
import { Secrets } from './secrets.ts';
import type { LogLine } from './slot-messages.ts';

function open(mask = (text: string) => text) {
  const sent: string[] = [];
  const whole: [line: LogLine, run: number | undefined][] = [];
  const clock = { ms: 0 };
  return {
    sent,
    whole,
    clock,
    lines: new LogLines(
      (line, run) => {
        sent.push(textOf(line));
        whole.push([line, run]);
      },
      mask,
      () => clock.ms,
    ),
  };
}

it('a line holds what console.log would show, and its fields', () => {
  const { sent, lines } = open();
  lines.add('info', 'half', { done: 5 });
  lines.add('info', { a: 1 });
  lines.add('info', 'odd', { n: 1n } as object);
  expect(sent).toEqual(['half {"done":5}', '{ a: 1 }', 'odd { n: 1n }']);
});

it('fields stay fields, unless they are too long or a secret stood where no text may', () => {
  const { whole, lines } = open((text) => text.replaceAll('7', '***'));
  const note = 'x'.repeat(LINE_LENGTH_MAX);
  lines.add('info', 'half', { done: 5, by: 'us 7' });
  lines.add('error', 'key', { key: 7 });
  lines.add('debug', 'long', { note });
  lines.add('warn', 'no object', [1]);
  expect(whole.map(([line]) => line)).toEqual([
    { level: 'info', message: 'half', fields: { done: 5, by: 'us ***' } },
    { level: 'error', message: 'key {"key":***}' },
    { level: 'debug', message: `${`long {"note":"${note}`.slice(0, LINE_LENGTH_MAX - 1)}…` },
    { level: 'warn', message: 'no object [1]' },
  ]);
});

it('a line is of the run and the chunk whose code wrote it, by whatever way, and also later', async () => {
  const { whole, lines } = open();
  const other = open();
  const console = {} as Console;
  catchConsole(console, other.lines);
  let goOn: () => void = () => undefined;
  const context = { index: 3 };
  const late = lines.within(1, async () => {
    const origin = lines.originOf(context);
    lines.add('info', 'one', undefined, origin);
    console.warn('two', 2);
    await new Promise<void>((resolve) => (goOn = resolve));
    console.debug('late');
  });
  lines.within(2, () => console.log('of the next'));
  console.error('of no run');
  goOn();
  await late;
  expect(whole).toEqual([
    [{ level: 'info', message: 'one', chunk: 3 }, 1],
    [{ level: 'warn', message: 'two 2', chunk: 3 }, 1],
    [{ level: 'info', message: 'of the next' }, 2],
    [{ level: 'debug', message: 'late', chunk: 3 }, 1],
  ]);
  expect(other.whole).toEqual([[{ level: 'error', message: 'of no run' }, undefined]]);
});

it('what a run dropped is said at its end, and not in the next one', () => {
  const { whole, clock, lines } = open();
  for (let line = 0; line < LINES_PER_SEC + 3; line += 1) lines.add('info', 'again');
  lines.reportDropped({ run: 1 });
  expect(whole.at(-1)).toEqual([
    { level: 'warn', message: `3 lines before this one were dropped: more than ${LINES_PER_SEC} a second` },
    1,
  ]);
  clock.ms = 1_000;
  lines.add('info', 'next');
  expect(whole).toHaveLength(LINES_PER_SEC + 2);
});

it('a thread holds to the limits of the contract, which it does not load', () => {
  expect(LINE_LENGTH_MAX).toBe(limits.logLineCharsMax);
});

it('of a line longer than the limit the rest is cut off', () => {
  const { sent, lines } = open();
  lines.add('info', 'x'.repeat(LINE_LENGTH_MAX));
  lines.add('info', 'x'.repeat(LINE_LENGTH_MAX + 1));
  expect(sent.map((line) => line.length)).toEqual([LINE_LENGTH_MAX, LINE_LENGTH_MAX]);
  expect(sent[1]).toMatch(/x…$/);
});

it('of more lines a second than the limit the rest is dropped, and how many is said', () => {
  const { sent, clock, lines } = open();
  for (let line = 0; line < LINES_PER_SEC + 7; line += 1) lines.add('info', 'again');
  expect(sent).toHaveLength(LINES_PER_SEC);
  clock.ms = 999;
  lines.add('info', 'again');
  expect(sent).toHaveLength(LINES_PER_SEC);
  clock.ms = 1_000;
  lines.add('info', 'next');
  expect(sent.slice(LINES_PER_SEC)).toEqual(['8 lines before this one were dropped: more than 200 a second', 'next']);
});

it('no secret that was read stands in a line or an error, also as JSON or inside a longer one', () => {
  const secrets = new Secrets({ KEY: 'pass"word', LONG: 'pass"word and more', OTHER: 'other' });
  const { sent, lines } = open((text) => secrets.mask(text));
  expect(secrets.read('KEY') + secrets.read('LONG')).toBe('pass"wordpass"word and more');
  lines.add('info', 'with pass"word', { key: 'pass"word and more' });
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

it('no value that is logged fails a chunk, and what is dropped is not even looked at', () => {
  const { sent, lines } = open();
  const console = {} as Console;
  catchConsole(console, lines);
  let looks = 0;
  const unreadable = {
    toString() {
      looks += 1;
      throw new Error('no text');
    },
  };
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  console.log('%s', unreadable);
  lines.add('info', unreadable);
  lines.add('info', 'a loop', loop);
  expect(sent).toEqual(['a line that has no text', 'a line that has no text', expect.stringMatching(/^a loop .*Circular/)]);
  const looked = looks;
  for (let line = 0; line < 2 * LINES_PER_SEC; line += 1) console.log('%s', unreadable);
  expect(looks - looked).toBe(LINES_PER_SEC - 3);
});
