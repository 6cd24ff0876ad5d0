/// <reference lib="dom" />
/** Pages about accounts, in a real Chromium, of a gateway whose every answer the test decides. */
import { newJobId } from '@manyhands/proto';
import { aJobFinished, aJobView, aKindRegistration, aWorkerHeartbeat } from '@manyhands/testkit';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { accessibilityProblems, openBrowser } from '../fixture/browser.ts';
import { StagedAccounts } from '../fixture/staged-accounts.ts';
import { stageGateway, type StagedGateway } from '../fixture/staged-gateway.ts';

const ada = { email: 'ada@example.org', password: 'four words in a row' };

let browser: Browser;
let context: BrowserContext;
let stage: StagedGateway;
let accounts: StagedAccounts;

beforeAll(async () => {
  browser = await openBrowser();
});

beforeEach(async () => {
  stage = await stageGateway();
  stage.kinds = [aKindRegistration({ kind: 'primes' })];
  stage.workers = [aWorkerHeartbeat()];
  accounts = stage.accounts = new StagedAccounts();
  accounts.add(ada.email, ada.password);
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
});

afterEach(async () => {
  await context.close();
  await stage.stop();
});

afterAll(() => browser?.close());

async function open(path: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(stage.baseUrl + path);
  return page;
}

async function signIn(page: Page, { email, password } = ada): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Signed in, at an address. */
async function openSignedIn(path: string, role: 'user' | 'admin' = 'user'): Promise<Page> {
  accounts.users.get(ada.email)!.user.role = role;
  const value = accounts.signIn(ada.email);
  await context.addCookies([{ name: 'mh_refresh', value, url: `${stage.baseUrl}/v1/auth`, httpOnly: true, sameSite: 'Strict' }]);
  return open(path);
}

/** As soon as it is so; the machine may be busy. */
function soon<T>(check: () => Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 20_000, interval: 50 });
}

/** The first page of who has no job yet. */
const entered = (page: Page) => page.getByRole('main').getByRole('link', { name: 'New job' }).waitFor();
const pathOf = (page: Page): string => page.url().slice(stage.baseUrl.length);
const focused = (page: Page) => page.evaluate(() => document.activeElement?.id);

