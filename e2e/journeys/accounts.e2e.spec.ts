/// <reference lib="dom" />
/** Accounts as their users meet them, of the whole system with `AUTH=on`: in a real Chromium, in a shell, at the command line. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startOpenIdProvider, type OpenIdProvider } from '@manyhands/testkit/open-id-provider';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { accessibilityProblems, openBrowser } from '../fixture/browser.ts';
import { repository, startSystem, type System } from '../fixture/system.ts';

const run = promisify(execFile);
const ada = { email: 'ada@example.org', password: 'four words in a row' };
const admin = { email: 'grace@example.org', password: 'five words in a long row' };

let system: System;
let provider: OpenIdProvider;
let browser: Browser;
let visitor: BrowserContext;
let home: string;
const complaints: string[] = [];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'manyhands-accounts-'));
  provider = await startOpenIdProvider();
  const { issuer, clientId, clientSecret } = provider;
  system = await startSystem({
    env: { AUTH: 'on', AUTH_SIGN_IN: `corp ${issuer} ${clientId}`, AUTH_SIGN_IN_SECRETS: `corp:${clientSecret}` },
  });
  provider.allow(`${system.baseUrl}/v1/auth/providers/corp/callback`);
  browser = await openBrowser();
  visitor = await newContext();
});

afterAll(async () => {
  await browser?.close();
  await system?.stop();
  await provider?.stop();
  rmSync(home, { recursive: true, force: true });
});

function newContext(): Promise<BrowserContext> {
  return browser.newContext({ viewport: { width: 1440, height: 900 } });
}

async function open(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(`${path}: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy|violates/.test(message.text())) complaints.push(`${path}: ${message.text()}`);
  });
  await page.goto(system.baseUrl + path);
  return page;
}

function soon<T>(check: () => Promise<T>, timeout = 30_000): Promise<T> {
  return vi.waitFor(check, { timeout, interval: 50 });
}

const focused = (page: Page) => page.evaluate(() => document.activeElement?.id);
const main = (page: Page) => page.getByRole('main');

/** The command line, as the user whose folder this is. */
async function manyhands(args: string[], stdin = ''): Promise<string> {
  const env = { ...process.env, XDG_CONFIG_HOME: home, MANYHANDS_URL: system.baseUrl };
  const running = run(process.execPath, [join(repository, 'libs/manyhands/bin/manyhands.js'), ...args], { env, cwd: home });
  running.child.stdin!.end(stdin);
  const { stdout, stderr } = await running;
  return stdout + stderr;
}

it('the first start prints a link, which makes its user the administrator, once', async () => {
  const link = await soon(async () => {
    const [found] = /http:\S+\/sign-in#link=\S+/.exec(system.output()) ?? [];
    expect(found, system.output()).toBeDefined();
    return new URL(found!);
  });
  const context = await newContext();
  const page = await open(context, link.pathname + link.hash);
  await page.getByRole('link', { name: 'Operations', exact: true }).click();
  await page.getByRole('heading', { name: 'Operations' }).waitFor();
  await page.goto(`${system.baseUrl}/account`);
  await page.getByRole('heading', { name: 'Address and password' }).waitFor();
  await page.getByLabel('E-mail address').fill(admin.email);
  await page.getByLabel('New password', { exact: true }).last().fill(admin.password);
  await page.getByRole('button', { name: 'Keep them' }).click();
  await main(page).getByText(admin.email).waitFor();
  const again = await open(await newContext(), link.pathname + link.hash);
  await again.getByRole('alert').waitFor();
  await context.close();
});

