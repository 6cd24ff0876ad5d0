import { expect, it } from 'vitest';
import { listenRefusal } from './listen-refusal.ts';

const setting = { host: '10.9.8.7', port: 80, portName: 'HEALTH_PORT' } as const;
const of = (code: string) => listenRefusal(Object.assign(new Error('listen'), { code }), setting)?.message;

it('what cannot be listened on is a sentence that says what to change', () => {
  expect(of('EADDRINUSE')).toBe('Port 80 on 10.9.8.7 is taken by another program. Stop that one, or set HEALTH_PORT to another.');
  expect(of('EACCES')).toBe('Port 80 may not be used by this account. Set HEALTH_PORT to one above 1023.');
  for (const code of ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'ENOTFOUND'])
    expect(of(code)).toMatch(/^HOST is "10\.9\.8\.7", which is not an address of this machine\./);
});

it('anything else is not explained away', () => {
  expect(of('EMFILE')).toBeUndefined();
  expect(listenRefusal(undefined, setting)).toBeUndefined();
});
