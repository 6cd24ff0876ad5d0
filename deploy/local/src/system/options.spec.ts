import { NAMES_OF_SYSTEM, SETTINGS, type SettingName } from '@manyhands/proto/settings';
import { expect, test } from 'vitest';
import { parseStart, type StartOptions } from './options.ts';

/** Of these nothing is wrong but that it is not there: see e2e/operations/settings.e2e.spec.ts. */
const seenWhenUsed: SettingName[] = ['MANYHANDS_NATS_SERVER', 'MANYHANDS_WEB', 'MANYHANDS_HOME'];

test('without arguments everything has its default, with a slot per core', () => {
  expect(parseStart([], {}, 4)).toEqual({
    port: 8000,
    host: '127.0.0.1',
    compute: 1,
    slots: 4,
    natsUrl: undefined,
    natsPort: undefined,
    natsMonitor: undefined,
    storageGb: 17.5,
    retentionHours: 24,
    webFolder: undefined,
    drainWithinSec: 8,
    killsWorkers: true,
  });
});

test('arguments win over the environment', () => {
  const env = {
    PORT: '9000',
    MANYHANDS_SLOTS: '3',
    HOST: '0.0.0.0',
    AUTH: 'on',
    NATS_URL: 'nats://n1',
    MANYHANDS_NATS_PORT: '4333',
  };
  expect(parseStart([], env, 4)).toEqual({
    port: 9000,
    host: '0.0.0.0',
    compute: 1,
    slots: 3,
    natsUrl: 'nats://n1',
    natsPort: 4333,
    natsMonitor: undefined,
    storageGb: 17.5,
    retentionHours: 24,
    webFolder: undefined,
    drainWithinSec: 8,
    killsWorkers: false,
  });
  expect(parseStart(['--port', '7000', '--slots=5'], env, 4)).toMatchObject({ port: 7000, slots: 5 });
});

// Seen: nats-server took it first, and the gateway ended with "taken by another program".
test('the gateway and the nats-server are given two ports', () => {
  expect(() => parseStart([], { PORT: '4300', MANYHANDS_NATS_PORT: '4300' }, 2)).toThrow(
    /^Manyhands cannot start: PORT and MANYHANDS_NATS_PORT are both 4300.*Change or unset one of them\.$/,
  );
  expect(parseStart([], { PORT: '4300', MANYHANDS_NATS_PORT: '4300', NATS_URL: 'nats://n1' }, 2)).toMatchObject({ port: 4300 });
});

test('without accounts it listens on no address that other machines reach', () => {
  for (const HOST of ['0.0.0.0', '::', '192.168.1.5'])
    expect(() => parseStart([], { HOST }, 4)).toThrow(
      /^Manyhands cannot start: other machines reach HOST ".+Set AUTH=on, or unset HOST/,
    );
});

test('the page ends a worker only of a system that is for this machine alone, and has one', () => {
  const may = (args: string[], env: Record<string, string> = {}) => (parseStart(args, env, 2) as StartOptions).killsWorkers;
  expect(may([])).toBe(true);
  expect(may(['--compute', '0'])).toBe(false);
  const off: Record<string, string>[] = [
    { AUTH: 'on' },
    { MANYHANDS_WORKER_KILL: 'off' },
    { MANYHANDS_ORIGINS: 'https://a.example' },
  ];
  for (const env of off) expect(may([], env)).toBe(false);
});

test('several compute processes share the cores', () => {
  expect(parseStart(['--compute', '3'], {}, 8)).toMatchObject({ compute: 3, slots: 2 });
  expect(parseStart(['--compute', '3'], {}, 2)).toMatchObject({ compute: 3, slots: 1 });
  expect(parseStart(['--compute', '2', '--slots', '4'], {}, 2)).toMatchObject({ compute: 2, slots: 4 });
  expect(parseStart(['--compute', '0'], {}, 8)).toMatchObject({ compute: 0, slots: 8 });
});

test('what is wrong is named as it was written, together with what would be right', () => {
  const wrong = (args: string[], env = {}): string => {
    try {
      return JSON.stringify(parseStart(args, env, 2));
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect([
    wrong(['--slots', 'many']),
    wrong(['--slots', '500'], { MANYHANDS_SLOTS: '2' }),
    wrong(['--slots', '']),
    wrong([], { PORT: '99999' }),
    wrong(['--compute', '65']),
    wrong(['--slot', '2']),
  ]).toEqual([
    'Manyhands cannot start: --slots must be a whole number from 1 to 256 (it is "many").',
    'Manyhands cannot start: --slots must be a whole number from 1 to 256 (it is "500").',
    'Manyhands cannot start: --slots must be a whole number from 1 to 256 (it is empty).',
    'Manyhands cannot start: PORT must be a whole number from 1 to 65535 (it is "99999").',
    'Manyhands cannot start: --compute must be a whole number from 0 to 64 (it is "65").',
    "Manyhands cannot start: Unknown option '--slot'; it takes --port, --slots, --compute, --help.",
  ]);
});

test.each([
  ...NAMES_OF_SYSTEM.filter((name) => !seenWhenUsed.includes(name)).map((name): [Record<string, string>, RegExp] => [
    { [name]: SETTINGS[name].wrong },
    new RegExp(`^Manyhands cannot start: ${name} must be [^.]`),
  ]),
  [{ MANYHANDS_REPLICAS: '3' }, /MANYHANDS_REPLICAS is 3, but the nats-server that npm start runs is a single one/],
])('a wrong setting is refused before anything is started, also when only a service reads it: %o', (env, sentence) => {
  expect(() => parseStart([], env, 2)).toThrow(sentence);
  expect(() => parseStart([], env, 2)).not.toThrow(/s3cret|\n/);
});

test('an empty or blank setting is none', () => {
  for (const blank of ['', ' '])
    expect(parseStart([], Object.fromEntries(NAMES_OF_SYSTEM.map((name) => [name, blank])), 4)).toEqual(parseStart([], {}, 4));
});

test('help is asked for with --help', () => {
  expect(parseStart(['--help'], {}, 2)).toBe('help');
});