it('a visitor registers by keyboard alone, computes something, and finds it in jobs, history and statistics', async () => {
  const page = await open(visitor, '/jobs');
  await page.waitForURL(/\/sign-in\?to=%2Fjobs$/);
  await page.getByRole('link', { name: 'Create one' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Create an account' }).waitFor();
  await page.getByLabel('E-mail address').focus();
  await page.keyboard.type(ada.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(ada.password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Jobs', exact: true }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);

  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'New job' }).focus();
  await page.keyboard.press('Enter');
  const start = page.getByRole('button', { name: 'Start the job' });
  await start.focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/jobs\/[0-9a-f-]{36}$/);
  await page.getByRole('heading', { name: 'Result' }).waitFor({ timeout: 60_000 });
  const job = new URL(page.url()).pathname;

  await page.getByRole('link', { name: 'History' }).click();
  await page.getByRole('region', { name: 'Finished jobs' }).getByRole('listitem').first().waitFor();
  await page.getByRole('link', { name: /^Account/ }).click();
  const statistics = page.getByRole('region', { name: 'Statistics' });
  await soon(async () => expect((await statistics.innerText()).replace(/\s+/g, ' ')).toMatch(/Jobs 1 Completed 1 Failed 0/));
  expect(await accessibilityProblems(page)).toEqual([]);

  // No account sees another's.
  const context = await newContext();
  const other = await open(context, '/sign-in');
  await other.getByLabel('E-mail address').fill(admin.email);
  await other.getByLabel('Password', { exact: true }).fill(admin.password);
  await other.getByRole('button', { name: 'Sign in' }).click();
  await main(other).getByRole('link', { name: 'New job' }).waitFor();
  await other.goto(system.baseUrl + job);
  await other
    .getByText(/no such job|not found|There is no/i)
    .first()
    .waitFor();
  await context.close();
  await page.close();
});

it('a user of another provider signs in there, and is led to the page that was asked for; who declines is shown that', async () => {
  const context = await newContext();
  const page = await open(context, '/jobs?status=failed');
  const other = page.getByRole('link', { name: 'Sign in with corp' });
  await other.waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await other.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Decline' }).click();
  await page.getByRole('alert').getByText('You were not signed in there').waitFor();
  await other.click();
  await page.getByLabel('Name').fill('lin');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('heading', { name: 'Jobs', exact: true }).waitFor();
  expect(page.url()).toBe(`${system.baseUrl}/jobs?status=failed`);
  const cookies = await context.cookies(`${system.baseUrl}/v1/auth/providers`);
  expect(cookies).toMatchObject([{ name: 'mh_refresh', path: '/v1/auth', httpOnly: true, sameSite: 'Strict' }]);
  await page.goto(`${system.baseUrl}/account`);
  await main(page)
    .getByText(`lin at ${new URL(provider.issuer).host}`)
    .waitFor();
  await context.close();
});

it('a key is made by keyboard alone, and the line beside it runs as it stands', async () => {
  const page = await open(visitor, '/account');
  await page.getByRole('button', { name: 'New key' }).focus();
  await page.keyboard.press('Enter');
  await soon(async () => expect(await focused(page)).toBe('key-name'));
  await page.keyboard.type('a shell');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'The key “a shell”' }).waitFor();
  const line = await page.getByTestId('curl-line').innerText();
  const { stdout } = await run('sh', ['-c', line]);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'completed' });
  await page.getByRole('button', { name: 'I have copied it' }).click();
  await page.getByRole('button', { name: 'Revoke the key a shell' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('None yet.').waitFor();
  await soon(async () => expect(JSON.parse((await run('sh', ['-c', line])).stdout)).toHaveProperty('detail'), 6_000);
  await page.close();
});

