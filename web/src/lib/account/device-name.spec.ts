import { expect, it } from 'vitest';
import { deviceName } from './device-name.ts';

const webKit = 'AppleWebKit/537.36 (KHTML, like Gecko)';

it.each([
  [`Mozilla/5.0 (X11; Linux x86_64) ${webKit} HeadlessChrome/156.0.0.0 Safari/537.36`, 'Chrome on Linux'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64) ${webKit} Chrome/156.0 Safari/537.36 Edg/156.0`, 'Edge on Windows'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on macOS'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19 Mobile/15E Safari/604', 'Safari on iOS'],
  [`Mozilla/5.0 (Linux; Android 16) ${webKit} Chrome/156.0 Mobile Safari/537.36`, 'Chrome on Android'],
  ['curl/8.14.1', 'curl/8.14.1'],
  ['x'.repeat(300), `${'x'.repeat(40)}…`],
  ['', 'Unknown program'],
  [null, 'Unknown program'],
])('%s is called %s', (userAgent, name) => {
  expect(deviceName(userAgent)).toBe(name);
});
