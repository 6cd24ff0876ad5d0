import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXIT_WRONG_SETTINGS, NAMES_OF_SYSTEM, readSettings, settingsOf, WrongSettings } from './read-settings.ts';
import { READERS, SETTING_NAMES, SETTINGS, type Reader, type Setting, type SettingName } from './settings.ts';

const rows = SETTING_NAMES.map((name): [SettingName, Setting] => [name, SETTINGS[name]]);

/** Of these nothing is wrong but that it is not there, which is seen when it is used. */
const seenWhenUsed: SettingName[] = [
  'MANYHANDS_NATS_SERVER',
  'MANYHANDS_WEB',
  'MANYHANDS_HOME',
  'MANYHANDS_CHROMIUM',
  'MANYHANDS_NATS_CREDS',
  'MANYHANDS_NATS_CA',
  'MANYHANDS_NATS_CERT',
  'MANYHANDS_NATS_KEY',
];

const furtherWrongOnes: [SettingName, string, RegExp][] = [
  ['NATS_URL', 'nats://:::', /must be an address like nats:/],
  ['NATS_URL', 'nats://bob:pw@:::', /must be an address like nats:/],
  ['PORT', '0', /must be a whole number from 1 to 65535/],
  ['PORT', '0x1f40', /must be a whole number/],
  ['PORT', '65536', /must be a whole number/],
  ['MANYHANDS_SLOTS', '0', /must be a whole number from 1 to 256/],
  ['MANYHANDS_SLOTS', '257', /must be a whole number from 1 to 256/],
  ['MANYHANDS_RETENTION_HOURS', '169', /must be a whole number of hours from 1 to 168/],
  ['MANYHANDS_STORAGE_GB', '0.01', /must be a number of gigabytes from 0.05 to 1000000/],
  ['MANYHANDS_STORAGE_GB', '1e9', /must be a number of gigabytes/],
  ['MANYHANDS_LEASE_CHUNKS_MAX', '1000001', /must be a whole number of chunks/],
  ['MANYHANDS_HISTORY_DAYS', '0', /must be a whole number of days/],
  // Seen in `.env`: a folder of the name "~" was made in the project.
  ['MANYHANDS_HOME', '~/manyhands', /must be the path of a folder, written out: nothing but a shell knows/],
  ['MANYHANDS_HOME', '~', /must be the path of a folder, written out/],
  ['MANYHANDS_WEB', '$HOME/build', /must be the path of a folder, written out/],
  ['MANYHANDS_NATS_CREDS', '${HOME}/a.creds', /written out/],
  ['MANYHANDS_KIND_MODULES', 'kinds/a.ts, ~/kinds/*.ts', /written out/],
  ['HOST', '127.0.0.1:8000', /must be an address or name of this machine alone/],
  ['HOST', 'two words', /must be an address or name of this machine alone/],
  ['MANYHANDS_NATS_MONITOR', 'http://a:8222, b', /must be addresses like http:/],
  ['MANYHANDS_LIMIT_SUBMITS', '1000001/1m', /must be a number and a time like 10\/1m/],
  ['MANYHANDS_LIMIT_SUBMITS', '10/3601s', /must be a number and a time like 10\/1m/],
  ['MANYHANDS_LIMIT_SUBMITS', '10/0s', /must be a number and a time like 10\/1m/],
  ['MANYHANDS_LIMIT_SUBMITS', 'Off', /must be a number and a time like 10\/1m/],
  ['MANYHANDS_QUOTA_JOBS', '1000001', /must be a whole number of jobs from 1 to 1000000; or off/],
  ['MANYHANDS_TRUSTED_PROXIES', '10.0.0.0/33', /must be addresses or networks/],
  ['MANYHANDS_TRUSTED_PROXIES', 'fd00::/129', /must be addresses or networks/],
  ['MANYHANDS_TRUSTED_PROXIES', '300.0.0.1', /must be addresses or networks/],
  ['MANYHANDS_TRUSTED_PROXIES', 'proxy.example', /must be addresses or networks/],
  ['MANYHANDS_TRUSTED_PROXIES', '192.168.001.010', /must be addresses or networks/],
  ['MANYHANDS_TRUSTED_PROXIES', '010.0.0.0/8', /must be addresses or networks/],
];

