import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Broker } from '../broker.ts';
import { heedSilence, silentStreams } from './silent-streams.ts';

let broker: Broker;
let tell: (connected: boolean) => void;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const onConnected: Broker['onConnected'] = (changed) => {
    tell = changed;
    changed(true);
    return () => undefined;
  };
  broker = { onConnected } as Broker;
});
afterEach(() => vi.useRealTimers());

const timeout = new errors.TimeoutError();
const refusal = new JetStreamApiError({ code: 503, err_code: 10077, description: 'maximum bytes exceeded' });
const stored = (stream: string) => heedSilence(broker, stream, async () => 'stored');
const failed = (stream: string, error: Error) =>
  heedSilence(broker, stream, () => Promise.reject(error)).catch((thrown: Error) => thrown);

describe('a stream is silent', () => {
  it('from the first answer it owes until it answers again', async () => {
    expect(await failed('A', timeout)).toBe(timeout);
    expect(await stored('B')).toBe('stored');
    expect(silentStreams(broker)).toEqual(['A']);
    await stored('A');
    expect(silentStreams(broker)).toEqual([]);
  });

  it('no longer when it refuses: that is an answer', async () => {
    await failed('A', timeout);
    await failed('A', refusal);
    expect(silentStreams(broker)).toEqual([]);
  });

  it('not because of any other error', async () => {
    await failed('A', new errors.ClosedConnectionError());
    expect(silentStreams(broker)).toEqual([]);
    await failed('A', timeout);
    await failed('A', new errors.ClosedConnectionError());
    expect(silentStreams(broker)).toEqual(['A']);
  });

  it('no longer after the connection came back, nor by an answer owed over the one before', async () => {
    await failed('A', timeout);
    const owed = Promise.withResolvers<never>();
    const late = heedSilence(broker, 'B', () => owed.promise).catch(() => undefined);
    tell(false);
    tell(true);
    owed.reject(timeout);
    await late;
    expect(silentStreams(broker)).toEqual([]);
  });

  it('for half a minute when nobody asks it again', async () => {
    await failed('A', timeout);
    vi.advanceTimersByTime(29_000);
    expect(silentStreams(broker)).toEqual(['A']);
    vi.advanceTimersByTime(2_000);
    expect(silentStreams(broker)).toEqual([]);
  });
});
