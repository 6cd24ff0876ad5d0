/** `node --test` */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { checkTask, runTask } from 'manyhands/testing';
import { squares } from './squares.ts';

test('squares are summed, whatever fails at first', async () => {
  const { result, failures } = await runTask(squares, { params: { upTo: 1_000 }, failAt: [0, 5] });
  equal(result, 333_833_500);
  deepEqual(failures, []);
});

test('chunks may be cut and merged in any way', async () => {
  await checkTask(squares);
});
