/// <reference lib="dom" />
/** Pages of other origins, in a real Chromium, that ask the system with `AUTH=on`: the browser decides what they may read, by what the gateway answers. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser } from '../fixture/browser.ts';
import { startSystem, type System } from '../fixture/system.ts';

let system: System;
let browser: Browser;
let token: string;
const sites: Server[] = [];
let listed: Page;
let other: Page;

beforeAll(async () => {
  const [status, evil] = [await openSite(), await openSite()];
  [system, browser] = await Promise.all([
    startSystem({ env: { AUTH: 'on', MANYHANDS_ORIGINS: `https://status.example, ${status}` } }),
    openBrowser(),
  ]);
  const registered = await fetch(`${system.baseUrl}/v1/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'ada@example.org', password: 'four words in a row' }),
  });
  token = ((await registered.json()) as { access_token: string }).access_token;
  [listed, other] = [await browser.newPage(), await browser.newPage()];
  await Promise.all([listed.goto(status), other.goto(evil)]);
});

afterAll(async () => {
  await browser?.close();
  for (const site of sites) site.close();
  expect(await system?.stop()).toBe(0);
});

/** An empty page of an origin of its own. */
async function openSite(): Promise<string> {
  const site = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<title>a page</title>'));
  sites.push(site);
  await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
}

interface Read {
  status: number;
  location: string | null;
  json: { job_id?: string; detail?: unknown };
}

interface Asked {
  method?: string;
  mode?: 'no-cors';
  credentials?: 'include';
  headers?: Record<string, string>;
  body?: string;
}

/** What `fetch` of the page reads; `unread` where the browser keeps it from the page. */
function ask(page: Page, path: string, init: Asked = {}): Promise<Read | 'unread'> {
  return page.evaluate(
    async ([url, given]) => {
      try {
        const answer = await fetch(url, given);
        if (answer.type === 'opaque') return 'unread' as const;
        return { status: answer.status, location: answer.headers.get('location'), json: (await answer.json()) as object };
      } catch {
        return 'unread' as const;
      }
    },
    [system.baseUrl + path, init] as const,
  );
}

const withToken = (): Record<string, string> => ({ authorization: `Bearer ${token}` });
const aJob = (): Asked => ({
  method: 'POST',
  headers: { ...withToken(), 'content-type': 'application/json', 'idempotency-key': 'one' },
  body: '{"n":10,"chunks":1}',
});
async function jobCount(): Promise<number> {
  const answer = await fetch(`${system.baseUrl}/v1/jobs`, { headers: withToken() });
  return ((await answer.json()) as { jobs: unknown[] }).jobs.length;
}

it('a page of a listed origin submits a job and reads it, and what is refused', async () => {
  const accepted = (await ask(listed, '/v1/jobs', aJob())) as Read;
  expect(accepted).toMatchObject({ status: 202, json: { job_id: expect.any(String) as string } });
  expect(accepted.location).toBe(`/v1/jobs/${accepted.json.job_id}`);
  const { job_id: jobId } = accepted.json;
  expect(await ask(listed, `/v1/jobs/${jobId}`, { headers: withToken() })).toMatchObject({
    status: 200,
    json: { job_id: jobId },
  });
  expect(await ask(listed, '/v1/jobs', { ...aJob(), body: '{"n":"x"}' })).toMatchObject({ status: 422 });
  expect(await ask(listed, '/v1/jobs')).toMatchObject({ status: 401, json: { detail: expect.any(String) as string } });
  expect(await jobCount()).toBe(1);
});

it('it gets nothing with cookies, and may send no header that is not listed', async () => {
  expect(await ask(listed, '/v1/jobs', { headers: withToken(), credentials: 'include' })).toBe('unread');
  expect(await ask(listed, '/v1/jobs', { headers: { ...withToken(), 'x-other': '1' } })).toBe('unread');
});

it('a page of another origin reads nothing, and what it sends does nothing', async () => {
  expect(await ask(other, '/v1/jobs', aJob())).toBe('unread');
  expect(await ask(other, '/v1/jobs', { headers: withToken() })).toBe('unread');
  expect(await ask(other, '/readyz')).toBe('unread');
  // What a form may send without asking before.
  expect(await ask(other, '/v1/jobs', { method: 'POST', mode: 'no-cors', body: '{"n":11,"chunks":1}' })).toBe('unread');
  expect(await jobCount()).toBe(1);
});
