import { expect, test } from 'vitest';
import { JOB_STATUSES } from '@manyhands/proto';
import { isOpenTo, JOB_ACTIONS } from './job-action.ts';

const statusesOf = (action: (typeof JOB_ACTIONS)[number], failed_chunks: number) =>
  JOB_STATUSES.filter((status) => isOpenTo(action, { kind: 'sum', status, failed_chunks }));

test('each action is for jobs that it changes', () => {
  expect(JOB_ACTIONS.map((action) => [action, statusesOf(action, 0)])).toEqual([
    ['cancel', ['pending', 'running', 'paused']],
    ['pause', ['pending', 'running']],
    ['resume', ['paused']],
    ['requeue', ['failed']],
    ['delete', ['completed', 'failed', 'cancelled']],
  ]);
  expect(statusesOf('requeue', 1)).toEqual(['pending', 'running', 'paused', 'completed', 'failed']);
});
