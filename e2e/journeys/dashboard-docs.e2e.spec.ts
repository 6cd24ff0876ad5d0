/// <reference lib="dom" />
/** The docs in the dashboard of a real gateway, under its policy: reading, searching, copying, and how they look at any width. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { eventually } from '@manyhands/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { docsPages } from '../../web/src/lib/docs/contents.ts';
import { startBareSystem, type BareSystem } from '../clients/bare-system.ts';
import { startGateway, type GatewayProcess } from '../clients/gateway-process.ts';
import { accessibilityProblems, openBrowser } from '../fixture/browser.ts';

let bare: BareSystem;
let gateway: GatewayProcess;
let browser: Browser;
let context: BrowserContext;
let page: Page;
/** What broke the policy, failed, or came from elsewhere. */
let wrong: string[];

beforeAll(async () => {
  [bare, browser] = await Promise.all([startBareSystem(), openBrowser()]);
  gateway = await startGateway(bare.natsUrl);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  await bare?.stop();
});

beforeEach(async () => {
  wrong = [];
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: gateway.origin });
  await context.exposeFunction('violated', (what: string) => wrong.push(what));
  await context.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
      (globalThis as unknown as { violated: (what: string) => void }).violated(`${effectiveDirective} ${blockedURI}`),
    ),
  );
  page = await context.newPage();
  page.on('pageerror', ({ message }) => wrong.push(message));
  page.on(
    'request',
    (request) => !/^(data|blob):/.test(request.url()) && !request.url().startsWith(gateway.origin) && wrong.push(request.url()),
  );
  page.on(
    'response',
    (answer) => answer.status() >= 400 && answer.url() !== `${gateway.origin}/readyz` && wrong.push(answer.url()),
  );
});
afterEach(async () => {
  await context.close();
  expect(wrong).toEqual([]);
});

const open = async (path: string, heading: string): Promise<void> => {
  await page.goto(gateway.origin + path);
  await titled(heading);
};
const titled = (heading: string) => page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
const sideways = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
const at = () => new URL(page.url()).pathname + new URL(page.url()).hash;

it('is searched, read and copied from, and the commands name this system', async () => {
  await open('/docs', 'Docs');
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.keyboard.press('/');
  await page.keyboard.type('kil worker');
  const found = page.getByRole('list', { name: 'Found' }).getByRole('link');
  await found.filter({ hasText: 'Kill a worker' }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.keyboard.press('ArrowDown');
  await eventually(async () => expect(await found.first().evaluate((link) => link === document.activeElement)).toBe(true));
  await found.filter({ hasText: 'Kill a worker' }).click();
  await titled('Five-minute tour');
  expect(at()).toBe('/docs/tour#kill-a-worker');
  await eventually(async () => {
    const top = await page.locator('#kill-a-worker').evaluate((heading) => heading.getBoundingClientRect().top);
    expect(top).toBeGreaterThanOrEqual(0);
    expect(top).toBeLessThan(400);
  });
  expect(await found.count()).toBe(0);

  const block = page.locator('.code', { hasText: 'wait=60s' }).first();
  await block.hover();
  await block.getByRole('button', { name: 'Copy' }).click();
  await block.getByRole('button', { name: 'Copied' }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.trim()).toMatch(/^curl -s '127\.0\.0\.1:\d+\/v1\/jobs\?wait=60s' .*"chunks":64}'$/);
  expect(copied).toContain(`'${new URL(gateway.origin).host}/`);
  expect(await page.locator('.docs-text pre .s').count()).toBeGreaterThan(3);
  expect(await accessibilityProblems(page)).toEqual([]);

  await page.getByRole('link', { name: 'guarantees', exact: true }).click();
  await titled('What is promised');
  expect(await page.getByRole('navigation', { name: 'Docs' }).locator('[aria-current]').textContent()).toBe('Guarantees');
  await page.goBack();
  await titled('Five-minute tour');
});

it('a heading named in the address is where the page opens', async () => {
  await open('/docs/settings#health_port', 'Settings');
  await eventually(async () =>
    expect(await page.locator('#health_port').evaluate((heading) => Math.abs(heading.getBoundingClientRect().top))).toBeLessThan(
      400,
    ),
  );
  await page
    .getByRole('navigation', { name: 'On this page' })
    .locator('[aria-current="location"]')
    .getByText('HEALTH_PORT')
    .waitFor();
});

it('from the first page to the last one, none is wider than its window', async () => {
  const [first] = docsPages;
  await page.goto(`${gateway.origin}/docs/${first!.slug}`);
  for (const [index, { slug, name }] of docsPages.entries()) {
    await page
      .getByRole('navigation', { name: 'Docs' })
      .locator('[aria-current="page"]')
      .getByText(name, { exact: true })
      .waitFor();
    await page.waitForURL((url) => url.pathname === `/docs/${slug}`);
    for (const width of [1024, 390, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      expect([slug, width, Math.max(0, await sideways())]).toEqual([slug, width, 0]);
    }
    const { pictures, empty } = await page.evaluate(async () => {
      const images = [...document.querySelectorAll<HTMLImageElement>('.docs-text img')];
      for (const image of images) image.loading = 'eager';
      await Promise.all(images.map((image) => image.decode().catch(() => undefined)));
      return { pictures: images.length, empty: images.filter(({ naturalWidth }) => naturalWidth === 0).length };
    });
    expect([slug, empty]).toEqual([slug, 0]);
    if (slug === 'performance') expect(pictures).toBe(3);
    if (['performance', 'guarantees'].includes(slug)) expect([slug, await accessibilityProblems(page)]).toEqual([slug, []]);
    if (index < docsPages.length - 1) await page.getByRole('navigation', { name: 'Next pages' }).locator('[rel="next"]').click();
  }
});

it('on a phone the list of pages opens, leads on, and closes', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open('/docs/cli', 'The command manyhands');
  const list = page.getByRole('navigation', { name: 'Docs' });
  expect(await list.isVisible()).toBe(false);
  await page.getByRole('button', { name: 'Pages' }).click();
  expect(await accessibilityProblems(page)).toEqual([]);
  await list.getByRole('link', { name: 'States' }).click();
  await titled('States');
  await eventually(async () => expect(await list.isVisible()).toBe(false));
});

it('is found with ⌘K, by keys, and under the address that the description of the API had', async () => {
  await open('/docs', 'Docs');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('combobox').fill('celery');
  await page.getByRole('dialog').getByRole('option', { name: 'Coming from Celery' }).waitFor();
  await page.keyboard.press('Enter');
  await titled('Coming from Celery');
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await titled('Docs');
  await page.getByRole('main').getByRole('link', { name: 'API reference' }).first().click();
  const reference = () => page.waitForURL((url) => url.pathname === '/reference', { waitUntil: 'commit' });
  await reference();
  await page.goto(`${gateway.origin}/docs#/jobs`);
  await reference();
  await page.goto(`${gateway.origin}/docs/no-such-page`);
  await page.getByText('This address leads nowhere.').waitFor();
});
