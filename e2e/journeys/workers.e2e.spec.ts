/// <reference lib="dom" />
/** Workers on their page, with real ones: one is drained by a few clicks, one is killed, and the job counts right all the same. */
import type { ChildProcess } from 'node:child_process';
import type { Browser } from 'playwright-core';
import { eventually } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser } from '../fixture/browser.ts';
import { rest } from '../fixture/rest.ts';
import { startSystem, type System } from '../fixture/system.ts';

const env = { MANYHANDS_KIND_MODULES: 'builtin,e2e/fixture/slow-kinds.ts', MANYHANDS_SLOTS: '1' };
const patienceMs = 60_000;

let system: System;
let api: ReturnType<typeof rest>;
let browser: Browser;

beforeAll(async () => {
  [system, browser] = await Promise.all([startSystem({ env, slots: 1 }), openBrowser()]);
  api = rest(system.baseUrl);
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

async function beatOf({ pid }: ChildProcess): Promise<{ worker: string; leases_done: number; draining: boolean }> {
  const { json } = await api.get('/v1/workers');
  const workers = json.workers as { worker: string; pid: number; leases_done: number; draining: boolean }[];
  return workers.find((each) => each.pid === pid)!;
}

it('shows who computes, drains a worker after a question, and shows one that was killed as gone', async () => {
  const [tired, doomed] = [system.join('compute', env), system.join('compute', env)];
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(patienceMs);
  await page.goto(`${system.baseUrl}/jobs`);
  await page.getByText('3 workers').first().waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('w');
  await page.waitForURL(/\/workers$/);
  const rowOf = ({ pid }: ChildProcess) => page.getByRole('row').filter({ hasText: new RegExp(`pid ${pid}\\b`) });
  const says = (child: ChildProcess, words: string | RegExp) => rowOf(child).getByText(words, { exact: true }).waitFor();
  await says(tired, 'Idle');
  const jobId = await api.submit({ kind: 'slow', params: { ms: 200 }, chunks: 90 });
  await says(tired, 'Computing');
  await says(doomed, 'Computing');
  const lanes = page.getByRole('region', { name: 'Lanes' });
  await lanes.getByRole('application', { name: /^Lanes of 3 slots/ }).waitFor();
  await lanes.getByRole('link', { name: /^slow / }).waitFor();
  doomed.kill('SIGKILL');

  const { worker } = await beatOf(tired);
  await rowOf(tired)
    .getByRole('button', { name: `Drain ${worker}` })
    .click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Drain it' }).click();
  await says(tired, 'Drained');
  expect(await rowOf(tired).getByRole('button').count()).toBe(0);
  const { leases_done: before } = await beatOf(tired);

  await says(doomed, 'Gone');
  await says(doomed, /^left /);
  expect(await api.finish(jobId)).toMatchObject({ status: 'completed', result: 90 });
  expect(await beatOf(tired)).toMatchObject({ draining: true, leases_done: before });
  expect(tired.exitCode).toBeNull();
  tired.kill('SIGTERM');
  await says(tired, 'Ended');

  await rowOf(tired).getByRole('link', { name: worker }).click();
  await page.getByText('It had drained, and its process has ended.').waitFor();
  await page
    .getByRole('region', { name: 'Its lanes' })
    .getByRole('application', { name: /^Lanes of 1 slot\./ })
    .waitFor();
  await page.close();
  await eventually(async () => expect((await api.get('/v1/workers')).json.workers).toHaveLength(1));
});
