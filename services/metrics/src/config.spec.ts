import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

test('an empty environment gives one local, silent-on-HTTP metrics', () => {
  expect(readConfig({ HEALTH_PORT: '' })).toEqual({
    natsUrl: 'nats://127.0.0.1:4222',
    natsAccess: {},
    historyFile: `${process.cwd()}/.manyhands/history.sqlite`,
    databaseUrl: undefined,
    replicas: 1,
    retentionHours: 24,
    storageGb: 17.5,
    historyDays: 90,
    logLevel: 'info',
    health: undefined,
  });
});

test('everything can be set', () => {
  const env = {
    NATS_URL: 'nats://n1,nats://n2',
    MANYHANDS_HOME: '/data',
    DATABASE_URL: 'postgres://manyhands:secret@db/history',
    MANYHANDS_REPLICAS: '3',
    MANYHANDS_LOG_LEVEL: 'warn',
    HEALTH_PORT: '9100',
    HOST: '0.0.0.0',
    MANYHANDS_RETENTION_HOURS: '168',
    MANYHANDS_STORAGE_GB: '40',
    MANYHANDS_HISTORY_DAYS: '7',
  };
  expect(readConfig(env)).toEqual({
    natsUrl: 'nats://n1,nats://n2',
    natsAccess: {},
    historyFile: '/data/history.sqlite',
    databaseUrl: 'postgres://manyhands:secret@db/history',
    replicas: 3,
    retentionHours: 168,
    storageGb: 40,
    historyDays: 7,
    logLevel: 'warn',
    health: { port: 9100, host: '0.0.0.0' },
  });
});

test('what is wrong is named', () => {
  expect(() => readConfig({ HEALTH_PORT: 'nine' })).toThrow('HEALTH_PORT must be a whole number from 1 to 65535');
  expect(() => readConfig({ HEALTH_PORT: '70000' })).toThrow('HEALTH_PORT must be a whole number from 1 to 65535');
  for (const wrong of [
    'mysql://bob:s3cret@db/history',
    'db:5432/history',
    'postgres://db',
    'postgres:///history',
    'history.sqlite',
  ])
    expect(() => readConfig({ DATABASE_URL: wrong })).toThrow(
      'DATABASE_URL must be an address like postgres://user:password@host:5432/database',
    );
  expect(() => readConfig({ MANYHANDS_REPLICAS: '2' })).toThrow('MANYHANDS_REPLICAS must be 1');
  expect(() => readConfig({ MANYHANDS_RETENTION_HOURS: '169' })).toThrow(
    'MANYHANDS_RETENTION_HOURS must be a whole number of hours from 1 to 168',
  );
  expect(() => readConfig({ MANYHANDS_HISTORY_DAYS: '0' })).toThrow(
    'MANYHANDS_HISTORY_DAYS must be a whole number of days from 1 to 9999',
  );
});