it('the command line signs in, keeps its key where its owner alone reads it, and signs out', async () => {
  await manyhands(['login', '--email', ada.email, '--password', '-'], `${ada.password}\n`);
  const file = join(home, 'manyhands/config.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const [{ token }] = Object.values((JSON.parse(readFileSync(file, 'utf8')) as { profiles: object }).profiles) as [
    { token: string },
  ];
  expect(await manyhands(['whoami'])).toBe(`${ada.email} (user) at ${system.baseUrl}\n`);
  expect(JSON.parse(await manyhands(['ls', '--json']))).toHaveLength(2);
  const page = await open(visitor, '/account');
  const keys = page.getByRole('list', { name: 'API keys' });
  await keys.getByText('manyhands on').waitFor();
  expect(await page.getByRole('list', { name: 'Sessions' }).getByText('This one').count()).toBe(1);
  await page.close();
  expect(await manyhands(['logout'])).not.toContain('could not be revoked');
  expect(readFileSync(file, 'utf8')).not.toContain('mh_');
  await soon(async () => {
    const answer = await fetch(`${system.baseUrl}/v1/jobs`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(401);
  }, 6_000);
});

it('a link made on the page of a job shows it to who has no account, until it is revoked', async () => {
  const page = await open(visitor, '/jobs');
  const row = page.locator('main a[href^="/jobs/0"]').first();
  await page.goto(system.baseUrl + (await row.getAttribute('href'))!);
  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByRole('button', { name: 'Make a public link' }).click();
  const dialog = page.getByRole('dialog', { name: 'Public links' });
  await dialog.getByText('None.').waitFor();
  await dialog.getByRole('button', { name: 'Make a link' }).click();
  const link = new URL(await dialog.getByTestId('public-link').innerText());
  expect(await accessibilityProblems(page)).toEqual([]);

  const context = await newContext();
  const asked: string[] = [];
  context.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const shared = await open(context, link.pathname);
  await shared.getByRole('heading', { name: 'Result' }).waitFor();
  await shared.getByText(/To read only\. This link ends/).waitFor();
  expect(await accessibilityProblems(shared)).toEqual([]);
  expect(await shared.locator('nav, button, a').count()).toBe(0);
  expect(asked.filter((path) => /^\/(v1|readyz|ws)/.test(path))).toEqual([`/v1/shares/${link.pathname.slice(7)}`]);

  await dialog.getByRole('button', { name: /^Revoke the link that ends/ }).click();
  await dialog.getByText('None.').waitFor();
  await shared.reload();
  await shared.getByRole('heading', { name: 'This link is no longer good' }).waitFor();
  expect(await accessibilityProblems(shared)).toEqual([]);
  expect(system.output()).not.toContain(link.pathname.slice(7));
  await context.close();
  await page.close();
});

it('signing out everywhere ends every other session within five seconds, and nothing is left to see', async () => {
  const elsewhere = await newContext();
  const other = await open(elsewhere, '/sign-in?to=/jobs');
  await other.getByLabel('E-mail address').fill(ada.email);
  await other.getByLabel('Password', { exact: true }).fill(ada.password);
  await other.getByRole('button', { name: 'Sign in' }).click();
  await other.getByRole('heading', { name: 'Jobs', exact: true }).waitFor();
  const page = await open(visitor, '/account');
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out everywhere' }).click();
  const signedOutAt = Date.now();
  await main(page).getByRole('link', { name: 'Sign in' }).waitFor();
  await other.getByText('Your session is over.').waitFor({ timeout: 15_000 });
  expect(Date.now() - signedOutAt).toBeLessThan(8_000);
  await page.goto(`${system.baseUrl}/jobs`);
  await page.waitForURL(/\/sign-in/);
  await elsewhere.close();
});

it('who has no account computes a small job on the landing page, and the line beside it runs as it stands', async () => {
  const context = await newContext();
  const page = await open(context, '/');
  await page.getByRole('button', { name: 'Start' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('50,005,000').waitFor({ timeout: 60_000 });
  await page.getByRole('img', { name: 'Chunks: 8 of 8 done' }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  const line = await page.locator('pre', { hasText: 'curl' }).innerText();
  const { stdout } = await run('sh', ['-c', line]);
  expect(JSON.parse(stdout)).toMatchObject({ job_id: expect.any(String), status: 'pending' });
  await context.close();
});

it('no page broke the content security policy, or threw', () => {
  expect(complaints).toEqual([]);
});
