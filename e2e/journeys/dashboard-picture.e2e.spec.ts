/// <reference lib="dom" />
/** The picture of a job of kind `mandelbrot`, in a real Chromium, of a gateway whose every answer the test decides. What is painted is what the kind makes. */
import { readFileSync } from 'node:fs';
import type { JobView } from '@manyhands/proto';
import { tileOf, viewOf } from '@manyhands/proto/mandelbrot';
import { aJobView } from '@manyhands/testkit';
import { runTask } from '@manyhands/worker/testing';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it, vi } from 'vitest';
import type { Picture } from '../../services/compute/src/kinds/mandelbrot/finish.ts';
import { mandelbrot } from '../../services/compute/src/kinds/mandelbrot/kind.ts';
import { PALETTE } from '../../services/compute/src/kinds/mandelbrot/palette.ts';
import { paintTile } from '../../services/compute/src/kinds/mandelbrot/paint.ts';
import { accessibilityProblems } from '../fixture/browser.ts';
import { onStage } from '../fixture/stage.ts';
import type { StagedGateway } from '../fixture/staged-gateway.ts';

const params = { width: 120, height: 90, zoom: 1, x: -0.5, y: 0, iterations: 100 };
const view = viewOf(params);
const chunks = 12;
const places = paintTile(view, { left: 0, top: 0, ...params });

let stage: StagedGateway;
let page: Page;
let answer: Picture;
let files: StagedGateway['files'];
onStage((staged) => ({ stage, page } = staged));
beforeAll(async () => {
  const { result, files: left } = await runTask(mandelbrot, { params, chunks });
  answer = result as Picture;
  files = [...left].map(([name, { type, bytes }]) => {
    const stored_at = new Date().toISOString();
    return { name, chunk: Number.parseInt(name), bytes: bytes.length, type, stored_at, content: bytes };
  });
});

function soon<T>(check: () => Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 20_000, interval: 50 });
}

/** Of the job, and of what it has done; completed when it is all. */
function aPicture(done: JobView['chunks']['done'], given: Partial<JobView> = {}): JobView {
  const count = done.reduce((sum, [begin, end]) => sum + end - begin, 0);
  return aJobView({
    kind: 'mandelbrot',
    output: 'ordered',
    finish: true,
    params,
    total_chunks: chunks,
    completed_chunks: count,
    failed_chunks: 0,
    progress: count / chunks,
    chunks: { done, leased: [], failed: [], coarse: false },
    detail: null,
    ...(count === chunks ? { status: 'completed', result: answer as never } : { status: 'running', result: null }),
    ...given,
  });
}

const picture = () => page.getByRole('application', { name: /^Part of the Mandelbrot set/ });
const tiles = (count: number) =>
  page.getByRole('application', { name: new RegExp(`: ${count} of ${chunks} tiles painted`) }).waitFor();

/** How many pixels of the canvas have the colour that the kind gives them, and how many have none yet. */
async function pixels(): Promise<{ right: number; none: number }> {
  const text = await picture()
    .locator('canvas')
    .evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      return btoa(Array.from(data, (value) => String.fromCharCode(value)).join(''));
    });
  const shown = Buffer.from(text, 'base64');
  expect(shown.length).toBe(4 * places.length);
  let [right, none] = [0, 0];
  places.forEach((place, at) => {
    if (shown[4 * at + 3] === 0) none += 1;
    else if ([0, 1, 2].every((part) => shown[4 * at + part] === PALETTE[3 * place + part])) right += 1;
  });
  return { right, none };
}

