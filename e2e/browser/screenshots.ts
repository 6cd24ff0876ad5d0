/// <reference lib="dom" />
/**
 * Pictures of the dashboard as it is built, to look at: every page at three widths, dark and light, in `.reports/screenshots`.
 *
 *   npm run screenshots [-- part of a name …]        what has changed is built first
 *
 * `npm run screenshots -- --readme` takes only the picture that README opens with, docs/job.png.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildProject } from '../../deploy/local/src/prepare/project-build.ts';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { openBrowser } from '../fixture/browser.ts';
import { stageGateway, type StagedGateway } from '../fixture/staged-gateway.ts';
import { email, password, scenes, setScene, type Scene } from './scenes.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, '.reports/screenshots');
const widths = [1440, 1024, 390];
const modes = ['dark', 'light'] as const;
type Mode = (typeof modes)[number];

async function newContext(browser: Browser, mode: Mode): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  await context.addInitScript((chosen) => localStorage.setItem('mode-watcher-mode', chosen), mode);
  return context;
}

async function openScene(context: BrowserContext, stage: StagedGateway, scene: Scene): Promise<Page> {
  setScene(stage, scene);
  const page = await context.newPage();
  await page.goto(stage.baseUrl + (scene.accounts === 'in' ? `/sign-in?to=${scene.path}` : scene.path));
  if (scene.accounts === 'in') {
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }
  await scene.ready(page);
  await page.evaluate(() => document.fonts.ready);
  return page;
}

/** Two frames: what measures itself does so in the first. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

async function pictures(browser: Browser, stage: StagedGateway, wanted: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const scene of scenes.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)))) {
    for (const mode of modes) {
      const context = await newContext(browser, mode);
      const page = await openScene(context, stage, scene);
      for (const width of widths) {
        const least = width < 500 ? 844 : 900;
        await page.setViewportSize({ width, height: least });
        await settled(page);
        // As high as the page, so that what keeps its place is where its user sees it.
        const whole = await page.evaluate(() => document.documentElement.scrollHeight);
        if (scene.whole !== false) await page.setViewportSize({ width, height: Math.min(Math.max(whole, least), 6_000) });
        await settled(page);
        await page.screenshot({ path: join(folder, `${scene.name}-${width}-${mode}.png`) });
      }
      await context.close();
    }
    console.log(scene.name);
  }
}

async function readmePicture(browser: Browser, stage: StagedGateway): Promise<void> {
  const context = await newContext(browser, 'dark');
  const page = await openScene(
    context,
    stage,
    scenes.find(({ name }) => name === 'job-running')!,
  );
  await page.setViewportSize({ width: 1280, height: 800 });
  await settled(page);
  await page.screenshot({ path: join(root, 'docs/job.png') });
  await context.close();
}

await buildProject({ projectFolder: root, say: console.log, signal: AbortSignal.timeout(600_000) });
const [browser, stage] = await Promise.all([openBrowser(), stageGateway()]);
const asked = process.argv.slice(2);
try {
  await (asked.includes('--readme') ? readmePicture(browser, stage) : pictures(browser, stage, asked));
} finally {
  await browser.close();
  await stage.stop();
}
