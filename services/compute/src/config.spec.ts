import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

describe('readConfig', () => {
  it('takes all kinds and lanes with a slot per core when nothing is set', () => {
    expect(readConfig({ MANYHANDS_KINDS: '', MANYHANDS_SLOTS: ' ' }, 6)).toEqual({
      natsUrl: 'nats://127.0.0.1:4222', slots: 6, kinds: undefined, lanes: undefined, replicas: 1, logLevel: 'info', retentionHours: 24, storageGb: 13,
    });
  });

  it('dedicates the worker to kinds and lanes', () => {
    expect(readConfig({ MANYHANDS_KINDS: 'primes, sum', MANYHANDS_LANES: 'low', MANYHANDS_SLOTS: '3', MANYHANDS_REPLICAS: '3' })).toMatchObject({
      kinds: ['primes', 'sum'], lanes: ['low'], slots: 3, replicas: 3,
    });
  });

  it.each([
    [{ MANYHANDS_SLOTS: '0' }, /MANYHANDS_SLOTS must be a whole number from 1 to 256 \(it is "0"\)/],
    [{ MANYHANDS_SLOTS: 'many' }, /MANYHANDS_SLOTS must be a whole number/],
    [{ MANYHANDS_SLOTS: '1.5' }, /MANYHANDS_SLOTS must be a whole number/],
    [{ MANYHANDS_LANES: 'low,urgent' }, /MANYHANDS_LANES .*"low,urgent"/],
    [{ MANYHANDS_KINDS: 'Primes' }, /MANYHANDS_KINDS must be 1 to 32 lower-case letters/],
    [{ MANYHANDS_REPLICAS: '2' }, /MANYHANDS_REPLICAS must be 1/],
    [{ MANYHANDS_RETENTION_HOURS: '0' }, /MANYHANDS_RETENTION_HOURS must be a whole number of hours from 1 to 168/],
    [{ MANYHANDS_LOG_LEVEL: 'loud' }, /MANYHANDS_LOG_LEVEL must be one of debug/],
  ])('refuses %o with a sentence that names the variable', (env, sentence) => {
    expect(() => readConfig(env)).toThrow(sentence);
  });
});
