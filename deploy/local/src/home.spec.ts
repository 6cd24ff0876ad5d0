import { expect, test } from 'vitest';
import { homeOf, projectFolder } from './home.ts';

test('data lie in the project unless MANYHANDS_HOME says otherwise', () => {
  expect(homeOf({}).folder).toBe(`${projectFolder}.manyhands`);
  expect(homeOf({ MANYHANDS_HOME: '/var/lib/manyhands' }).natsStore).toBe('/var/lib/manyhands/nats');
});

test('a relative MANYHANDS_HOME counts from where the command was typed', () => {
  expect(homeOf({ MANYHANDS_HOME: 'data', INIT_CWD: '/home/me' }).folder).toBe('/home/me/data');
});