describe('every setting', () => {
  it.each(rows)('%s has an example that is taken, and what it is without', (name, row) => {
    expect(row.read.safeParse(row.example ?? row.default).error).toBeUndefined();
    if (row.default === undefined) expect(row.unset).toMatch(/\S/);
    expect(readSettings('It', [name], {})).toHaveProperty(name);
    expect(row.about).toMatch(/^[A-Z].*\.$/);
    expect(row.readers.length).toBeGreaterThan(0);
  });

  it.each(rows.filter(([name]) => !seenWhenUsed.includes(name)))(
    '%s with a wrong value is one sentence, for each that reads it',
    (name, row) => {
      const { wrong } = row;
      for (const reader of row.readers) {
        const read = () => settingsOf(reader, { [name]: wrong });
        expect(read).toThrow(WrongSettings);
        expect(read).toThrow(
          new RegExp(
            `^${reader === 'start' ? 'Manyhands' : READERS[reader]} cannot start: ${name} must be [^\\n]*\\((it is |its value is not shown)[^\\n]*\\)\\.$`,
          ),
        );
        if (row.secret) expect(read).not.toThrow(wrong);
      }
    },
  );

  it('that a service reads is checked by npm start', () => {
    const services = ['gateway', 'coordinator', 'compute', 'metrics'] as Reader[];
    for (const [name, { readers }] of rows)
      if (readers.some((reader) => services.includes(reader))) expect(NAMES_OF_SYSTEM).toContain(name);
  });
});

describe('readSettings', () => {
  it.each(furtherWrongOnes)('%s=%s is refused with what it must be', (name, value, sentence) => {
    expect(() => readSettings('The gateway', [name], { [name]: value })).toThrow(sentence);
  });

  it.each(['127.0.0.1', '0.0.0.0', '::', '::1', 'fe80::1%eth0', 'localhost', 'desk.local'])('HOST=%s is taken', (HOST) => {
    expect(readSettings('It', ['HOST'], { HOST })).toEqual({ HOST });
  });

  it('names all that are wrong in one sentence', () => {
    expect(() => readSettings('Metrics', ['PORT', 'MANYHANDS_REPLICAS'], { PORT: 'x', MANYHANDS_REPLICAS: '2' })).toThrow(
      /PORT .*; MANYHANDS_REPLICAS .*\.$/,
    );
  });

  it('takes an empty or blank value of any setting as none', () => {
    const unset = readSettings('It', SETTING_NAMES, {});
    for (const name of SETTING_NAMES)
      for (const blank of ['', ' ', '\t']) expect(readSettings('It', SETTING_NAMES, { [name]: blank })).toEqual(unset);
  });

  it('takes what the environment says', () => {
    expect(
      readSettings(
        'It',
        ['PORT', 'MANYHANDS_KINDS', 'MANYHANDS_LANES', 'MANYHANDS_LOG_LEVEL', 'MANYHANDS_REPLICAS', 'MANYHANDS_STORAGE_GB'],
        {
          PORT: ' 9000 ',
          MANYHANDS_KINDS: 'primes, sum',
          MANYHANDS_LANES: 'low',
          MANYHANDS_LOG_LEVEL: 'trace',
          MANYHANDS_REPLICAS: '3',
          MANYHANDS_STORAGE_GB: '0.1',
        },
      ),
    ).toEqual({
      PORT: 9000,
      MANYHANDS_KINDS: ['primes', 'sum'],
      MANYHANDS_LANES: ['low'],
      MANYHANDS_LOG_LEVEL: 'trace',
      MANYHANDS_REPLICAS: 3,
      MANYHANDS_STORAGE_GB: 0.1,
    });
  });

  it('never shows a value that may hold a secret, nor what stands before an @', () => {
    const secret = 's3cretPW';
    const attempts: [SettingName, string][] = [
      ['NATS_URL', `http://bob:${secret}@a:1`],
      ['NATS_URL', `nats://a:4222?token=${secret}`],
      ['NATS_URL', `${secret} `.repeat(2)],
      ['MANYHANDS_NATS_RELEASES', `http://bob:${secret}@mirror.example`],
      ['MANYHANDS_NATS_MONITOR', `http://a:8222,bob:${secret}@b`],
      ['MANYHANDS_ORIGINS', `https://bob:${secret}@a.example`],
      ['MANYHANDS_ORIGINS', `wss://bob:${secret}@a.example`],
      ['HOST', `bob:${secret}@a`],
    ];
    for (const [name, value] of attempts) {
      expect(() => readSettings('It', [name], { [name]: value })).toThrow(WrongSettings);
      expect(() => readSettings('It', [name], { [name]: value })).not.toThrow(secret);
    }
  });

  it('shows of a long value its beginning, and nothing that a terminal would obey', () => {
    expect(() => readSettings('It', ['PORT'], { PORT: `\u001b[2J\u009b${'9'.repeat(1_000)}` })).toThrow(
      /\(it is "\\u001b\[2J\?9{75}…"\)\.$/,
    );
  });

  it('answers any text with a value or a sentence', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SETTING_NAMES), fc.string(), (name, value) => {
        try {
          readSettings('It', [name], { [name]: value });
        } catch (error) {
          expect(error).toBeInstanceOf(WrongSettings);
          expect((error as Error).message).toMatch(new RegExp(`^It cannot start: ${name} must be `));
        }
      }),
    );
  });

  it('ends a service with a code of its own', () => expect(EXIT_WRONG_SETTINGS).toBe(78));
});
