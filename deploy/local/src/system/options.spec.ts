import { expect, test } from 'vitest';
import { Refusal } from '../refusal.ts';
import { parseStart, startHelp, storageGbOf } from './options.ts';

test('without arguments everything has its default, with a slot per core', () => {
  expect(parseStart([], {}, 4)).toEqual({
    port: 8000,
    host: '127.0.0.1',
    compute: 1,
    slots: 4,
    natsUrl: undefined,
    natsPort: undefined,
    metricsPort: undefined,
    webFolder: undefined,
    drainWithinSec: 8,
  });
});

test('arguments win over the environment', () => {
  const env = { PORT: '9000', MANYHANDS_SLOTS: '3', HOST: '0.0.0.0', NATS_URL: 'nats://n1', MANYHANDS_NATS_PORT: '4333' };
  expect(parseStart([], env, 4)).toEqual({
    port: 9000,
    host: '0.0.0.0',
    compute: 1,
    slots: 3,
    natsUrl: 'nats://n1',
    natsPort: 4333,
    metricsPort: undefined,
    webFolder: undefined,
    drainWithinSec: 8,
  });
  expect(parseStart(['--port', '7000', '--slots=5'], env, 4)).toMatchObject({ port: 7000, slots: 5 });
});

test('several compute processes share the cores', () => {
  expect(parseStart(['--compute', '3'], {}, 8)).toMatchObject({ compute: 3, slots: 2 });
  expect(parseStart(['--compute', '3'], {}, 2)).toMatchObject({ compute: 3, slots: 1 });
  expect(parseStart(['--compute', '2', '--slots', '4'], {}, 2)).toMatchObject({ compute: 2, slots: 4 });
});

test('what is wrong is named together with what would be right', () => {
  expect(() => parseStart(['--slots', 'many'], {}, 2)).toThrow('--slots is "many"; it must be a whole number from 1 to 256.');
  expect(() => parseStart([], { PORT: '99999' }, 2)).toThrow('PORT is "99999"; it must be a whole number from 1 to 65535.');
  expect(() => parseStart(['--compute', '0'], {}, 2)).toThrow('--compute is "0"');
  expect(() => parseStart(['--slot', '2'], {}, 2)).toThrow(startHelp);
});

test('the storage is a number of gigabytes, and what is none is refused with a sentence', () => {
  expect([storageGbOf({}), storageGbOf({ MANYHANDS_STORAGE_GB: '0.2' })]).toEqual([13, 0.2]);
  expect(() => storageGbOf({ MANYHANDS_STORAGE_GB: 'all' })).toThrow(
    'MANYHANDS_STORAGE_GB is "all"; it must be a number of gigabytes from 0.05 to 1000000.',
  );
});

test.each([
  [{ MANYHANDS_SLOTS: '500' }, /MANYHANDS_SLOTS is "500"; it must be a whole number from 1 to 256/],
  [{ MANYHANDS_LOG_LEVEL: 'loud' }, /MANYHANDS_LOG_LEVEL must be one of trace, debug/],
  [{ MANYHANDS_RETENTION_HOURS: '0' }, /MANYHANDS_RETENTION_HOURS must be/],
  [{ MANYHANDS_REPLICAS: '2' }, /MANYHANDS_REPLICAS must be 1/],
  [{ MANYHANDS_REPLICAS: '3' }, /MANYHANDS_REPLICAS is 3, but the nats-server that npm start runs is a single one/],
  [{ MANYHANDS_HISTORY_DAYS: 'forever' }, /MANYHANDS_HISTORY_DAYS must be/],
  [{ MANYHANDS_LEASE_CHUNKS_MAX: '0' }, /MANYHANDS_LEASE_CHUNKS_MAX must be/],
  [{ METRICS_PORT: '8000' }, /METRICS_PORT and PORT are both 8000/],
  [{ NATS_URL: 'http://bob:s3cretPW@n1' }, /NATS_URL must be an address like .* \(it is "\*\*\*@n1"\)/],
])('a setting that only a service reads is refused before anything is started: %o', (env, sentence) => {
  expect(() => parseStart([], env, 2)).toThrow(Refusal);
  expect(() => parseStart([], env, 2)).toThrow(sentence);
});

test('an empty or blank setting is none', () => {
  const names = [
    'PORT',
    'HOST',
    'NATS_URL',
    'MANYHANDS_SLOTS',
    'MANYHANDS_NATS_PORT',
    'METRICS_PORT',
    'MANYHANDS_WEB',
    'MANYHANDS_REPLICAS',
    'MANYHANDS_KINDS',
    'MANYHANDS_STORAGE_GB',
  ];
  for (const blank of ['', ' '])
    expect(parseStart([], Object.fromEntries(names.map((name) => [name, blank])), 4)).toEqual(parseStart([], {}, 4));
});

test('help is asked for with --help', () => {
  expect(parseStart(['--help'], {}, 2)).toBe('help');
});
