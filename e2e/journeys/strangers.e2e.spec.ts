/// <reference lib="dom" />
/**
 * What a web page that is not ours can do to a gateway on the machine of its visitor, with `AUTH=off`: nothing. And what our own pages run: nothing that
 * is not theirs.
 */
import { globSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect, createServer as createSocketServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { openBucket, readStored } from '@manyhands/broker';
import { encode, keys, newJobId } from '@manyhands/proto';
import { aJobView, eventually } from '@manyhands/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startBareSystem, type BareSystem } from '../clients/bare-system.ts';
import { startGateway, type GatewayProcess } from '../clients/gateway-process.ts';
import { openBrowser } from '../fixture/browser.ts';
import { repository } from '../fixture/system.ts';

const secret = 'told-to-nobody-else';
const hostile = `<img src=x onerror="globalThis.hacked = 1"><script>globalThis.hacked = 1</script>`;
/** Where a name that belongs to somebody else leads: to him at first, and then to the gateway, at the same port. */
const boundTo = '127.0.0.2';
const job = newJobId();
let bare: BareSystem;
let gateway: GatewayProcess;
let stranger: Server;
let browser: Browser;

beforeAll(async () => {
  bare = await startBareSystem();
  const view = aJobView({
    job_id: job,
    status: 'failed',
    kind: bare.kind.kind,
    params: { n: 1, text: `${secret} ${hostile}` },
    error: { code: 'compute_failed', message: hostile, retryable: false },
    finished_at: new Date().toISOString(),
  });
  await (await openBucket(bare.broker, 'jobs')).put(keys.job(view.tenant, job), encode(view));
  gateway = await startGateway(bare.natsUrl);
  await eventually(async () => expect(await (await fetch(`${gateway.origin}/v1/jobs/${job}`)).text()).toContain(secret));
  stranger = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<title>elsewhere</title>'),
  );
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  browser = await openBrowser([`--host-resolver-rules=MAP elsewhere.example 127.0.0.1,MAP evil.example ${boundTo}`]);
});

afterAll(async () => {
  await browser?.close();
  stranger?.close();
  await gateway?.stop();
  await bare?.stop();
});

const submitted = async (): Promise<number> => (await readStored(bare.broker, 'mailbox', 'job.>')).length;

