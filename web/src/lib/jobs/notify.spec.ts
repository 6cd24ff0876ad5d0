import { expect, it } from 'vitest';
import { choiceOf, notifyFrom, notifyOf, notifyProblem, notifySecretProblem, notifyText, usualNotify } from './notify.ts';

const url = 'https://hooks.example/jobs?of=a b';

it('asks for nothing without an address', () => {
  expect(notifyOf(usualNotify)).toEqual({});
  expect(notifyOf({ notifyUrl: ' ', notifyOn: 'failed', notifySecret: 'KEY' })).toEqual({});
  expect(choiceOf(undefined)).toEqual(usualNotify);
});

it.each([{ url }, { url, on: ['failed' as const] }, { url, on: ['completed' as const, 'failed' as const], secret: 'HOOK_KEY' }])(
  'reads %o back as it was, from the form and from an address',
  (notify) => {
    expect(notifyOf(choiceOf(notify))).toEqual({ notify });
    expect(notifyOf(notifyFrom(JSON.stringify(notify)))).toEqual({ notify });
  },
);

it('takes nothing from an address that is wrong', () => {
  for (const text of [null, '[', '[1]', '{"url":7,"on":"failed","secret":{}}', '"x"'])
    expect(notifyFrom(text)).toEqual(usualNotify);
  expect(notifyFrom('{"on":["failed","exploded"]}').notifyOn).toBe('failed');
});

it('refuses what the API would refuse', () => {
  const problem = (notifyUrl: string) => notifyProblem({ ...usualNotify, notifyUrl });
  expect(problem(url)).toBeNull();
  expect(problem('')).toBeNull();
  expect(problem('hooks.example')).toMatch(/such as https/);
  expect(problem('ftp://hooks.example')).toMatch(/such as https/);
  expect(problem('https://me:word@hooks.example')).toMatch(/user name/);
  expect(problem(`https://hooks.example/${'x'.repeat(2_000)}`)).toMatch(/at most 2000/);
  expect(notifySecretProblem({ ...usualNotify, notifySecret: 'HOOK_KEY' })).toBeNull();
  expect(notifySecretProblem({ ...usualNotify, notifySecret: 'a-b' })).toMatch(/HOOK_KEY/);
});

it('is shown in one line', () => {
  expect(notifyText({ url: 'https://a.example' })).toBe('https://a.example');
  expect(notifyText({ url: 'https://a.example', on: ['failed'] })).toBe('https://a.example (failed)');
});
