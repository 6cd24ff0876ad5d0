import type { Msg } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import { deliveredMessage, parseAckSubject } from './delivered-message.ts';

const raw = (reply: string | undefined) => ({ subject: 'a.b', data: new Uint8Array(), headers: undefined, reply }) as Msg;
const expected = { sequence: 12, deliverySequence: 3, storedAtMs: 1_700_000_000_123, pending: 4 };

describe('deliveredMessage', () => {
  it('reads the reply subject of today', () => {
    expect(deliveredMessage(raw('$JS.ACK.S.C.1.12.3.1700000000123456789.4'))).toMatchObject(expected);
  });

  it('reads the reply subject with domain and account in front', () => {
    expect(deliveredMessage(raw('$JS.ACK._.hash.S.C.1.12.3.1700000000123456789.4.random'))).toMatchObject(expected);
    expect(deliveredMessage(raw('$JS.ACK._.hash.S.C.1.12.3.1700000000123456789.4'))).toMatchObject(expected);
  });

  it('knows that a heartbeat or flow control request is no message', () => {
    expect(deliveredMessage(raw(undefined))).toBeUndefined();
    expect(deliveredMessage(raw('$JS.FC.S.C.x'))).toBeUndefined();
  });
});

describe('parseAckSubject', () => {
  it('reads the form of nats-server 2.15', () => {
    expect(parseAckSubject('$JS.ACK.WORK.primes_high.3.77.12.1700000000000000000.5')).toEqual({
      stream: 'WORK',
      consumer: 'primes_high',
      count: 3,
      sequence: 77,
      deliverySequence: 12,
      storedAtMs: 1_700_000_000_000,
      pending: 5,
    });
  });

  it('reads the form with domain and account hash, with or without the random word', () => {
    const expected = {
      stream: 'WORK',
      consumer: 'sum_low',
      count: 1,
      sequence: 9,
      deliverySequence: 9,
      storedAtMs: 1_700_000_000_000,
      pending: 0,
    };
    expect(parseAckSubject('$JS.ACK._.hash.WORK.sum_low.1.9.9.1700000000000000000.0')).toEqual(expected);
    expect(parseAckSubject('$JS.ACK.hub.hash.WORK.sum_low.1.9.9.1700000000000000000.0.random')).toEqual(expected);
  });

  it.each(['', '_INBOX.abc', '$JS.ACK.WORK', '$JS.ACK.WORK.c.x.1.1.1.1', '$JS.ACK.WORK.c.0.1.1.1.1'])(
    'finds no delivery in "%s"',
    (subject) => {
      expect(parseAckSubject(subject)).toBeUndefined();
    },
  );
});
