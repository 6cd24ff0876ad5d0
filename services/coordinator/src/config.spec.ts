import { expect, it } from 'vitest';
import { readConfig } from './config.ts';

it('an empty environment gives the local defaults', () => {
  expect(readConfig({})).toEqual({
    natsUrl: 'nats://127.0.0.1:4222',
    natsAccess: {},
    replicas: 1,
    logLevel: 'info',
    retentionHours: 24,
    storageGb: 17.5,
    leaseChunksMax: 1_000_000,
  });
  expect(readConfig({ MANYHANDS_REPLICAS: '3' }).replicas).toBe(3);
  expect(readConfig({ MANYHANDS_RETENTION_HOURS: '1' }).retentionHours).toBe(1);
  expect(readConfig({ MANYHANDS_RETENTION_HOURS: '' }).retentionHours).toBe(24);
  expect(readConfig({ MANYHANDS_LEASE_CHUNKS_MAX: '1' }).leaseChunksMax).toBe(1);
  expect(readConfig({ MANYHANDS_LEASE_CHUNKS_MAX: '' }).leaseChunksMax).toBe(1_000_000);
});

it('a wrong variable is named with what it must be and what it is', () => {
  expect(() => readConfig({ MANYHANDS_REPLICAS: '2', MANYHANDS_LOG_LEVEL: 'loud' })).toThrow(
    /The coordinator cannot start: MANYHANDS_REPLICAS must be 1 \(single server\) or 3 \(cluster\) \(it is "2"\); MANYHANDS_LOG_LEVEL must be one of .*"loud"/,
  );
});

it.each(['0', '169', '1.5', 'a day', '-1'])('a retention of %j is refused', (hours) => {
  expect(() => readConfig({ MANYHANDS_RETENTION_HOURS: hours })).toThrow(
    /MANYHANDS_RETENTION_HOURS must be a whole number of hours from 1 to 168/,
  );
});

it.each(['0', '1000001', '1.5', 'all', '-1'])('a largest lease of %j is refused', (chunks) => {
  expect(() => readConfig({ MANYHANDS_LEASE_CHUNKS_MAX: chunks })).toThrow(
    /MANYHANDS_LEASE_CHUNKS_MAX must be a whole number of chunks from 1 to 1000000/,
  );
});
