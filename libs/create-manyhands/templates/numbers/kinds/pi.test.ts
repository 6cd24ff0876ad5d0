import { ok } from 'node:assert/strict';
import { test } from 'node:test';
import { checkTask, runTask } from 'manyhands/testing';
import { pi } from './pi.ts';

test('a million darts give pi to two digits, whatever fails at first', async () => {
  const { result } = await runTask(pi, { params: { throws: 1_000_000 }, failAt: [3] });
  ok(result !== undefined && Math.abs((4 * result.inside) / result.throws - Math.PI) < 0.01);
});

test('chunks may be cut and merged in any way', async () => {
  await checkTask(pi, { params: { throws: 10_000 } });
});
