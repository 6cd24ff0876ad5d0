import type { Msg } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import { deliveredMessage } from './delivered-message.ts';

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
