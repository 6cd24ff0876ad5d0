/** Own kinds and what they leave, in a real Chromium, of a gateway whose every answer the test decides. */
import { readFileSync } from 'node:fs';
import { aJobView, aKindRegistration, aWorkerHeartbeat } from '@manyhands/testkit';
import type { Page } from 'playwright-core';
import { describe, expect, it, vi } from 'vitest';
import { accessibilityProblems, chooseKind } from '../fixture/browser.ts';
import { onStage } from '../fixture/stage.ts';
import type { StagedGateway } from '../fixture/staged-gateway.ts';

let stage: StagedGateway;
let page: Page;
onStage((staged) => ({ stage, page } = staged));

/** As soon as it is so; the machine may be busy. */
function soon<T>(check: () => Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 20_000, interval: 50 });
}

/** The text of the file that a press on a button stores. */
async function stored(button: string): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
}

async function openResult(result: unknown): Promise<void> {
  const job = aJobView({ status: 'completed', kind: 'report', progress: 1, completed_chunks: 8, result, detail: null });
  stage.show(job);
  await page.goto(`${stage.baseUrl}/jobs/${job.job_id}`);
  await page.getByRole('region', { name: 'Result' }).waitFor();
}

describe('a result', () => {
  it('of rows is a table that sorts, and is stored as CSV as it came', async () => {
    await openResult([
      { day: 'mon', cents: 1200, note: 'a, b' },
      { day: 'tue', cents: 90, note: null },
      { day: 'wed', cents: 20_000 },
    ]);
    const days = () => page.locator('tbody tr td:nth-child(2)').allInnerTexts();
    expect(await days()).toEqual(['mon', 'tue', 'wed']);
    await page.getByRole('button', { name: 'cents' }).click();
    expect(await days()).toEqual(['tue', 'mon', 'wed']);
    await page.getByRole('button', { name: 'cents' }).click();
    expect(await days()).toEqual(['wed', 'mon', 'tue']);
    expect(await page.getByRole('columnheader', { name: 'cents' }).getAttribute('aria-sort')).toBe('descending');
    await page.getByText('20,000', { exact: true }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    const { name, text } = await stored('CSV');
    expect(name).toMatch(/^report-[0-9a-f]{8}\.csv$/);
    expect(text).toBe('day,cents,note\r\nmon,1200,"a, b"\r\ntue,90,\r\nwed,20000,\r\n');
    await page.getByRole('radio', { name: 'JSON' }).click();
    await page.getByText('[3]').waitFor();
  });

  it('of other JSON is a tree that folds, and is stored as JSON', async () => {
    const result = { total: 7, parts: [{ deep: { deeper: 'here' } }] };
    await openResult(result);
    const tree = page.getByRole('group', { name: 'Result' });
    await tree.getByText('parts').waitFor();
    expect(await tree.getByText('"here"').count()).toBe(0);
    for (const name of ['0', 'deep']) await tree.getByText(name, { exact: true }).last().click();
    await tree.getByText('"here"').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(JSON.parse((await stored('JSON')).text)).toEqual(result);
  });

  it('that is a long text is no headline', async () => {
    await openResult('many words, '.repeat(100));
    expect(
      await page
        .getByText('many words')
        .first()
        .evaluate((text) => parseFloat(getComputedStyle(text).fontSize)),
    ).toBeLessThan(16);
  });

  it('of very many rows puts some on the page, and more on demand', async () => {
    await openResult(Array.from({ length: 2_500 }, (_, index) => ({ n: index })));
    expect(await page.locator('tbody tr').count()).toBe(100);
    await page.getByRole('button', { name: 'Show 1,000 more rows' }).click();
    expect(await page.locator('tbody tr').count()).toBe(1_100);
  });
});

describe('a job of lines', () => {
  const ofItems = (given: Parameters<typeof aJobView>[0] = {}) =>
    aJobView({
      status: 'completed',
      kind: 'resize',
      output: 'lines',
      input: { id: '019d3f9c-7a10-7cc0-8f2e-5b1d6a3e9c41', records: 5_000, by: 'record' },
      total_chunks: 5_000,
      completed_chunks: 4_988,
      failed_chunks: 12,
      progress: 1,
      results: { bytes: 412_345 },
      detail: null,
      chunks: { done: [[12, 5_000]], leased: [], failed: [[0, 12]], coarse: false },
      ...given,
    });

  it('shows its first lines with their index, and has all of them as files', async () => {
    const job = ofItems();
    stage.results = Array.from({ length: 300 }, (_, n) => ({ index: 12 + n, output: { url: `picture-${n}`, bytes: n } }));
    stage.show(job);
    await page.goto(`${stage.baseUrl}/jobs/${job.job_id}`);
    const results = page.getByRole('region', { name: 'Results' });
    await results.getByText('4,988 of 5,000 items').waitFor();
    await results.getByText('picture-99', { exact: true }).waitFor();
    expect(await results.locator('tbody tr').count()).toBe(100);
    expect((await results.locator('tbody tr').first().innerText()).split(/\s+/)).toEqual(['12', 'picture-0', '0']);
    await results.getByText('The first 100. All of them are in the files above.').waitFor();
    const links = results.getByRole('list', { name: 'Results as a file' }).getByRole('link');
    expect(await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')))).toEqual(
      ['lines', 'csv', 'json', 'bare'].map((format) => `/v1/jobs/${job.job_id}/results?format=${format}`),
    );
    const [download] = await Promise.all([page.waitForEvent('download'), links.first().click()]);
    expect(readFileSync(await download.path(), 'utf8').split('\n').length).toBe(301);
    expect(await page.getByText('null').count()).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  it('shows what failed by its cause, each with its item, and is requeued from there', async () => {
    const job = ofItems();
    stage.failures = Array.from({ length: 12 }, (_, index) => ({
      index,
      item: { url: `https://a.example/${index}.jpg` },
      error: { code: 'compute_failed', message: index < 9 ? `the server answered ${500 + index}` : 'there is no such picture' },
      attempts: 3,
    }));
    stage.show(job);
    await page.goto(`${stage.baseUrl}/jobs/${job.job_id}?tab=failures`);
    const failures = page.getByRole('region', { name: 'Failures' });
    await failures.getByRole('button', { name: /^9 × the server answered …/ }).click();
    await failures.getByText('{"url":"https://a.example/7.jpg"}').click();
    await failures.getByText('"https://a.example/7.jpg"', { exact: true }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await failures.getByRole('button', { name: 'Requeue 12 items' }).click();
    await soon(async () => expect(stage.asked).toEqual([`POST /v1/jobs/${job.job_id}/requeue`]));
    stage.show({ ...job, status: 'running', failed_chunks: 0, round: 1 });
    await failures.waitFor({ state: 'detached' });
    stage.results = [{ index: 0, output: 'a whole file' }];
    stage.show({ ...job, failed_chunks: 0, completed_chunks: 5_000, round: 1 });
    await page.getByText('a whole file').waitFor();
  });

  it('without an item has no line, no chunk map and no failure', async () => {
    const chunks = { done: [], leased: [], failed: [], coarse: false };
    stage.show(ofItems({ total_chunks: 0, completed_chunks: 0, failed_chunks: 0, chunks, results: { bytes: 0 } }));
    const [jobId] = stage.jobs.keys();
    await page.goto(`${stage.baseUrl}/jobs/${jobId}`);
    await page.getByRole('region', { name: 'Results' }).getByText('0 items').waitFor();
    await page.getByText('Average rate').waitFor();
    expect(await page.getByText('NaN').count()).toBe(0);
    expect(await page.getByRole('heading', { name: /Chunk map|Failures|Dead chunks/ }).count()).toBe(0);
  });

  it('with an answer too large for a page has a link to it', async () => {
    const job = aJobView({ status: 'completed', progress: 1, stored: { name: 'o-1-x', from: 0, bytes: 40_000_000 } });
    stage.show(job);
    await page.goto(`${stage.baseUrl}/jobs/${job.job_id}`);
    const result = page.getByRole('region', { name: 'Result' });
    await result.getByText('40 MB').waitFor();
    expect(await result.getByRole('link', { name: 'JSON' }).getAttribute('href')).toBe(`/v1/jobs/${job.job_id}/result`);
    expect(await result.getByText('null').count()).toBe(0);
  });
});

describe('the log of a job', () => {
  const line = (id: number, given: object = {}) => ({
    id: String(id),
    at: '2026-11-28T06:30:00.125Z',
    level: 'info' as const,
    message: `line ${id}`,
    chunk: id,
    attempt: 1,
    worker: 'worker-1',
    slot: 0,
    ...given,
  });

  it('is live at its end, stays where it is read, and goes back page by page', async () => {
    const job = aJobView({ status: 'running', detail: null });
    stage.show(job);
    stage.logs = Array.from({ length: 500 }, (_, index) => line(index + 1));
    await page.goto(`${stage.baseUrl}/jobs/${job.job_id}?tab=logs`);
    const frame = page.getByRole('group', { name: 'Lines that the job logged' });
    await frame.getByText('line 500').waitFor();
    await page.getByText('200+ lines, live').waitFor();
    const toEnd = () => frame.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);
    await soon(async () => expect(await toEnd()).toBeLessThan(24));
    await soon(async () => {
      stage.log(
        job.job_id,
        line(501, { level: 'error', message: 'no route to host', fields: { host: 'a.example' }, attempt: 2 }),
      );
      expect(await frame.getByText('no route to host').count()).toBe(1);
    });
    await frame.getByText('{"host":"a.example"}').waitFor();
    await frame.getByText('chunk 501, attempt 2, worker-1').waitFor();
    await soon(async () => expect(await toEnd()).toBeLessThan(24));
    expect(await accessibilityProblems(page)).toEqual([]);

    await frame.evaluate((element) => element.scrollTo({ top: 0 }));
    await frame.getByRole('button', { name: 'Show older lines' }).click();
    await frame.getByText('line 102', { exact: false }).first().waitFor();
    const before = await frame.evaluate((element) => element.scrollTop);
    expect(before).toBeGreaterThan(0);
    stage.log(job.job_id, line(502));
    await frame.getByText('line 502').waitFor({ state: 'attached' });
    expect(await frame.evaluate((element) => element.scrollTop)).toBe(before);

    await page.getByRole('combobox', { name: 'Level' }).selectOption('Errors');
    await soon(async () => expect(await frame.getByRole('listitem').count()).toBe(1));
  });

  it('reads once more what was stored at the very end, and says when there is none', async () => {
    const job = aJobView({ status: 'running', detail: null });
    stage.show(job);
    await page.goto(`${stage.baseUrl}/jobs/${job.job_id}?tab=logs`);
    await page.getByText('Nothing yet').waitFor();
    stage.logs.push(line(7, { message: 'the last word' }));
    stage.show({ ...job, status: 'completed', progress: 1, result: 1 });
    await page.getByText('the last word').waitFor();
    await page.getByText('1 line', { exact: true }).waitFor();
  });
});

describe('the form of a kind that takes items', () => {
  const resize = () =>
    aKindRegistration({
      kind: 'resize',
      title: 'Resize',
      params_schema: { type: 'object', properties: { width: { type: 'integer' } } },
      example: { width: 320 },
      input: { form: 'items', schema: { type: 'object' } },
      output: 'lines',
    });
  const start = () => page.getByRole('button', { name: 'Start the job' });
  const inputId = '019d3f9c-7a10-7cc0-8f2e-000000000001';

  async function openForm(query = ''): Promise<void> {
    stage.kinds = [resize()];
    stage.show(aJobView({ kind: 'resize' }));
    await page.goto(`${stage.baseUrl}/new${query}`);
    await start().waitFor();
  }

  it('uploads a chosen file, then submits the job with it, and asks for no number of chunks', async () => {
    await openForm();
    expect(await page.locator('#chunks').count()).toBe(0);
    await start().click();
    await page.getByText('Choose a file, or paste the items.').waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('input');
    expect(stage.posted).toEqual([]);
    const buffer = Buffer.from('url\nhttps://a.example\n');
    await page.locator('input[type=file]').setInputFiles({ name: 'pictures.csv', mimeType: 'text/csv', buffer });
    await page.getByText('pictures.csv').waitFor();
    expect(await page.getByLabel('Read as').inputValue()).toBe('csv');
    expect(await accessibilityProblems(page)).toEqual([]);
    await start().click();
    await page.waitForURL(/\/jobs\//);
    expect(stage.uploads).toEqual([{ query: 'form=csv&kind=resize', text: buffer.toString() }]);
    expect(stage.posted).toEqual([{ kind: 'resize', params: { width: 320 }, input: inputId, priority: 'normal' }]);
  });

  it('takes pasted items, says how many they are, and shows the line that is refused', async () => {
    await openForm();
    await page.getByRole('radio', { name: 'Paste' }).click();
    const box = page.getByRole('textbox', { name: 'Items' });
    await box.fill('{"url":"a"}\n{"url":"b"}\n{"url":3}\n');
    await page.getByText('3 items', { exact: true }).waitFor();
    stage.uploadRefusal = { status: 400, detail: 'The input, line 3: url must be string.' };
    await start().click();
    await page.getByRole('alert').getByText('The input, line 3: url must be string.').waitFor();
    expect(stage.posted).toEqual([]);
    stage.uploadRefusal = null;
    await box.fill('{"url":"a"}\n{"url":"b"}\n');
    await page.getByText('2 items', { exact: true }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await start().click();
    await page.waitForURL(/\/jobs\//);
    expect(stage.uploads).toEqual([{ query: 'form=ndjson&kind=resize', text: '{"url":"a"}\n{"url":"b"}\n' }]);
  });

  it('takes lists of columns and CSV as it is for a kind that reads tables', async () => {
    const columns = (title: string) => ({ title, type: 'array', items: { type: 'string', minLength: 1 }, maxItems: 16 });
    const properties = { group_by: columns('Group by'), sum: columns('Sum of') };
    stage.kinds = [
      aKindRegistration({
        kind: 'aggregate',
        title: 'Group by',
        params_schema: { type: 'object', properties, additionalProperties: false },
        example: { group_by: ['country'], sum: ['price'] },
        input: { form: 'table' },
      }),
    ];
    stage.show(aJobView({ kind: 'aggregate' }));
    await page.goto(`${stage.baseUrl}/new`);
    await start().waitFor();
    const names = page.locator('input[id^=params]');
    expect(await names.evaluateAll((all) => all.map((field) => (field as HTMLInputElement).value))).toEqual(['country', 'price']);
    await names.nth(1).fill('cents');
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'o.csv', mimeType: 'text/csv', buffer: Buffer.from('country,cents\nDE,1\n') });
    expect(await page.getByLabel('Read as').inputValue()).toBe('table');
    expect(await accessibilityProblems(page)).toEqual([]);
    await start().click();
    await page.waitForURL(/\/jobs\//);
    expect(stage.uploads.map(({ query }) => query)).toEqual(['form=table&kind=aggregate']);
    expect(stage.posted).toMatchObject([
      { kind: 'aggregate', params: { group_by: ['country'], sum: ['cents'] }, input: inputId },
    ]);
  });

  it('shows how far the upload is, and stops it', async () => {
    await openForm();
    const buffer = Buffer.alloc(5_000_000, 'text of one line\n');
    await page.locator('input[type=file]').setInputFiles({ name: 'texts.txt', mimeType: 'text/plain', buffer });
    await page.getByText('5.0 MB').first().waitFor();
    stage.answering = false;
    await start().click();
    await page.getByRole('progressbar', { name: 'Upload' }).waitFor();
    await page.getByText('5.0 MB of 5.0 MB').waitFor();
    await page.getByText('Waiting until it is stored').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('progressbar', { name: 'Upload' }).waitFor({ state: 'detached' });
    expect(await page.getByRole('alert').count()).toBe(0);
    stage.answerNow();
    expect(await start().isEnabled()).toBe(true);
    expect(stage.posted).toEqual([]);
  });

  it('takes a file that is dropped, and runs a job again with the same input', async () => {
    await openForm(`?kind=resize&params={}&input=${inputId}&records=5000`);
    await page.getByText('The input of that job, 5,000 records').waitFor();
    await start().click();
    await soon(async () => expect(stage.posted).toEqual([expect.objectContaining({ input: inputId })]));
    expect(stage.posted[0]).not.toHaveProperty('chunks');
    await openForm();
    const data = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['{"url":"a"}\n'], 'dropped.jsonl'));
      return transfer;
    });
    await page.getByRole('group', { name: 'Items' }).dispatchEvent('drop', { dataTransfer: data });
    await page.getByText('dropped.jsonl').waitFor();
    await start().click();
    await soon(async () => expect(stage.uploads).toEqual([{ query: 'form=ndjson&kind=resize', text: '{"url":"a"}\n' }]));
  });
});

describe('the kinds', () => {
  it('are shown with version, project, build and who computes them, and two builds of one are said aloud', async () => {
    const own = { project: 'my-jobs@2.1.0', fingerprint: 'aaaa1111' };
    stage.kinds = [
      aKindRegistration({ ...own, kind: 'report-v2', version: 2, input: { form: 'csv' }, concurrency: 32 }),
      aKindRegistration({ ...own, kind: 'resize', input: { form: 'items' }, output: 'lines' }),
    ];
    stage.workers = [
      aWorkerHeartbeat({ worker: 'one', kinds: ['resize'], builds: { resize: 'aaaa1111' } }),
      aWorkerHeartbeat({ worker: 'two', kinds: ['resize'], builds: { resize: 'bbbb2222' } }),
    ];
    await page.goto(`${stage.baseUrl}/operations`);
    const kinds = page.getByRole('region', { name: 'Kinds' });
    const row = (name: string) => kinds.getByRole('row', { name: new RegExp(`^${name}`) });
    await row('resize').waitFor();
    expect((await row('resize').innerText()).split(/\s*[\t\n]\s*/)).toEqual(
      expect.arrayContaining(['resize', 'items → lines', 'my-jobs@2.1.0', 'aaaa111', '2 one, two']),
    );
    await kinds.getByText('2 builds of resize are live: aaaa111 on one; bbbb222 on two.').waitFor();
    expect(await row('report-v2').innerText()).toMatch(/csv → one answer\s+2\s+32/);
    expect(await accessibilityProblems(page)).toEqual([]);
    await row('report-v2').getByRole('button', { name: 'Remove the kind report-v2' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
    await soon(async () => expect(stage.asked).toEqual(['DELETE /v1/kinds/report-v2']));
  });
});

describe('the list of jobs', () => {
  it.each([
    { width: 1440, rowHeight: 40 },
    { width: 390, rowHeight: 64 },
  ])('has a row of $rowHeight px each, at $width px', async ({ width, rowHeight }) => {
    await page.setViewportSize({ width, height: 900 });
    for (const [n, status] of (['completed', 'running', 'failed', 'pending'] as const).entries())
      stage.show(aJobView({ kind: 'a-kind-with-thirty-two-letters-x', params: { n, text: 'x'.repeat(200) }, status }));
    await page.goto(`${stage.baseUrl}/jobs`);
    await page.locator('main li a').first().waitFor();
    const heights = await page.locator('main li').evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().height));
    expect(heights).toEqual([rowHeight, rowHeight, rowHeight, rowHeight]);
    const over = await page
      .locator('main li a')
      .evaluateAll((links) => links.map((link) => link.scrollHeight - link.clientHeight));
    expect(Math.max(...over)).toBeLessThanOrEqual(0);
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});

describe('the form of a kind that takes code', () => {
  const code = { title: 'Code', type: 'string', minLength: 1, contentMediaType: 'text/javascript' };
  const scripts = () =>
    aKindRegistration({
      kind: 'script',
      title: 'Script',
      params_schema: {
        type: 'object',
        properties: { code, n: { title: 'How many times', type: 'integer' }, params: { title: 'Parameters', type: 'object' } },
        required: ['code'],
      },
      example: { code: 'function map(i) {\n  return i;\n}\n', n: 4, params: { power: 2 } },
    });

  it('loads an editor for it alone, marks the line that is refused, and submits what was typed', async () => {
    stage.kinds = [aKindRegistration({ kind: 'primes', title: 'Primes' }), scripts()];
    stage.show(aJobView({ kind: 'script' }));
    const files: string[] = [];
    page.on('request', (request) => void files.push(request.url()));
    await page.goto(`${stage.baseUrl}/new`);
    const start = page.getByRole('button', { name: 'Start the job' });
    await start.waitFor();
    await page.getByText('No estimate yet').waitFor();
    const before = files.length;
    await chooseKind(page, 'Script');
    const editor = page.getByRole('textbox', { name: 'Code' });
    await page.locator('.cm-line', { hasText: 'return i;' }).waitFor();
    expect(files.slice(before).filter((url) => url.endsWith('.js'))).toHaveLength(1);
    expect(await accessibilityProblems(page)).toEqual([]);

    const typed = 'function map(i, { power }) {\nreturn i ** ;\n}';
    await editor.fill(typed);
    stage.jobRefusal = [{ loc: ['body', 'params', 'code'], msg: 'line 2, column 13: Unexpected token', type: 'value_error' }];
    await start.click();
    await page.locator('.code-wrong').waitFor();
    expect(await page.locator('.code-wrong').innerText()).toBe('return i ** ;');
    await page.locator('p[role=alert]').getByText('line 2, column 13: Unexpected token').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    stage.jobRefusal = null;

    const params = page.getByRole('textbox', { name: 'Parameters' });
    expect(JSON.parse(await params.inputValue())).toEqual({ power: 2 });
    const mended = 'const map = (i, { power }) => i ** power;';
    await editor.fill(mended);
    await params.fill('[3]');
    await start.click();
    await page.getByText('Must be a JSON object').waitFor();
    expect(stage.posted).toEqual([]);
    await params.fill('{"power": 3}');
    await editor.focus();
    await page.keyboard.press('Tab');
    expect(await editor.evaluate((element) => element.contains(document.activeElement))).toBe(false);
    await start.click();
    await page.waitForURL(/\/jobs\//);
    expect(stage.posted).toMatchObject([{ kind: 'script', params: { code: mended, n: 4, params: { power: 3 } } }]);
  });
});