it('grows tile by tile while it is painted, pixel by pixel what the kind makes, and is stored as PNG', async () => {
  const job = aPicture([
    [0, 1],
    [5, 7],
  ]);
  stage.files = files;
  stage.show(job);
  await page.goto(`${stage.baseUrl}/jobs/${job.job_id}`);
  await tiles(3);
  const area = ([0, 5, 6] as const)
    .map((chunk) => tileOf(view, chunk, chunks))
    .reduce((sum, { width, height }) => sum + width * height, 0);
  expect(await pixels()).toEqual({ right: area, none: places.length - area });
  expect(await page.getByRole('button', { name: 'PNG' }).count()).toBe(0);
  expect(await page.getByText('3 of 12 tiles', { exact: false }).count()).toBeGreaterThan(0);

  stage.show(aPicture([[0, chunks]], { job_id: job.job_id }));
  await tiles(chunks);
  expect(await pixels()).toEqual({ right: places.length, none: 0 });
  expect(await accessibilityProblems(page)).toEqual([]);
  const [stored] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'PNG' }).click()]);
  expect(stored.suggestedFilename()).toMatch(/^mandelbrot-[0-9a-f]{8}\.png$/);
  expect(readFileSync(await stored.path()).toString('base64')).toBe(answer.png);
});

it('is looked into by click, drag and keys, each a job of its own that the back button undoes', async () => {
  // Of a job that is over the answer alone is read, no tile.
  const job = aPicture([[0, chunks]], { priority: 'high', tags: { team: 'art' } });
  stage.show(job);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${stage.baseUrl}/jobs/${job.job_id}`);
  await tiles(chunks);
  expect(await pixels()).toEqual({ right: places.length, none: 0 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  expect(await accessibilityProblems(page)).toEqual([]);
  stage.files = files;

  /** Does something, and returns the job that it submits, whose page is then open. */
  const submits = async (act: () => Promise<unknown>): Promise<Record<string, unknown>> => {
    const next = aPicture([[0, 1]], { job_id: `019d3f9c-7a10-7cc0-8f2e-00000000000${stage.posted.length}` });
    stage.accepts = next;
    const before = stage.posted.length;
    await act();
    await page.waitForURL(`**/jobs/${next.job_id}`);
    expect(stage.posted.length).toBe(before + 1);
    return stage.posted.at(-1) as Record<string, unknown>;
  };
  const back = async () => {
    await page.goBack();
    await page.waitForURL(`**/jobs/${job.job_id}`);
    await tiles(chunks);
  };
  /** In pixels of the page, of a point of the picture. */
  const at = async (x: number, y: number): Promise<[number, number]> => {
    const box = (await picture().boundingBox())!;
    return [box.x + (x / 120) * box.width, box.y + (y / 90) * box.height];
  };
  const near = (value: unknown, wanted: number) => expect(Math.abs((value as number) - wanted)).toBeLessThan(0.02);

  const clicked = await submits(async () => page.mouse.click(...(await at(30, 18))));
  expect(clicked).toMatchObject({ kind: 'mandelbrot', chunks, priority: 'high', tags: { team: 'art' } });
  const click = clicked['params'] as typeof params;
  expect(click).toMatchObject({ width: 120, height: 90, zoom: 4 });
  near(click.x, -1.5);
  near(click.y, 0.9);
  await back();

  const dragged = await submits(async () => {
    await page.mouse.move(...(await at(60, 45)));
    await page.mouse.down();
    await page.mouse.move(...(await at(84, 48)), { steps: 3 });
    await page.mouse.up();
  });
  const drag = dragged['params'] as typeof params;
  near(drag.zoom / 5, 1);
  near(drag.x, -0.1);
  near(drag.y, -0.3);
  await back();

  const typed = await submits(async () => {
    await picture().focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowUp', '-', '+']) await page.keyboard.press(key);
    await soon(async () => expect(await page.getByText(/^The frame is around/).innerText()).toMatch(/zoom 4\.$/));
    await page.keyboard.press('Enter');
  });
  expect(typed['params']).toMatchObject({ x: 0, y: 0.1875, zoom: 4 });
  // Who works with keys goes on at the next picture.
  await tiles(1);
  expect(await picture().evaluate((element) => element === document.activeElement)).toBe(true);
  await back();

  const wider = await submits(() => page.getByRole('button', { name: 'Zoom out' }).click());
  expect(wider['params']).toMatchObject({ x: -0.5, y: 0, zoom: 0.25 });
});