/** Tries everything a page can try, and returns all it could read of what came back, and what became of each try. */
function tryAll(page: Page, gatewayOrigin: string): Promise<{ read: string; became: Record<string, string> }> {
  return page.evaluate(
    async ({ origin, job }) => {
      const body = '{"kind":"sum","params":{"n":10}}';
      const read: string[] = [];
      const became: Record<string, string> = {};
      const ask = async (name: string, path: string, init: RequestInit): Promise<void> => {
        try {
          const answer = await fetch(origin + path, init);
          read.push(await answer.text());
          became[name] = `${answer.type} ${answer.status}`;
        } catch {
          became[name] = 'kept from it';
        }
      };
      const post = (type: string, given: string | FormData | Blob, mode?: RequestMode): RequestInit => ({
        method: 'POST',
        body: given,
        ...(mode !== undefined && { mode }),
        ...(type !== '' && { headers: { 'content-type': type } }),
      });
      await ask('a read', `/v1/jobs/${job}`, {});
      await ask('a list', '/v1/jobs', {});
      await ask('a blind read', `/v1/jobs/${job}`, { mode: 'no-cors' });
      await ask('a submit', '/v1/jobs', post('application/json', body));
      await ask('a blind submit as text', '/v1/jobs', post('text/plain', body, 'no-cors'));
      await ask('a blind submit as a form', '/v1/jobs', post('application/x-www-form-urlencoded', 'n=10', 'no-cors'));
      await ask('a blind submit of no type', '/v1/jobs', post('', new Blob([body]), 'no-cors'));
      await ask('a short submit', '/v1/jobs?n=10', { method: 'POST', mode: 'no-cors' });
      await ask('an upload', '/v1/inputs?form=ndjson', post('', new Blob(['1\n']), 'no-cors'));
      await ask('a requeue', `/v1/jobs/${job}/requeue`, { method: 'POST', mode: 'no-cors' });
      await ask('a removal', `/v1/jobs/${job}`, { method: 'DELETE' });

      const frame = document.createElement('iframe');
      frame.name = 'frame';
      document.body.append(frame);
      const form = document.createElement('form');
      Object.assign(form, { action: `${origin}/v1/jobs`, method: 'post', enctype: 'text/plain', target: 'frame' });
      const input = document.createElement('input');
      input.name = '{"kind":"sum","params":{"n":10},"tags":["';
      input.value = '"]}';
      form.append(input);
      document.body.append(form);
      await new Promise((resolve) => {
        frame.addEventListener('load', resolve, { once: true });
        form.submit();
      });
      try {
        read.push(frame.contentDocument?.body.textContent ?? '');
      } catch {
        became['a form'] = 'kept from it';
      }

      became['a stream'] = await new Promise((resolve) => {
        const stream = new EventSource(`${origin}/v1/jobs/${job}/events`);
        stream.onerror = () => resolve('kept from it');
        stream.onmessage = ({ data }) => {
          read.push(String(data));
          resolve('read');
        };
      });
      became['a WebSocket'] = await new Promise((resolve) => {
        const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws`);
        socket.onopen = () => resolve('opened');
        socket.onclose = () => resolve('kept from it');
      });
      await new Promise<void>((resolve) => {
        const script = document.createElement('script');
        script.src = `${origin}/v1/jobs/${job}`;
        script.onload = script.onerror = () => resolve();
        document.body.append(script);
      });
      return { read: read.join('\n'), became };
    },
    { origin: gatewayOrigin, job },
  );
}

it.each(['127.0.0.1', 'localhost', 'elsewhere.example'])(
  'a page of another origin, at %s, starts no job and reads nothing',
  async (name) => {
    const before = await submitted();
    const page = await browser.newPage();
    await page.goto(`http://${name}:${(stranger.address() as AddressInfo).port}/`);
    const { read, became } = await tryAll(page, gateway.origin);
    await page.close();
    expect(read).not.toContain(secret);
    expect(became['a WebSocket']).toBe('kept from it');
    expect(became['a stream']).toBe('kept from it');
    expect(became['a submit']).toBe('kept from it');
    expect(await submitted()).toBe(before);
    expect(((await (await fetch(`${gateway.origin}/v1/jobs/${job}`)).json()) as { status: string }).status).toBe('failed');
  },
);

// Other systems have but one address of their own.
it.skipIf(process.platform !== 'linux')(
  'a page whose name is bound anew, to this machine, starts no job and reads nothing',
  async () => {
    const before = await submitted();
    const port = Number(new URL(gateway.origin).port);
    let isBoundAnew = false;
    const bound = createSocketServer((socket) => {
      socket.on('error', () => undefined);
      if (isBoundAnew) return void socket.pipe(connect(port, '127.0.0.1').on('error', () => socket.destroy())).pipe(socket);
      socket.end('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<title>bait</title>');
    });
    await new Promise<void>((resolve) => bound.listen(port, boundTo, resolve));
    const origin = `http://evil.example:${port}`;
    const page = await browser.newPage();
    try {
      await page.goto(`${origin}/bait`);
      isBoundAnew = true;
      const { read, became } = await tryAll(page, origin);
      expect(read).not.toContain(secret);
      expect([became['a read'], became['a list'], became['a submit']]).toEqual(['basic 421', 'basic 421', 'basic 421']);
      expect([became['a WebSocket'], became['a stream']]).toEqual(['kept from it', 'kept from it']);
      expect(await submitted()).toBe(before);
    } finally {
      await page.close();
      bound.close();
    }
  },
);

/** Of every page there is, by its folder. */
const paths = globSync('**/+page.svelte', { cwd: join(repository, 'web/src/routes') }).map(
  (file) =>
    `/${file
      .replace(/\/?\+page\.svelte$/, '')
      .replace('[id]', job)
      .replace('[...page]', 'performance')}`,
);

it.each([...paths.sort(), '/docs', '/reference', '/redoc'])(
  '%s keeps to its policy, and runs no script but its own',
  async (path) => {
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    await page.addInitScript(() => {
      const seen: string[] = [];
      Object.assign(globalThis, { violations: seen });
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample }) =>
        seen.push(`${effectiveDirective} ${blockedURI} ${sample}`),
      );
    });
    await page.goto(gateway.origin + path, { waitUntil: 'load' });
    await page.getByRole('heading').or(page.locator('.title')).first().waitFor();
    const violations = () => page.evaluate(() => (globalThis as unknown as { violations: string[] }).violations);
    expect(await violations()).toEqual([]);
    expect(errors).toEqual([]);
    // What was stored by a hostile client did not run, nor does what comes into the page in some other way; then the policy is broken, and seen to be.
    const ran = await page.evaluate(async (text) => {
      const put = document.createElement('div');
      put.innerHTML = text;
      document.body.append(put);
      const script = document.createElement('script');
      script.textContent = 'globalThis.hacked = 1';
      document.body.append(script);
      // By then its own handler would have run.
      await new Promise((resolve) => put.querySelector('img')!.addEventListener('error', resolve));
      return 'hacked' in globalThis;
    }, hostile);
    expect(ran).toBe(false);
    await page.waitForFunction(() => (globalThis as unknown as { violations: string[] }).violations.length > 0);
    await context.close();
  },
);
