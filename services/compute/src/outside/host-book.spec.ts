import { expect, it } from 'vitest';
import { BREAKER } from './breaker.ts';
import { HostBook, HOSTS_MAX } from './host-book.ts';

function failing(book: HostBook, host: string, owner?: string): void {
  for (let failure = 0; failure < BREAKER.failuresMax; failure += 1) book.pass(host, owner).settle('failed', 'it answered 503');
}

it('states why a host gets no request, and when it does again', () => {
  let nowMs = 1_000;
  const changes: string[] = [];
  const book = new HostBook(
    (from, to) => changes.push(`${from} ${to}`),
    () => nowMs,
  );
  failing(book, 'api.example');
  expect(() => book.pass('api.example')).toThrow(
    'the breaker of api.example is open, because 10 requests in a row failed; it is tried again in 5 s. The last failure: it answered 503',
  );
  expect(() => book.pass('api.example')).toThrow(expect.objectContaining({ name: 'RetryLater' }));
  expect(book.open).toBe(1);
  book.pass('other.example').settle('answered');
  nowMs += 5_000;
  const probe = book.pass('api.example');
  expect(() => book.pass('api.example')).toThrow('is open');
  probe.settle('answered');
  book.pass('api.example').settle('answered');
  expect(changes).toEqual(['closed open', 'open probing', 'probing closed']);
  expect(book.open).toBe(0);
});

it('what fails for one owner holds back no other', () => {
  const book = new HostBook();
  failing(book, 'api.example', 'job-a');
  expect(() => book.pass('api.example', 'job-a')).toThrow('the breaker of api.example is open');
  for (const owner of ['job-b', undefined]) expect(() => book.pass('api.example', owner).settle('answered')).not.toThrow();
  expect(() => book.pass('api.example', 'job-a')).toThrow('is open');
  expect(book.open).toBe(1);
});

it('holds so many hosts and no more', () => {
  const book = new HostBook();
  failing(book, 'first.example');
  for (let host = 1; host < HOSTS_MAX; host += 1) book.pass(`h${host}`).settle('failed');
  expect(() => book.pass('first.example')).toThrow('is open');
  book.pass('one-too-many').settle('failed');
  expect(() => book.pass('first.example')).not.toThrow();
});
