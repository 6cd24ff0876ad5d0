import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import { API_CODES } from './api-codes.ts';
import { ConnectionLost, refusalOf } from './refusal.ts';

const refused = (err_code: number, code: number) => new JetStreamApiError({ err_code, code, description: 'refused' });

describe('refusalOf', () => {
  it.each([
    ['a lost compare-and-set', refused(API_CODES.wrongLastSequence, 400), 'sequence'],
    ['a sequence the leader cannot judge', refused(API_CODES.wrongLastSequenceUnknown, 400), 'sequence'],
    ['a full stream, though it is a 503', refused(API_CODES.storeFailed, 503), 'full'],
    ['a full disk', refused(API_CODES.storageExceeded, 500), 'full'],
    ['a message over the stream limit', refused(API_CODES.messageTooLarge, 400), 'too_large'],
    ['a sequence right after an election', refused(API_CODES.lastSequenceUnavailable, 503), 'away'],
    ['too many requests', refused(API_CODES.tooManyRequests, 429), 'away'],
    ['a stream without a leader', refused(10_008, 503), 'away'],
    ['a wrong configuration', refused(10_052, 400), 'broken'],
    ['no answer', new errors.TimeoutError(), 'away'],
    ['nobody listening', new errors.NoRespondersError('some.subject'), 'away'],
    ['a lost connection', new ConnectionLost('gone'), 'away'],
    ['a bug', new TypeError('undefined is not a function'), 'broken'],
    ['what is no error', 'text', 'broken'],
  ] as const)('sorts %s', (_, error, expected) => {
    expect(refusalOf(error)).toBe(expected);
  });
});
