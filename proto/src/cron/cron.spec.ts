import { describe, expect, test } from 'vitest';
import { isManyhandsError } from '../errors.ts';
import { parseCron } from './cron.ts';

describe('parseCron', () => {
  test.each([
    ['30 6 * * 1-5', '0 30 6 * * 1,2,3,4,5'],
    ['*/15 * * * *', '0 0,15,30,45 * * * *'],
    ['  0   0 1 JAN,jul  * ', '0 0 0 1 1,7 *'],
    ['0 9 * * 7', '0 0 9 * * 0'],
    ['0 9 * * 5-7', '0 0 9 * * 0,5,6'],
    ['0 9 * * mon-fri', '0 0 9 * * 1,2,3,4,5'],
    ['5/20 * ? * *', '0 5,25,45 * * * *'],
    ['10-20/5 0-23 1-31 1-12 0-6', '0 10,15,20 * * * *'],
    ['@hourly', '0 0 * * * *'],
    ['@Daily', '0 0 0 * * *'],
    ['@weekly', '0 0 0 * * 0'],
    ['@yearly', '0 0 0 1 1 *'],
  ])('reads %j as the server\'s %j', (text, serverForm) => {
    expect(parseCron(text).serverForm).toBe(serverForm);
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
    ['5-1 * * * *', /"5-1" is no minute/],
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
