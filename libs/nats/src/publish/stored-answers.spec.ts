import type { NatsConnection } from '@nats-io/transport-node';
import { expect, it } from 'vitest';
import { StoredAnswers } from './stored-answers.ts';

const nothing = new Uint8Array();
const stored = new TextEncoder().encode('{"stream":"S","seq":1}');

/** A connection that notes in which turn of the event loop what was published, and answers it; it refuses one subject. */
function noting() {
  const published: string[] = [];
  let answer: (error: null, message: object) => void;
  const connection = {
    options: { inboxPrefix: '_INBOX' },
    subscribe: (_: string, { callback }: { callback: typeof answer }) => (answer = callback),
    publish: (subject: string, _: Uint8Array, { reply }: { reply: string }) => {
      if (subject === 'refused') throw new Error('no such subject');
      published.push(subject);
      answer(null, { subject: reply, data: stored });
    },
  } as unknown as NatsConnection;
  return { published, answers: new StoredAnswers(connection) };
}
const aTurn = () => new Promise((resume) => setImmediate(resume));

it('what is stored within a turn of the event loop leaves together at its end, in the order it came', async () => {
  const { published, answers } = noting();
  const asked = ['a', 'b'].map((subject) => answers.publish(subject, nothing));
  await Promise.resolve();
  asked.push(answers.publish('c', nothing));
  expect(published).toEqual([]);
  await aTurn();
  expect(published).toEqual(['a', 'b', 'c']);
  asked.push(answers.publish('d', nothing));
  await aTurn();
  expect(published).toEqual(['a', 'b', 'c', 'd']);
  expect(await Promise.all(asked)).toEqual(asked.map(() => ({ stream: 'S', seq: 1, duplicate: false })));
});

it('what the connection refuses fails by itself', async () => {
  const { published, answers } = noting();
  const [before, refused, after] = ['before', 'refused', 'after'].map((subject) => answers.publish(subject, nothing));
  await expect(refused).rejects.toThrow('no such subject');
  await Promise.all([before, after]);
  expect(published).toEqual(['before', 'after']);
});
