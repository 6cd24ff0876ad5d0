import { expect, it } from 'vitest';
import { checkedName, loginProfile } from './login-profile.ts';

const farm = { url: 'https://farm.example' };

it('is the named one, else the usual one of this address, else any of it, else a new one', () => {
  const config = { current: 'second', profiles: { first: farm, second: farm, other: { url: 'http://other' } } };
  expect(loginProfile(config, 'https://farm.example', 'mine')).toBe('mine');
  expect(loginProfile(config, 'https://farm.example', undefined)).toBe('second');
  expect(loginProfile({ ...config, current: 'other' }, 'https://farm.example', undefined)).toBe('first');
  expect(loginProfile(config, 'http://127.0.0.1:8000', undefined)).toBe('127.0.0.1-8000');
});

it('a new one takes no name that another address has', () => {
  const config = { profiles: { 'farm.example': { url: 'https://farm.example/old' } } };
  expect(loginProfile(config, 'https://farm.example', undefined)).toBe('farm.example-2');
});

it.each(['http://[::1]:8000', `http://${'a'.repeat(63)}.${'b'.repeat(63)}.example`])('the name made of %s is a name', (url) => {
  const name = loginProfile({ profiles: {} }, url, undefined);
  expect(checkedName(name)).toBe(name);
});

it('a name with one letter too many is refused', () => {
  expect(checkedName('x'.repeat(64))).toHaveLength(64);
  expect(() => checkedName('x'.repeat(65))).toThrow('The name of a profile is 1 to 64 letters');
});
