import { describe, expect, test } from 'vitest';
import { commandsOf, isAnswered } from './commands.ts';
import { jobStatuses } from './status.ts';

const offered = (status: (typeof jobStatuses)[number], failed_chunks = 0, stored = true) =>
  commandsOf({ status, failed_chunks }, stored)
    .map(({ command, refusal }) => (refusal === null ? command : `(${command})`))
    .join(' ');

describe('what is offered', () => {
  test('follows the state', () => {
    expect(Object.fromEntries(jobStatuses.map((status) => [status, offered(status)]))).toEqual({
      pending: 'pause cancel',
      running: 'pause cancel',
      paused: 'resume cancel',
      completed: '',
      failed: 'requeue',
      cancelled: '',
    });
  });

  test('includes a requeue where chunks are dead, refused with a reason for a cancelled job', () => {
    expect(Object.fromEntries(jobStatuses.map((status) => [status, offered(status, 2)]))).toEqual({
      pending: 'requeue pause cancel',
      running: 'requeue pause cancel',
      paused: 'requeue resume cancel',
      completed: 'requeue',
      failed: 'requeue',
      cancelled: '(requeue)',
    });
    expect(commandsOf({ status: 'cancelled', failed_chunks: 1 }, true)[0]?.refusal).toMatch(/cancelled job is not requeued/);
  });

  test('is refused with the reason while what is shown may be old', () => {
    for (const { refusal } of commandsOf({ status: 'running', failed_chunks: 1 }, true, true))
      expect(refusal).toMatch(/until the connection is back/);
  });

  test('of a job that is no longer stored is nothing that could be pressed', () => {
    expect(offered('running', 1, false)).toBe('(requeue) (pause) (cancel)');
  });
});

test('a command is answered by another state, a requeue by another round as well', () => {
  expect(isAnswered('pause', { status: 'running' }, { status: 'running' })).toBe(false);
  expect(isAnswered('pause', { status: 'running' }, { status: 'completed' })).toBe(true);
  expect(isAnswered('pause', { status: 'running' }, { status: 'running', round: 1 })).toBe(false);
  expect(isAnswered('requeue', { status: 'running' }, { status: 'running', round: 1 })).toBe(true);
});