describe('a visitor', () => {
  it.each(['/', '/sign-in', '/register', '/docs/tour'])('is sent nothing at %s that fails', async (path) => {
    const page = await context.newPage();
    const failed: string[] = [];
    page.on('response', (answer) => void (answer.ok() || failed.push(`${answer.status()} ${answer.url()}`)));
    page.on('console', (line) => void (line.type() === 'error' && failed.push(line.text())));
    await page.goto(stage.baseUrl + path, { waitUntil: 'networkidle' });
    await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
    expect(failed).toEqual([]);
  });

  it('finds what this is, tries it without an account, and sees the answer and each chunk', async () => {
    const view = aJobView({ kind: 'sum', status: 'running', detail: null, total_chunks: 8, completed_chunks: 3 });
    const chunks = { done: [[0, 3]] as [number, number][], leased: [], failed: [], coarse: false };
    stage.demo = { view: { ...view, chunks } };
    const page = await open('/');
    await page.getByRole('heading', { level: 1, name: /One long computation/ }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(stage.clientCount).toBe(0);
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('img', { name: 'Chunks: 3 of 8 done' }).waitFor();
    const done = { ...chunks, done: [[0, 8]] as [number, number][] };
    stage.demo.view = { ...view, chunks: done, status: 'completed', completed_chunks: 8, result: 50_005_000, duration_sec: 0.04 };
    await page.getByText('50,005,000').waitFor();
    await page.getByText('8 chunks, each counted once').waitFor();
    await page.getByLabel('n', { exact: true }).fill('7');
    await page.getByText('Sum of 1 to 10,000').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  it('who tried too often is shown why, and when the next try is taken', async () => {
    const refusal = { status: 429, detail: 'Five demo jobs a minute from one address. Try again in 2 s.', retryAfter: 2 };
    stage.demo = { view: aJobView({ status: 'completed', result: 3 }), refusal };
    const page = await open('/');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('alert').getByText('Five demo jobs a minute').waitFor();
    await page.getByRole('button', { name: /^In [12] s$/ }).waitFor();
    delete stage.demo.refusal;
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('Sum of 1 to 10,000').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('is shown one more than the most as a sentence, and it is not sent', async () => {
    const page = await open('/');
    await page.getByLabel('n', { exact: true }).fill('10001');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('Must be a whole number from 1 to 10,000.').waitFor();
    expect(await focused(page)).toBe('demo-n');
    expect(stage.asked).toEqual([]);
  });

  it.each(['/jobs?status=failed', '/operations#schedules', '/account', '/history'])(
    'is asked to sign in at %s, and comes back there, by keyboard alone',
    async (path) => {
      const page = await open(path);
      await page.waitForURL(/\/sign-in\?to=/);
      await page.getByLabel('E-mail address').focus();
      await page.keyboard.type(ada.email);
      await page.keyboard.press('Tab');
      await page.keyboard.type(ada.password);
      await page.keyboard.press('Enter');
      await soon(async () => expect(pathOf(page)).toBe(path));
    },
  );

  it('is shown an address that leads nowhere as such', async () => {
    const page = await open('/nowhere');
    await page.getByRole('heading', { name: 'Nothing here' }).waitFor();
  });
});

describe('signing in', () => {
  it('keeps the token out of what scripts and other pages can read, and opens the WebSocket with a ticket', async () => {
    const page = await open('/sign-in');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await signIn(page);
    await entered(page);
    await soon(async () => expect(stage.clientCount).toBe(1));
    expect(accounts.redeemed).toEqual([expect.stringMatching(/^t\d+$/)]);
    const kept = await page.evaluate(() => [document.cookie, ...Object.values(localStorage), ...Object.values(sessionStorage)]);
    expect(kept.join(' ')).not.toMatch(/\ba\d+\b|\bc\d+\b|\bt\d+\b/);
    await page.reload();
    await entered(page);
    expect(accounts.sessions.size).toBe(1);
  });

  it('shows what is wrong where it is, and puts the keyboard there', async () => {
    const page = await open('/sign-in');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Enter your e-mail address.').waitFor();
    await page.getByText('Enter your password.').waitFor();
    expect(await focused(page)).toBe('email');
    await signIn(page, { ...ada, password: 'wrong' });
    await page.getByRole('alert').getByText('Wrong address or password.').waitFor();
    expect(await focused(page)).toBe('password');
    expect(await page.getByLabel('E-mail address').inputValue()).toBe(ada.email);
    expect(await accessibilityProblems(page)).toEqual([]);
    const shown = page.getByRole('button', { name: 'Show the password' });
    await shown.click();
    expect(await page.getByLabel('Password', { exact: true }).getAttribute('type')).toBe('text');
    expect(await shown.getAttribute('aria-pressed')).toBe('true');
  });

  it('too often is refused with the sentence of the gateway', async () => {
    accounts.refusal = { status: 429, detail: 'Too many tries from this address. Try again in 14 minutes.', retryAfter: 840 };
    const page = await open('/sign-in');
    await signIn(page);
    await page.getByRole('alert').getByText('Try again in 14 minutes').waitFor();
  });

  it('works with the link of the first start, once, and the link does not stay in the address', async () => {
    accounts.add('admin@localhost', 'unknown to all of us', 'admin');
    accounts.links.set('x/y+z', 'admin@localhost');
    const page = await open(`/sign-in#link=${encodeURIComponent('x/y+z')}`);
    await page.getByRole('link', { name: 'Operations', exact: true }).waitFor();
    await soon(async () => expect(pathOf(page)).toBe('/'));
    await context.clearCookies();
    const again = await open('/sign-in#link=x');
    await again.getByRole('alert').getByText('This link was used, or has ended.').waitFor();
    expect(pathOf(again)).toBe('/sign-in');
  });

  it('makes an account where that is open, with a password that is long enough', async () => {
    const page = await open('/register');
    await page.getByLabel('E-mail address').fill('grace@example.org');
    await page.getByLabel('Password', { exact: true }).fill('fourteen chars');
    await page.getByRole('button', { name: 'Create the account' }).click();
    await page.getByText('Must have at least 15 characters; it has 14.').waitFor();
    expect(accounts.users.has('grace@example.org')).toBe(false);
    expect(await accessibilityProblems(page)).toEqual([]);
    accounts.refusal = { status: 422, detail: [{ loc: ['body', 'email'], msg: 'is taken', type: 'value_error' }] };
    await page.getByLabel('Password', { exact: true }).fill('fifteen charact');
    await page.getByRole('button', { name: 'Create the account' }).click();
    await page.getByText('is taken').waitFor();
    expect(await focused(page)).toBe('email');
    accounts.refusal = null;
    await page.getByRole('button', { name: 'Create the account' }).click();
    await entered(page);
    expect(accounts.users.has('grace@example.org')).toBe(true);
  });

  it('shows no way to register where that is closed', async () => {
    accounts.registration = false;
    const page = await open('/');
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).waitFor();
    expect(await page.getByRole('link', { name: 'Create an account' }).count()).toBe(0);
    await page.goto(`${stage.baseUrl}/register`);
    await page.getByRole('heading', { name: 'Registration is closed' }).waitFor();
  });
});

describe('the account page', () => {
  it('makes a key, shows it once with a line to try it, and copies both', async () => {
    const page = await openSignedIn('/account');
    await page.getByRole('button', { name: 'New key' }).click();
    await soon(async () => expect(await focused(page)).toBe('key-name'));
    await page.keyboard.press('Enter');
    await page.getByText('Name it after where it is used.').waitFor();
    expect(await page.getByLabel('Admin').count()).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.type('nightly report');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'The key “nightly report”' }).waitFor();
    const [made] = accounts.keys;
    expect(made).toMatchObject({ name: 'nightly report', scopes: ['read', 'write'] });
    expect(Date.parse(made!.expires_at!) - Date.now()).toBeGreaterThan(89 * 86_400_000);
    await page.getByRole('button', { name: 'Copy: the key' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`mh_${made!.key_id}_secret`);
    await page.getByRole('button', { name: 'Copy: the line' }).click();
    const line = await page.evaluate(() => navigator.clipboard.readText());
    expect(line).toMatch(/^curl -s 'http:.+\/v1\/jobs\?wait=30s' -H 'authorization: Bearer mh_.+_secret'/);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'I have copied it' }).click();
    expect(await page.getByText('_secret').count()).toBe(0);
    await soon(async () => expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('New key'));

    await page.getByRole('button', { name: 'Revoke the key nightly report' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('None yet.').waitFor();
    expect(accounts.keys).toEqual([]);
    await soon(async () => expect(await focused(page)).toBe('keys'));
  });

  it('shows how the jobs went, and where the account is signed in, and ends a session', async () => {
    Object.assign(accounts.statistics, { total: 1_234, completed: 1_200, failed: 34, average_duration_sec: 2.5 });
    const other = accounts.signIn(ada.email, 'curl/8.14.1');
    const page = await openSignedIn('/account');
    const region = page.getByRole('region', { name: 'Statistics' });
    await region.getByText('1,234').waitFor();
    expect(await region.getByText('34', { exact: true }).count()).toBe(1);
    const sessions = page.getByRole('list', { name: 'Sessions' });
    await sessions.getByText('Firefox on macOS').waitFor();
    expect(await sessions.getByText('This one').count()).toBe(1);
    expect(await accessibilityProblems(page)).toEqual([]);
    await sessions.getByRole('button', { name: /^End the session in curl/ }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'End it' }).click();
    await sessions.getByText('curl/8.14.1').waitFor({ state: 'detached' });
    expect(accounts.sessions.has(other)).toBe(false);
  });

  it('changes the password, and shows why not', async () => {
    const page = await openSignedIn('/account');
    await page.getByLabel('Current password').fill('another');
    await page.getByLabel('New password', { exact: true }).last().fill('five words in a long row');
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByRole('alert').getByText('The old password is wrong.').waitFor();
    expect(accounts.passwordTries, 'a wrong password is no reason to try again').toBe(1);
    await page.getByLabel('Current password').fill(ada.password);
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('It is stored.').waitFor();
    expect(accounts.users.get(ada.email)!.password).toBe('five words in a long row');
  });

  it('asks the first administrator, who came by a link, for an address and a password', async () => {
    accounts.users.get(ada.email)!.user.email = null;
    const page = await openSignedIn('/account', 'admin');
    await page.getByRole('heading', { name: 'Address and password' }).waitFor();
    expect(await page.getByLabel('Current password').count()).toBe(0);
    await page.getByRole('button', { name: 'Keep them' }).click();
    await page.getByText('Enter your e-mail address.').waitFor();
    expect(await focused(page)).toBe('new-email');
    await page.keyboard.type('grace@example.org');
    await page.getByLabel('New password', { exact: true }).last().fill('fifteen charact');
    await page.getByRole('button', { name: 'Keep them' }).click();
    await page.getByRole('heading', { name: 'Password', exact: true }).waitFor();
    await page.getByRole('main').getByText('grace@example.org').waitFor();
    expect(accounts.users.get(ada.email)).toMatchObject({ password: 'fifteen charact', user: { email: 'grace@example.org' } });
  });

  it('lets a user whose password was reset choose another one, without the old one', async () => {
    accounts.users.get(ada.email)!.user.has_password = false;
    accounts.links.set('reset', ada.email);
    const page = await open('/sign-in?to=%2Faccount#link=reset');
    await page.getByText('It was reset.').waitFor();
    expect(await page.getByLabel('Current password').count()).toBe(0);
    await page.getByLabel('New password', { exact: true }).last().fill('fifteen charact');
    await page.getByRole('button', { name: 'Keep it' }).click();
    await page.getByLabel('Current password').waitFor();
    expect(accounts.users.get(ada.email)).toMatchObject({ password: 'fifteen charact', user: { email: ada.email } });
  });

  it('signs out here, and in every other tab', async () => {
    const page = await openSignedIn('/account');
    const other = await open('/jobs');
    await other.getByRole('heading', { name: 'Jobs', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    for (const each of [page, other]) await each.getByRole('main').getByRole('link', { name: 'Create an account' }).waitFor();
    expect(accounts.sessions.size).toBe(0);
    await soon(async () => expect(stage.clientCount).toBe(0));
  });

  it('signs out everywhere after a question', async () => {
    accounts.signIn(ada.email);
    const page = await openSignedIn('/account');
    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).waitFor();
    expect(accounts.sessions.size).toBe(0);
  });
});

describe('a session', () => {
  it('whose token has ended gets another one, and its user notices nothing', async () => {
    const page = await openSignedIn('/jobs');
    await page.getByRole('heading', { name: 'Jobs', exact: true }).waitFor();
    const before = accounts.renewals;
    accounts.endTokens();
    await page.getByRole('link', { name: 'History' }).click();
    await page.getByText('No job has finished yet.').waitFor();
    expect(accounts.renewals).toBe(before + 1);
  });

  it('that was ended elsewhere leads to the sign-in page, and back', async () => {
    const page = await openSignedIn('/jobs?status=failed');
    await page.getByRole('heading', { name: 'Jobs', exact: true }).waitFor();
    accounts.endSessions();
    stage.closeClients(4401);
    await page.getByText('Your session is over.').waitFor();
    await signIn(page);
    await soon(async () => expect(pathOf(page)).toBe('/jobs?status=failed'));
  });

  it('whose connection is over connects with a new ticket, without an alarm', async () => {
    const job = aJobView({ status: 'running', detail: null, total_chunks: 8, completed_chunks: 1 });
    stage.show(job);
    const page = await openSignedIn(`/jobs/${job.job_id}`);
    await page.getByRole('progressbar', { name: 'Progress' }).waitFor();
    await page.evaluate(() => {
      const alarms: string[] = [];
      Object.assign(globalThis, { alarms });
      new MutationObserver(() => {
        for (const { textContent } of document.querySelectorAll('[role="status"]'))
          if (/lost|old/.test(textContent)) alarms.push(textContent);
      }).observe(document.body, { childList: true, subtree: true });
    });
    await soon(async () => expect(stage.clientCount).toBe(1));
    stage.closeClients(4401);
    await soon(async () => expect(accounts.redeemed.length).toBe(2));
    stage.show({ ...job, status: 'completed', completed_chunks: 8, progress: 1, result: 7 });
    await page.getByRole('heading', { name: 'Result' }).waitFor();
    expect(await page.evaluate(() => (globalThis as unknown as { alarms: string[] }).alarms)).toEqual([]);
  });

  it('of a user has no figures of the whole system, and its page does not take their silence for trouble', async () => {
    stage.beating = false;
    const asked: string[] = [];
    const page = await openSignedIn('/new');
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.getByRole('button', { name: 'Start the job' }).waitFor();
    await soon(async () => expect(stage.alives).toBeGreaterThanOrEqual(1));
    const before = asked.length;
    await soon(async () => expect(stage.alives).toBeGreaterThanOrEqual(5));
    // Taken for trouble, each silence would ask twice.
    expect(asked.slice(before).filter((path) => path === '/readyz').length).toBeLessThanOrEqual(3);
    expect(asked).not.toContain('/v1/throughput');
  });

  it('says that a sign-in link which was cut off is not good', async () => {
    const page = await open('/sign-in#link=abc%2');
    await page.getByRole('alert').getByText('A sign-in link is good once').waitFor();
    await page.getByLabel('E-mail address').waitFor();
  });

  it('stores a file of its job with the token, which a link alone would not carry', async () => {
    const job = aJobView({ status: 'completed', output: 'lines', total_chunks: 2, completed_chunks: 2, progress: 1 });
    stage.results = [0, 1].map((index) => ({ index, output: { n: index } }));
    stage.show(job);
    const page = await openSignedIn(`/jobs/${job.job_id}`);
    const files = page.getByRole('list', { name: 'Results as a file' });
    const stored = page.waitForEvent('download');
    await files.getByRole('link', { name: 'NDJSON' }).click();
    const file = await stored;
    expect(file.suggestedFilename()).toBe('lines.ndjson');
    const text = await (await file.createReadStream()).toArray();
    expect(Buffer.concat(text).toString()).toBe('{"index":0,"output":{"n":0}}\n{"index":1,"output":{"n":1}}\n');
    const detail = 'The results of this job are kept no longer.';
    await page.route('**/results?format=csv', (route) => route.fulfill({ status: 410, json: { detail } }));
    await files.getByRole('link', { name: 'CSV' }).click();
    await files.getByRole('alert').getByText(detail).waitFor();
  });

  it('of a user shows no host of a worker, and stores a file that task code left', async () => {
    const { host: _host, ...shown } = aWorkerHeartbeat();
    stage.workers = [shown as ReturnType<typeof aWorkerHeartbeat>];
    stage.files = [{ name: '0-a.webp', chunk: 0, bytes: 2_500, type: 'image/webp', stored_at: new Date().toISOString() }];
    const job = { ...aJobView({ status: 'completed', total_chunks: 1, completed_chunks: 1 }), workers: { [shown.worker]: 1 } };
    stage.show(job);
    const page = await openSignedIn(`/jobs/${job.job_id}?tab=time`);
    const workers = page.getByRole('region', { name: 'Workers' });
    await workers.getByText(shown.worker).waitFor();
    await page.getByText('1 worker', { exact: true }).waitFor();
    expect(await workers.textContent()).not.toMatch(/undefined|no longer here/);
    const files = page.getByRole('list', { name: 'Files of the job' });
    await files.getByText('chunk 0 · image/webp · 2.5 KB').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    const stored = page.waitForEvent('download');
    await files.getByRole('link', { name: '0-a.webp' }).click();
    const file = await stored;
    expect(file.suggestedFilename()).toBe('0-a.webp');
    expect(Buffer.concat(await (await file.createReadStream()).toArray()).length).toBe(2_500);
  });

  it('bounds and names a job, and "Run again" keeps that', async () => {
    const bounds = { at_once: 3, max_failed: { share: 0.05 }, tags: { team: 'blue', run: '7' } };
    const job = aJobView({ kind: 'primes', status: 'completed', total_chunks: 8, completed_chunks: 8, ...bounds });
    stage.show(job);
    const page = await openSignedIn('/new');
    await page.getByText('Retries, limits, tags and webhook').click();
    await page.getByLabel('Chunks at once').fill('3');
    await page.getByLabel('Dead chunks allowed').fill('5');
    await page.getByLabel('Tags').fill('team');
    await page.getByRole('button', { name: 'Start the job' }).click();
    await page.getByText('such as team=blue.').waitFor();
    expect(await focused(page)).toBe('tags');
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByLabel('Tags').fill('team=blue\nrun=7');
    await page.getByRole('button', { name: 'Start the job' }).click();
    await page.waitForURL(/\/jobs\//);
    expect(stage.posted).toEqual([expect.objectContaining({ ...bounds, max_failed: { count: 5 } })]);
    await page.getByRole('link', { name: 'Run again' }).click();
    await page.getByText('3 at once, up to 5 % dead, 2 tags').waitFor();
    await page.getByRole('button', { name: 'Start the job' }).click();
    await soon(async () => expect(stage.posted.slice(1)).toEqual([expect.objectContaining(bounds)]));
  });

  it('of a user has no operations, and its schedules on a page of their own', async () => {
    const page = await openSignedIn('/operations');
    await page.getByRole('heading', { name: 'For administrators' }).waitFor();
    const nav = page.getByRole('navigation', { name: 'Main' });
    expect(await nav.getByRole('link', { name: 'Operations' }).count()).toBe(0);
    await nav.getByRole('link', { name: 'Schedules' }).click();
    await page.getByRole('heading', { name: 'Your schedules' }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  it('of an administrator shows what all users have finished, and on a click what one has', async () => {
    const jobs = ['u1', 'u2', 'u2'].map((tenant) => aJobFinished({ job_id: newJobId(), kind: 'primes', tenant }).job);
    stage.finished = jobs;
    const page = await openSignedIn('/history?tenant=u1', 'admin');
    const rows = page.locator('main li');
    await rows.first().waitFor();
    expect(await rows.count()).toBe(1);
    await page.getByRole('combobox', { name: 'User' }).selectOption({ label: 'All users' });
    await page.waitForURL('**/history?tenant=*');
    await rows.nth(2).waitFor();
    expect(await page.getByRole('link', { name: 'CSV' }).getAttribute('href')).toBe('/v1/history/csv?tenant=*');
    await rows.first().getByRole('button').click();
    await page.getByRole('link', { name: 'u2' }).click();
    await page.waitForURL('**/history?tenant=u2');
    await expect.poll(() => rows.count()).toBe(2);
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  it('of a user shows no choice of users', async () => {
    stage.finished = [aJobFinished({ kind: 'primes' }).job];
    const page = await openSignedIn('/history');
    await page.locator('main li').first().waitFor();
    expect(await page.getByRole('combobox', { name: 'User' }).count()).toBe(0);
  });

  it('of an administrator has operations', async () => {
    const page = await openSignedIn('/operations', 'admin');
    await page.getByRole('heading', { name: 'Operations' }).waitFor();
  });

  it('of an administrator disables, enables and raises other accounts, but not its own', async () => {
    accounts.add('grace@example.org', 'unknown');
    const grace = accounts.users.get('grace@example.org')!.user;
    const page = await openSignedIn('/operations', 'admin');
    const list = page.getByRole('list', { name: 'Accounts' });
    await list.getByText('You', { exact: true }).waitFor();
    expect(await list.getByRole('button').count()).toBe(3);
    const change = async (name: string, answer: string) => {
      await list.getByRole('button', { name }).click();
      await page.getByRole('alertdialog').getByRole('button', { name: answer }).click();
      await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    };
    await change('Make an administrator: grace@example.org', 'Make an administrator');
    expect(grace.role).toBe('admin');
    await change('Reset the password of grace@example.org', 'Reset it');
    const link = new URL(await page.getByTestId('reset-link').innerText());
    expect(link.pathname + link.search).toBe('/sign-in?to=%2Faccount');
    expect(accounts.links.get(link.hash.slice('#link='.length))).toBe('grace@example.org');
    await change('Disable grace@example.org', 'Disable');
    await list.getByText(/^disabled/).waitFor();
    expect(grace.disabled_at).not.toBeNull();
    expect(await accessibilityProblems(page)).toEqual([]);
    await list.getByRole('button', { name: 'Enable grace@example.org' }).click();
    await list.getByText(/^disabled/).waitFor({ state: 'detached' });
    expect(grace.disabled_at).toBeNull();
  });
});

it.each(['light', 'dark'] as const)(
  'on a phone, in %s, each page of accounts can be read and nothing of it is cut off',
  async (colorScheme) => {
    await context.addInitScript((mode) => localStorage.setItem('mode-watcher-mode', mode), colorScheme);
    const page = await context.newPage();
    await page.setViewportSize({ width: 390, height: 844 });
    const cutOff = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    const look = async (path: string, heading: string) => {
      await page.goto(stage.baseUrl + path);
      await page.getByRole('heading', { name: heading }).first().waitFor();
      expect([path, await cutOff(), await accessibilityProblems(page)]).toEqual([path, expect.toSatisfy((px) => px <= 0), []]);
    };
    await look('/', 'One long computation');
    await look('/register', 'Create an account');
    await look('/sign-in?to=/schedules', 'Sign in');
    await signIn(page);
    await page.getByRole('heading', { name: 'Your schedules' }).waitFor();
    await look('/schedules', 'Your schedules');
    await look('/account', 'Account');
    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    const dialog = page.getByRole('alertdialog');
    const [outer, inner] = [await dialog.boundingBox(), await dialog.getByRole('button').last().boundingBox()];
    expect(inner!.x + inner!.width).toBeLessThanOrEqual(outer!.x + outer!.width);
  },
);

it('without accounts there is nothing to sign in to, and nothing asks for it', async () => {
  stage.accounts = null;
  const page = await open('/');
  await entered(page);
  expect(await page.getByRole('link', { name: /Sign in|Account/ }).count()).toBe(0);
  await page.goto(`${stage.baseUrl}/account`);
  await page.getByRole('heading', { name: 'No accounts here' }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
});

it('while the gateway does not state whether there are accounts, nothing else is shown', async () => {
  const page = await context.newPage();
  await page.route('**/v1/auth', (route) => route.fulfill({ status: 503, json: { detail: 'NATS does not answer.' } }));
  await page.goto(`${stage.baseUrl}/jobs`);
  await page.getByRole('status').getByText('NATS does not answer.').waitFor();
  expect(await page.getByRole('heading', { name: 'Jobs', exact: true }).count()).toBe(0);
  await page.unroute('**/v1/auth');
  await page.waitForURL(/\/sign-in/);
});
