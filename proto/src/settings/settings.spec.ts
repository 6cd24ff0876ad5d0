import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSettings, SETTING_NAMES, SETTINGS, WrongSettings, type SettingName } from './settings.ts';

const wrongOnes: [SettingName, string, RegExp][] = [
  ['NATS_URL', 'http://a:1', /must be an address like nats:/],
  ['PORT', 'http', /must be a whole number from 0 to 65535/],
  ['PORT', '0x1f40', /must be a whole number/],
  ['PORT', '65536', /must be a whole number/],
  ['METRICS_PORT', '-1', /must be a whole number/],
  ['MANYHANDS_SLOTS', '0', /must be a whole number from 1 to 256/],
  ['MANYHANDS_SLOTS', '257', /must be a whole number from 1 to 256/],
  ['MANYHANDS_SLOTS', '500', /must be a whole number from 1 to 256/],
  ['MANYHANDS_KINDS', 'Primes', /must be kinds separated by commas/],
  ['MANYHANDS_LANES', 'low,urgent', /must be lanes separated by commas, out of high, normal, low/],
  ['MANYHANDS_REPLICAS', '2', /must be 1 \(single server\) or 3 \(cluster\)/],
  ['MANYHANDS_LOG_LEVEL', 'loud', /must be one of trace, debug, info, warn, error/],
  ['MANYHANDS_RETENTION_HOURS', '0', /must be a whole number of hours from 1 to 168/],
  ['MANYHANDS_RETENTION_HOURS', '169', /must be a whole number of hours from 1 to 168/],
  ['MANYHANDS_STORAGE_GB', 'all', /must be a number of gigabytes/],
  ['MANYHANDS_LEASE_CHUNKS_MAX', '0', /must be a whole number of chunks from 1 to 1000000/],
  ['MANYHANDS_LEASE_CHUNKS_MAX', '1000001', /must be a whole number of chunks/],
  ['MANYHANDS_HISTORY_DAYS', 'forever', /must be a whole number of days from 1 to 9999/],
  ['MANYHANDS_DRAIN_WITHIN', '86401', /must be a number of seconds from 0 to 86400/],
  ['MANYHANDS_HISTORY_DAYS', '0', /must be a whole number of days/],
];

describe('readSettings', () => {
  it.each(wrongOnes)('%s=%s is refused with what it must be', (name, value, sentence) => {
    expect(() => readSettings('The gateway', [name], { [name]: value })).toThrow(WrongSettings);
    expect(() => readSettings('The gateway', [name], { [name]: value })).toThrow(
      new RegExp(`^The gateway cannot start: ${name} .*\\(it is "${value}"\\)\\.$`),
    );
    expect(() => readSettings('The gateway', [name], { [name]: value })).toThrow(sentence);
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
      readSettings('It', ['PORT', 'MANYHANDS_KINDS', 'MANYHANDS_LANES', 'MANYHANDS_LOG_LEVEL', 'MANYHANDS_REPLICAS'], {
        PORT: ' 9000 ',
        MANYHANDS_KINDS: 'primes, sum',
        MANYHANDS_LANES: 'low',
        MANYHANDS_LOG_LEVEL: 'trace',
        MANYHANDS_REPLICAS: '3',
      }),
    ).toEqual({
      PORT: 9000,
      MANYHANDS_KINDS: ['primes', 'sum'],
      MANYHANDS_LANES: ['low'],
      MANYHANDS_LOG_LEVEL: 'trace',
      MANYHANDS_REPLICAS: 3,
    });
  });

  it('never shows the password of an address', () => {
    expect(() => readSettings('It', ['NATS_URL'], { NATS_URL: 'http://bob:s3cretPW@a:1' })).toThrow(/\(it is "\*\*\*@a:1"\)/);
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

  it('has a default for whatever is not optional', () => {
    for (const name of SETTING_NAMES) expect(SETTINGS[name].safeParse(undefined).success).toBe(true);
  });
});
