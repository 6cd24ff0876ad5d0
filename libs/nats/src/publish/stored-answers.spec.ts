import type { NatsConnection } from '@nats-io/transport-node';
import { expect, it } from 'vitest';
import { StoredAnswers } from './stored-answers.ts';

const nothing = new Uint8Array();

/** A connection that notes in which turn of the event loop what was published; it refuses one subject. */
function noting() {
  const published: string[] = [];
  const connection = {
    options: { inboxPrefix: '_INBOX' },
    subscribe: () => undefined,
    publish: (subject: string) => {
      if (subject === 'refused') throw new Error('no such subject');
      published.push(subject);
    },
  } as unknown as NatsConnection;
  return { published, answers: new StoredAnswers(connection) };
}
const aTurn = () => new Promise((resume) => setImmediate(resume));

it('what is stored within a turn of the event loop leaves together at its end, in the order it came', async () => {
  const { published, answers } = noting();
  for (const subject of ['a', 'b']) void answers.publish(subject, nothing);
  await Promise.resolve();
  void answers.publish('c', nothing);
  expect(published).toEqual([]);
  await aTurn();
  expect(published).toEqual(['a', 'b', 'c']);
  void answers.publish('d', nothing);
  await aTurn();
  expect(published).toEqual(['a', 'b', 'c', 'd']);
});

it('what the connection refuses fails by itself', async () => {
  const { published, answers } = noting();
  void answers.publish('before', nothing);
  const refused = answers.publish('refused', nothing);
  void answers.publish('after', nothing);
  await expect(refused).rejects.toThrow('no such subject');
  expect(published).toEqual(['before', 'after']);
});
