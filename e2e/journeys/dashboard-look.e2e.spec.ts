/// <reference lib="dom" />
/** What is in sight in a window of 1,024, in colours of the user's own and on paper, in a real Chromium, of a gateway whose every answer the test decides. */
import { aJobFinished, aJobView } from '@manyhands/testkit';
import type { Locator, Page } from 'playwright-core';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { aDay, idOf } from '../browser/working-day.ts';
import { StagedAccounts } from '../fixture/staged-accounts.ts';
import { onStage } from '../fixture/stage.ts';
import type { StagedGateway } from '../fixture/staged-gateway.ts';

let stage: StagedGateway;
let page: Page;
onStage((staged) => ({ stage, page } = staged));

const aLetter = (message: string) => ({
  ...{ id: '1', job_id: aJobView().job_id, kind: 'scrape', begin: 0, end: 1, round: 0, runs: [] },
  ...{ error: { code: 'compute_failed', message, retryable: false }, died_at: new Date().toISOString() },
});

async function boxOf(locator: Locator) {
  await locator.waitFor();
  return (await locator.boundingBox())!;
}

describe('a window of 1,024', () => {
  beforeEach(() => page.setViewportSize({ width: 1_024, height: 900 }));

  it('has room for the columns of the workers beside each other', async () => {
    await page.goto(`${stage.baseUrl}/workers`);
    const names = ['Worker', 'Slots busy', 'Computing', 'Busy', 'Chunks/s', 'Memory', 'Started'];
    const heads = await Promise.all(names.map((name) => boxOf(page.getByRole('columnheader', { name, exact: true }))));
    expect(new Set(heads.map(({ y }) => Math.round(y))).size).toBe(1);
    expect(Math.min(...heads.map(({ width }) => width))).toBeGreaterThan(40);
    const table = page.getByRole('group', { name: 'Table of workers' });
    expect(await table.evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0);
  });

  it('has the code of a new job without a backslash alone in its line, and what copies it beside its tabs', async () => {
    await page.goto(`${stage.baseUrl}/new`);
    const code = page.getByRole('tabpanel').locator('code');
    await code.waitFor();
    const [tab, copy] = [
      await boxOf(page.getByRole('tab').last()),
      await boxOf(page.getByRole('button', { name: 'Copy: the code' })),
    ];
    expect(Math.abs(tab.y + tab.height / 2 - copy.y - copy.height / 2)).toBeLessThan(2);
    // Whatever the address: each width within the card is one for which another one would be too long.
    const alone = await code.evaluate((element) => {
      const pre = element.parentElement!;
      const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      const ends: [Text, number][] = [];
      while (walker.nextNode()) {
        const text = walker.currentNode as Text;
        for (const { index } of text.data.matchAll(/\\/g)) ends.push([text, index]);
      }
      const leftOf = ([text, at]: [Text, number]): number => {
        const range = document.createRange();
        range.setStart(text, at);
        range.setEnd(text, at + 1);
        return range.getBoundingClientRect().left - element.getBoundingClientRect().left;
      };
      const found: number[] = [];
      for (let width = 330; width >= 220; width -= 1) {
        pre.style.width = `${width}px`;
        if (ends.some((end) => leftOf(end) < 5)) found.push(width);
      }
      return { count: ends.length, found };
    });
    expect(alone).toEqual({ count: 2, found: [] });
  });

  it('has nothing empty below the job that a visitor may try', async () => {
    stage.accounts = new StagedAccounts();
    await page.goto(stage.baseUrl);
    const card = await boxOf(page.getByRole('region', { name: 'Try it, without an account' }));
    const beside = await boxOf(page.getByRole('region', { name: 'Run it yourself' }));
    expect(Math.abs(card.y + card.height - beside.y - beside.height)).toBeLessThan(2);
  });
});

