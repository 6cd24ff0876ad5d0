import { expect, test } from 'vitest';
import { timeZoneLike, timeZoneName } from './zone-names.ts';

// Seen: names in another case were taken, and then refused by the server in words that name nothing.
test.each([
  ['utc', 'UTC'],
  ['gmt', 'GMT'],
  ['europe/berlin', 'Europe/Berlin'],
  ['EUROPE/BERLIN', 'Europe/Berlin'],
  ['us/pacific', 'US/Pacific'],
  ['asia/kolkata', 'Asia/Kolkata'],
  ['Asia/Calcutta', 'Asia/Calcutta'],
  ['america/argentina/buenos_aires', 'America/Argentina/Buenos_Aires'],
  ['america/port-au-prince', 'America/Port-au-Prince'],
  ['antarctica/dumontdurville', 'Antarctica/DumontDUrville'],
  ['etc/gmt+5', 'Etc/GMT+5'],
  ['est5edt', 'EST5EDT'],
  ['gb', 'GB'],
])('%j is the time zone %j', (given, name) => {
  expect(timeZoneName(given)).toBe(name);
});

test.each([
  'Mars/Olympus',
  '+02:00',
  '',
  'Local',
  'Local/../x',
  '../../etc/passwd',
  'posix/Europe/Berlin',
  'Europe/Berlin ',
  'a'.repeat(10_000),
  'GMT+5',
])('%j is none', (given) => {
  expect(timeZoneName(given)).toBeUndefined();
});

test.each([
  ['berlin', 'Europe/Berlin'],
  ['Europe/Berln', 'Europe/Berlin'],
  ['New York', 'America/New_York'],
  ['america/new-york', 'America/New_York'],
  ['Germany/Berlin', 'Europe/Berlin'],
  ['+02:00', 'Etc/GMT-2'],
  ['UTC-5', 'Etc/GMT+5'],
  ['Zürich', 'Europe/Zurich'],
  ['PST', undefined],
  ['', undefined],
  ['x'.repeat(64), undefined],
])('%j may be meant for %j', (given, name) => {
  expect(timeZoneLike(given)).toBe(name);
});

test('every zone there is a clock for is known by its name, and each name has a clock', () => {
  for (const name of Intl.supportedValuesOf('timeZone')) expect(timeZoneName(name.toUpperCase())).toBe(name);
  for (const name of ['Asia/Kolkata', 'Europe/Kyiv', 'America/Nuuk', 'US/Eastern', 'Etc/GMT-14'])
    expect(() => new Intl.DateTimeFormat('en', { timeZone: name })).not.toThrow();
});
