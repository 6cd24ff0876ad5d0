/// <reference lib="dom" />
/** What is in sight in a window of 1,024, in a real Chromium, of a gateway whose every answer the test decides. */

import type { Locator, Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { StagedAccounts } from '../fixture/staged-accounts.ts';
import { onStage } from '../fixture/stage.ts';
import type { StagedGateway } from '../fixture/staged-gateway.ts';

let stage: StagedGateway;
let page: Page;
onStage((staged) => ({ stage, page } = staged));

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