describe('in light colours of the user, where the dashboard is dark', () => {
  beforeEach(() => page.emulateMedia({ forcedColors: 'active', colorScheme: 'light' }));

  /** How much what an element has behind it differs from that of another one; 3 and more can be told apart. */
  const contrast = (one: Locator, other: Locator): Promise<number> =>
    contrastOf(page, one, other, 'backgroundColor', 'backgroundColor');

  it('a bar can be told from what it has not reached, a chosen tab from the others, and pictures from the page', async () => {
    const job = aJobView({ status: 'running', total_chunks: 8, completed_chunks: 4, progress: 0.5 });
    stage.show(job);
    await page.goto(`${stage.baseUrl}/jobs/${job.job_id}`);
    const bar = page.getByRole('progressbar').first();
    await bar.waitFor();
    expect(await contrast(bar, bar.locator('> :first-child'))).toBeGreaterThan(3);
    const chosen = await Promise.all(
      ['Map', 'Lanes'].map((name) =>
        page.getByRole('tab', { name, exact: true }).evaluate((tab) => {
          const { outlineStyle, borderBottomColor } = getComputedStyle(tab);
          return [outlineStyle, borderBottomColor];
        }),
      ),
    );
    expect(chosen).toEqual([
      ['solid', 'rgb(255, 255, 255)'],
      ['none', 'rgb(255, 255, 255)'],
    ]);
    const main = page.locator('html');
    for (const picture of await page.locator('header nav a svg:visible').all())
      expect(await contrastOf(page, picture, main, 'color', 'backgroundColor')).toBeGreaterThan(3);
  });

  it('what waits can be told from what is in flight, and the figures of a chart can be read', async () => {
    await page.goto(`${stage.baseUrl}/operations`);
    const queues = page.getByRole('region', { name: 'Queues' });
    const swatch = (name: string) => queues.getByText(name, { exact: true }).locator('> span');
    await swatch('waiting').waitFor();
    expect(await contrast(swatch('waiting'), swatch('in flight'))).toBeGreaterThan(1.5);
    const chart = page.locator('.drawn');
    expect(await chart.evaluate((element) => getComputedStyle(element).getPropertyValue('--muted').trim())).toBe('CanvasText');
  });

  it('a box that is not checked is empty, and what is chosen of what was found has a frame', async () => {
    for (const at of [1, 2]) stage.show(aJobView({ job_id: `0199000${at}-0000-7000-8000-00000000000c`, status: 'cancelled' }));
    await page.goto(`${stage.baseUrl}/jobs`);
    const boxes = page.locator('main li').getByRole('checkbox');
    await boxes.nth(1).check();
    const marks = await boxes.evaluateAll((all) => all.map((box) => getComputedStyle(box, '::before').content));
    expect(marks).toEqual(['none', '""']);
    await page.keyboard.press('Control+k');
    await page.getByPlaceholder('A job by id').fill('new');
    const chosen = page.getByRole('dialog').getByRole('option', { selected: true });
    await chosen.waitFor();
    expect(await chosen.evaluate((option) => getComputedStyle(option).outlineStyle)).toBe('solid');
  });

  it('a chunk that waits is empty', async () => {
    stage.accounts = new StagedAccounts();
    await page.goto(stage.baseUrl);
    const chunks = page.getByRole('img', { name: /^Chunks: / });
    await chunks.waitFor();
    expect(await contrast(chunks.locator('> span').first(), page.locator('html'))).toBe(1);
  });
});

async function contrastOf(
  on: Page,
  one: Locator,
  other: Locator,
  ...properties: ['color' | 'backgroundColor', 'backgroundColor']
): Promise<number> {
  const [first, second] = await Promise.all(
    [one, other].map(async (each, at) => {
      const text = await each.evaluate((element, name) => getComputedStyle(element)[name], properties[at]!);
      return on.evaluate((color) => {
        const context = document.createElement('canvas').getContext('2d')!;
        context.fillStyle = 'white';
        context.fillRect(0, 0, 1, 1);
        context.fillStyle = color;
        context.fillRect(0, 0, 1, 1);
        const [red = 0, green = 0, blue = 0] = [...context.getImageData(0, 0, 1, 1).data].map((value) =>
          value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
        );
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
      }, text);
    }),
  );
  return Math.max(first!, second!) / Math.min(first!, second!);
}

