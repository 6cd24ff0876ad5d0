import { expect, it } from 'vitest';
import { checkTask, runTask } from '@manyhands/worker/testing';
import { script } from './kind.ts';

const run = async (code: string, { n = 10, chunks = 4 } = {}) => runTask(script, { params: { code, n }, chunks });

it('gives one answer, however its chunks are leased, merged and retried', async () => {
  await checkTask(script, { chunks: 6, params: { ...script.example, n: 40 } });
});

it('its example is the sum of squares', async () => {
  expect(await runTask(script)).toMatchObject({ result: 333_833_500 });
});

it('without reduce the answer is the list of what map returned, in order', async () => {
  expect(await run('function map(i) { return i % 3 === 0 ? null : `${i}` }')).toMatchObject({
    result: [null, '1', '2', null, '4', '5', null, '7', '8', null],
  });
});

it('reduce need not be commutative: results are joined in their order', async () => {
  expect(await run('const map = (i) => String(i); const reduce = (a, b) => a + b', { n: 12, chunks: 5 })).toMatchObject({
    result: '01234567891011',
  });
});

it('more chunks than numbers leave chunks with nothing to do', async () => {
  expect(await run('const map = (i) => i; const reduce = (a, b) => a + b', { n: 1, chunks: 3 })).toMatchObject({ result: 0 });
  expect(await runTask(script, { params: { code: 'const map = (i) => [i]' }, chunks: 2 })).toMatchObject({ result: [[0]] });
});

it('an error is a refusal that names the line', async () => {
  const { failures } = await run('function map(i) {\n  return i.a.b;\n}', { n: 1, chunks: 1 });
  expect(failures).toMatchObject([
    { error: { code: 'compute_refused', message: "line 2: TypeError: cannot read property 'b' of undefined" } },
  ]);
});
