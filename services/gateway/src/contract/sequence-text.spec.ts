import { startingAnew } from '@manyhands/nats';
import { expect, it } from 'vitest';
import { readLastEventId } from '../progress/sse/event-stream.ts';
import { AfterText, SequenceText } from './sequence-text.ts';

it.each([1, 999, startingAnew({ name: 'DEAD', subjects: [] } as never, Date.parse('2026-12-01')).first_seq, 9e15])(
  'a sequence like %d is taken, as a cursor, to read on from, and as the last event of a stream',
  (sequence) => {
    for (const text of [SequenceText, AfterText]) expect(text.safeParse(String(sequence)).success).toBe(true);
    expect(readLastEventId(`${sequence}-done`)).toEqual({ revision: sequence, done: true });
  },
);

it.each(['', '-1', '01', '1.5', '1e3', '12345678901234567', 'x'])('%j is none', (text) => {
  for (const one of [SequenceText, AfterText]) expect(one.safeParse(text).success).toBe(false);
});

it('0 is none, and what is read on from for all', () =>
  expect([SequenceText, AfterText].map((one) => one.safeParse('0').success)).toEqual([false, true]));