describe('on paper', () => {
  beforeEach(async () => {
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize({ width: 720, height: 1_000 });
  });

  it('failures are what they state, and the history its jobs; there is nothing to press', async () => {
    stage.letters = [aLetter('the shop is shut')];
    stage.finished = [aJobFinished({ kind: 'primes', created_at: new Date().toISOString() }).job];
    await page.goto(`${stage.baseUrl}/failures`);
    await page.locator('main').getByText('the shop is shut').first().waitFor();
    await page.goto(`${stage.baseUrl}/history`);
    await page.getByRole('region', { name: 'Finished jobs' }).getByText('primes').first().waitFor();
    const charts = ['Jobs a day', 'Failure share', 'Duration by kind'].map((name) => boxOf(page.getByRole('heading', { name })));
    expect(new Set((await Promise.all(charts)).map(({ y }) => y)).size).toBe(3);
    expect(await page.locator('button:visible:not([data-line]), header a.button:visible, nav:visible').count()).toBe(0);
    expect(await page.getByText('The same as a table').isVisible()).toBe(false);
  });

  it('code is as wide as its paper', async () => {
    await page.goto(`${stage.baseUrl}/docs/simple-kinds`);
    const code = page.locator('main pre');
    await code.first().waitFor();
    expect(await code.evaluateAll((all) => all.filter((each) => each.scrollWidth > each.clientWidth).length)).toBe(0);
  });
});

describe('a job that failed', () => {
  const id = idOf(60);

  beforeEach(() => {
    aDay(stage);
    const job = { ...stage.jobs.get(id)!, failed_chunks: 3, on_dead_chunk: 'continue' as const, max_failed: { count: 2 } };
    const failed: [number, number][] = [
      [29, 30],
      [34, 35],
      [51, 52],
    ];
    stage.show({ ...job, chunks: { done: [[0, 29]], leased: [], failed, coarse: false } });
    stage.letters = failed.map(([begin, end]) => ({ ...aLetter('the shop is shut'), id: `${begin}`, job_id: id, begin, end }));
  });

  it('has a frame around each chunk that was not run, in colours of the user', async () => {
    await page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' });
    await page.goto(`${stage.baseUrl}/jobs/${id}`);
    await page.getByRole('img', { name: /^Chunk map/ }).waitFor();
    await page.getByRole('button', { name: 'Requeue 3 dead chunks' }).waitFor();
    // Along the last row of cells, none of which was run.
    const bright = await page.locator('main canvas').evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, canvas.height - 8, canvas.width / 4, 1);
      return data.filter((value, at) => at % 4 === 0 && value > 128).length;
    });
    expect(bright).toBeGreaterThan(4);
  });

  it('is on paper what failed, each chunk with its cause, and asks for nothing', async () => {
    await page.setViewportSize({ width: 720, height: 1_000 });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await page.goto(`${stage.baseUrl}/jobs/${id}?tab=failures`);
    const dead = page.getByRole('region', { name: 'Dead chunks' });
    await dead.getByText('the shop is shut').first().waitFor();
    expect(await dead.getByText('3 ×').isVisible()).toBe(true);
    expect(await page.locator('button:visible:not([data-line]), nav:visible').count()).toBe(0);
    expect(await page.getByText('requeue all of them above').isVisible()).toBe(false);
  });

  it('is whole at 200 and 400 %, and what requeues it can be reached', async () => {
    for (const [width, height] of [
      [640, 450],
      [320, 256],
    ] as const) {
      await page.setViewportSize({ width, height });
      for (const tab of ['map', 'failures']) {
        await page.goto(`${stage.baseUrl}/jobs/${id}?tab=${tab}`);
        const requeue = page.getByRole('button', { name: /^Requeue 3/ }).first();
        await requeue.scrollIntoViewIfNeeded();
        const { x, width: wide } = await boxOf(requeue);
        expect(x + wide).toBeLessThanOrEqual(width);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(over, `${tab} at ${width} px`).toBeLessThanOrEqual(0);
      }
    }
  });
});

