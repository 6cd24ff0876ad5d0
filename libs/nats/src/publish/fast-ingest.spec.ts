import { JetStreamApiError } from '@nats-io/jetstream';
import { describe, expect, it } from 'vitest';
import { API_CODES } from '../api-codes.ts';
import { outcomeOf } from './fast-ingest.ts';

const taken = { code: 400, err_code: API_CODES.wrongLastSequence, description: 'wrong last sequence: 7' };
const noLeader = { code: 503, err_code: 10009, description: 'JetStream not in clustered mode' };

describe('outcomeOf', () => {
  it('decides nothing while the server only tells how far it is', () => {
    expect(outcomeOf({ type: 'ack' }, 1, 5)).toBeUndefined();
  });

  it('calls a batch stored when all of it is', () => {
    expect(outcomeOf({ count: 5 }, 5, 5)).toEqual({ stored: true });
  });

  it.each([
    ['is the first', { error: taken }, 1, 0],
    ['is counted', { type: 'err' as const, error: taken }, 4, 3],
    ['was not foreseen', { error: taken }, 4, 5],
  ])('when the refused message %s, says which may be stored', (_, answer, position, maybe) => {
    expect(outcomeOf(answer, position, 5)).toEqual({ stored: false, maybe });
  });

  it.each([{ type: 'gap' as const }, { count: 3 }])('leaves all open when the stream changed hands: %o', (answer) => {
    expect(outcomeOf(answer, 4, 5)).toEqual({ stored: false, maybe: 5 });
  });

  it('throws when nobody can store now', () => {
    expect(() => outcomeOf({ error: noLeader }, 1, 5)).toThrow(JetStreamApiError);
  });
});
