import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SilentStreams } from './silent-streams.ts';

let silence: SilentStreams;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  silence = new SilentStreams();
});
afterEach(() => vi.useRealTimers());

const timeout = new errors.TimeoutError();
const refusal = new JetStreamApiError({ code: 503, err_code: 10077, description: 'maximum bytes exceeded' });
const stored = (stream: string) => silence.watch(stream, async () => 'stored');
const failed = (stream: string, error: Error) =>
  silence.watch(stream, () => Promise.reject(error)).catch((thrown: Error) => thrown);

describe('a stream is silent', () => {
  it('from the first answer it owes until it answers again', async () => {
    expect(await failed('A', timeout)).toBe(timeout);
    expect(await stored('B')).toBe('stored');
    expect(silence.names).toEqual(['A']);
    await stored('A');
    expect(silence.names).toEqual([]);
  });

  it('no longer when it refuses: that is an answer', async () => {
    await failed('A', timeout);
    await failed('A', refusal);
    expect(silence.names).toEqual([]);
  });

  it('not because of any other error', async () => {
    await failed('A', new errors.ClosedConnectionError());
    expect(silence.names).toEqual([]);
    await failed('A', timeout);
    await failed('A', new errors.ClosedConnectionError());
    expect(silence.names).toEqual(['A']);
  });

  it('no longer after the connection came back, nor by an answer owed over the one before', async () => {
    await failed('A', timeout);
    const owed = Promise.withResolvers<never>();
    const late = silence.watch('B', () => owed.promise).catch(() => undefined);
    silence.connected();
    owed.reject(timeout);
    await late;
    expect(silence.names).toEqual([]);
  });

  it('for half a minute when nobody asks it again', async () => {
    await failed('A', timeout);
    vi.advanceTimersByTime(29_000);
    expect(silence.names).toEqual(['A']);
    vi.advanceTimersByTime(2_000);
    expect(silence.names).toEqual([]);
  });
});