describe('what is short of room', () => {
  it('a job with gaps states in the list how much of it there is, not how much is missing', async () => {
    aDay(stage);
    await page.setViewportSize({ width: 1_024, height: 900 });
    await page.goto(`${stage.baseUrl}/jobs`);
    await page
      .locator(`main li[data-job="${idOf(70)}"]`)
      .getByText('188 of 200 chunks', { exact: true })
      .waitFor();
  });

  it('the names of times below lanes are whole', async () => {
    aDay(stage);
    for (const width of [390, 720, 1_440]) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(`${stage.baseUrl}/jobs/${idOf(90)}?tab=lanes`);
      const names = page.locator('#lanes span.absolute');
      await names.last().waitFor();
      const cut = await names.evaluateAll((all) =>
        all.filter((each) => {
          const [own, around] = [each.getBoundingClientRect(), each.parentElement!.getBoundingClientRect()];
          return own.left < around.left - 0.5 || own.right > around.right + 0.5;
        }),
      );
      expect(cut, `${width} px`).toEqual([]);
      expect(await names.first().innerText()).toBe('0');
    }
  });

  it('the rate of all names more than one time', async () => {
    aDay(stage);
    await page.addInitScript(() => {
      const seen = new Set<string>();
      Object.assign(globalThis, { seen });
      const write = CanvasRenderingContext2D.prototype.fillText;
      CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
        seen.add(text);
        write.call(this, text, ...rest);
      };
    });
    await page.setViewportSize({ width: 1_024, height: 900 });
    await page.goto(`${stage.baseUrl}/operations`);
    await page.locator('main canvas').waitFor();
    const times = () =>
      page.evaluate(() => [...(globalThis as unknown as { seen: Set<string> }).seen].filter((text) => text.includes(':')));
    await vi.waitFor(async () => expect((await times()).length).toBeGreaterThan(2), { timeout: 20_000, interval: 50 });
    expect((await times()).filter((text) => text.length > 5)).toEqual([]);
  });
});

describe('colours that change while a page is open', () => {
  /** The mean of what a canvas shows; a chart moves on meanwhile, but its colours are few. */
  const inkOf = (of: Page): Promise<number[]> =>
    of
      .locator('main canvas')
      .first()
      .evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        const sums = [0, 0, 0, 0];
        for (let at = 0; at < data.length; at += 4) {
          const share = data[at + 3]! / 255;
          for (let band = 0; band < 3; band += 1) sums[band]! += share * data[at + band]!;
          sums[3]! += share;
        }
        return sums.slice(0, 3).map((sum) => sum / Math.max(1, sums[3]!));
      });

  const media = [
    ['paper', { media: 'print', colorScheme: 'dark' }],
    ['light colours of the user', { forcedColors: 'active', colorScheme: 'light' }],
    ['dark colours of the user', { forcedColors: 'active', colorScheme: 'dark' }],
    ['the colours of before', { colorScheme: 'dark' }],
  ] as const;

  it.each([
    ['a chunk map', `/jobs/${idOf(90)}`],
    ['lanes', `/jobs/${idOf(90)}?tab=lanes`],
    ['the rate of all', '/operations'],
    ['a curve of a worker', '/workers/anvil-4711-a1'],
  ])('are those of %s, too', async (_, path) => {
    aDay(stage);
    // It stands still, so that what is drawn differs by its colours alone.
    stage.show({ ...stage.jobs.get(idOf(90))!, status: 'completed', finished_at: new Date().toISOString() });
    const drawn = async (of: Page) => {
      await of.locator('main canvas').first().waitFor();
      await vi.waitFor(async () => expect(Math.max(...(await inkOf(of)))).toBeGreaterThan(0), { timeout: 20_000, interval: 50 });
    };
    const none = { media: 'screen', forcedColors: 'none' } as const;
    await page.emulateMedia({ ...none, colorScheme: 'dark' });
    await page.goto(stage.baseUrl + path);
    await drawn(page);
    const fresh = await page
      .context()
      .browser()!
      .newPage({ viewport: { width: 1440, height: 900 } });
    for (const [name, with_] of media) {
      await fresh.emulateMedia({ ...none, ...with_ });
      await fresh.goto(stage.baseUrl + path);
      await fresh.locator('main canvas').first().waitFor();
      await page.emulateMedia({ ...none, ...with_ });
      await vi.waitFor(
        async () => {
          const [here, there] = [await inkOf(page), await inkOf(fresh)];
          const furthest = Math.max(...here.map((value, band) => Math.abs(value - there[band]!)));
          expect(furthest, `${name}: ${here.map(Math.round).join()} is not ${there.map(Math.round).join()}`).toBeLessThan(12);
        },
        { timeout: 20_000, interval: 50 },
      );
    }
    await fresh.close();
  });
});
