import { describe, expect, test } from 'vitest';
import { isManyhandsError } from '../errors.ts';
import { parseCron, storedCron } from './cron.ts';

/** Its fields, `*` for all there are. */
function fieldsOf(text: string): string {
  const { minutes, hours, days, months, weekdays, bothDays } = parseCron(text);
  const listed = (values: ReadonlySet<number>, all: number): string =>
    values.size === all ? '*' : [...values].sort((a, b) => a - b).join(',');
  return [
    listed(minutes, 60),
    listed(hours, 24),
    listed(days, 31),
    listed(months, 12),
    listed(weekdays, 7),
    bothDays ? 'and' : 'or',
  ].join(' ');
}

describe('parseCron', () => {
  test.each([
    ['30 6 * * 1-5', '30 6 * * 1,2,3,4,5 and'],
    ['*/15 * * * *', '0,15,30,45 * * * * and'],
    ['  0   0 1 JAN,jul  * ', '0 0 1 1,7 * and'],
    ['0 9 * * 7', '0 9 * * 0 and'],
    ['0 9 * * 5-7', '0 9 * * 0,5,6 and'],
    ['0 9 * * mon-fri', '0 9 * * 1,2,3,4,5 and'],
    ['5/20 * ? * *', '5,25,45 * * * * and'],
    ['@hourly', '0 * * * * and'],
    ['@Daily', '0 0 * * * and'],
    ['@weekly', '0 0 * * 0 and'],
    ['@yearly', '0 0 1 1 * and'],
  ])('reads %j as %j', (text, fields) => {
    expect(fieldsOf(text)).toBe(fields);
  });

  // Seen: the size of the set decided, so these came on Mondays, and on the first.
  test.each([
    ['0 0 1-31 * 1', '0 0 * * 1 or'],
    ['0 0 1 * 0-6', '0 0 1 * * or'],
    ['10-20/5 0-23 1-31 1-12 0-6', '10,15,20 * * * * or'],
    ['0 0 */1 * 1', '0 0 * * 1 and'],
    ['0 0 */2 * 1', '0 0 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31 * 1 or'],
    ['0 0 13 * 5', '0 0 13 * 5 or'],
    ['0 0 13 * *,5', '0 0 13 * * and'],
  ])('takes either day of %j unless one is a star, as crontab(5) says', (text, fields) => {
    expect(fieldsOf(text)).toBe(fields);
  });

  // Seen: refused, and nobody said why.
  test.each([
    ['mon-sun', '*'],
    ['sat-sun', '0,6'],
    ['fri-mon', '0,1,5,6'],
    ['sun-sat', '*'],
    ['sun-mon', '0,1'],
    ['0-7', '*'],
    ['7-2', '0,1,2'],
    ['6-1', '0,1,6'],
    ['7', '0'],
    ['7-7', '0'],
    ['sun-sun', '0'],
    ['mon-sun/2', '0,1,3,5'],
    ['fri-mon/3', '1,5'],
    ['7-0', '0'],
    ['sat-sun,wed', '0,3,6'],
  ])('takes the days of week %j round the end of the week', (part, days) => {
    expect(fieldsOf(`0 0 * * ${part}`).split(' ')[4]).toBe(days);
  });

  test.each([
    ['', /has 1 field; it needs five/],
    ['* * * *', /has 4 fields; it needs five/],
    ['0 0 0 * * *', /has 6 fields/],
    ['@every 1s', /"@every 1s" is not known; use one of @hourly/],
    ['60 * * * *', /"60" is no minute: use 0 to 59, \*/],
    ['* 24 * * *', /"24" is no hour/],
    ['* * 0 * *', /"0" is no day of month: use 1 to 31/],
    ['* * * foo *', /"foo" is no month: use 1 to 12, jan to dec/],
    ['* * * * 8', /"8" is no day of week: use 0 to 7, sun to sat/],
    ['5-1 * * * *', /"5-1" goes backwards: for the minute write "5-59,0-1"/],
    ['0 22-2 * * *', /"22-2" goes backwards: for the hour write "22-23,0-2"/],
    ['0 0 * nov-feb *', /for the month write "11-12,1-2"/],
    [
      '*/60 * * * *',
      /"\*\/60" goes past the end of its range, so only minute 0 would match: use a step of 1 to 59, or "0" alone/,
    ],
    ['*/61 * * * *', /use a step of 1 to 59/],
    ['*/99 * * * *', /use a step of 1 to 59/],
    ['0 */24 * * *', /use a step of 1 to 23/],
    ['0 0 */31 * *', /only day of month 1 would match: use a step of 1 to 30/],
    ['0 0 1 */12 *', /use a step of 1 to 11/],
    ['0 0 * * */7', /use a step of 1 to 6/],
    ['50/20 * * * *', /only minute 50 would match: use a step of 1 to 9/],
    ['10-12/5 * * * *', /use a step of 1 to 2/],
    ['0 0 * * mon-', /is no day of week/],
    ['1-2-3 * * * *', /"1-2-3" is no minute/],
    ['*/0 * * * *', /"\*\/0" is no minute/],
    ['*/5/2 * * * *', /is no minute/],
    ['1, * * * *', /"" is no minute/],
    ['1.5 * * * *', /"1.5" is no minute/],
    ['-1 * * * *', /"-1" is no minute/],
  ])('refuses %j and says why', (text, message) => {
    try {
      parseCron(text);
      expect.unreachable();
    } catch (error) {
      expect(isManyhandsError(error, 'bad_request')).toBe(true);
      expect((error as Error).message).toMatch(message);
    }
  });
});

test('what was stored before a slip was refused still means what it meant', () => {
  expect(storedCron('*/61 * * * *').minutes).toEqual(new Set([0]));
  expect(() => storedCron('61 * * * *')).toThrow(/is no minute/);
});
