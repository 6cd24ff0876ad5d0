import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OutsideClient, type Fate, type OutsideAnswer, type OutsideRequest } from './client.ts';
import { HostBook } from './host-book.ts';
import { startOutsideServer, type OutsideServer } from './outside-server.fixture.ts';

let server: OutsideServer;
let client: OutsideClient;
let fates: Fate[];
let nowMs: number;

beforeEach(async () => {
  server = await startOutsideServer();
  fates = [];
  nowMs = 0;
  client = new OutsideClient({
    places: [server.place, { host: 'localhost', port: server.place.port }],
    hosts: new HostBook(undefined, () => nowMs),
    ended: (fate) => fates.push(fate),
  });
});
afterEach(async () => {
  await client.close();
  await server.close();
});

function send(path: string, asked: Partial<OutsideRequest> = {}): Promise<OutsideAnswer> {
  const { signal } = new AbortController();
  return client.send({
    url: `${server.base}${path}`,
    method: 'GET',
    headers: {},
    timeoutMs: 10_000,
    bytesMax: 100_000,
    redirectsMax: 5,
    signal,
    ...asked,
  });
}

describe('an answer', () => {
  it('comes with its status, headers and body', async () => {
    const answer = await send('/');
    expect(answer).toMatchObject({
      status: 200,
      isCut: false,
      redirects: 0,
      headers: { 'content-type': 'text/html; charset=utf-8' },
    });
    expect(answer.body.toString()).toContain('Light work');
    expect(fates).toEqual(['answered']);
  });

  it.each([204, 404, 429, 500])('of %i is one, too', async (status) => {
    expect(await send(`/status?is=${status}`)).toMatchObject({ status });
  });

  it('is read up to a size, which counts after decompression', async () => {
    expect(await send('/endless')).toMatchObject({ isCut: true, body: expect.objectContaining({ length: 100_000 }) as Buffer });
    expect(await send('/bomb')).toMatchObject({ isCut: true, body: expect.objectContaining({ length: 100_000 }) as Buffer });
    // Seen: what was deflated without a head, as some servers do it, failed on each try.
    for (const path of ['/packed', '/deflated', '/deflated-bare'])
      expect(String((await send(path)).body), path).toContain('Light work');
    const { body } = await send('/');
    expect(await send('/', { bytesMax: body.length })).toMatchObject({ isCut: false });
    expect(await send('/', { bytesMax: body.length - 1 })).toMatchObject({ isCut: true });
  });
});

describe('what fails', () => {
  it.each([
    ['/silent', /did not answer within 0\.05 s/],
    ['/slow', /did not answer within 0\.05 s/],
    ['/broken', /other side closed/],
    ['/half', /other side closed|terminated|aborted/i],
    ['/no-http', /HTTP|Parse|Invalid/i],
    ['/strange', /encoded as zstd-of-tomorrow/],
    ['/headers', /Header.*overflow/i],
  ])('%s is tried again', async (path, why) => {
    const failure = send(path, { timeoutMs: path === '/silent' || path === '/slow' ? 50 : 10_000 });
    await expect(failure).rejects.toThrow(why);
    await expect(failure).rejects.toMatchObject({ name: 'Error' });
    expect(fates).toEqual(['failed']);
  });

  it('a port that nothing listens on is tried again', async () => {
    await server.close();
    await expect(send('/')).rejects.toThrow(/ECONNREFUSED/);
    server = await startOutsideServer();
  });

  it('what is cancelled ends at once, and is no failure of the host', async () => {
    const cancel = new AbortController();
    const failure = send('/silent', { signal: cancel.signal });
    cancel.abort(new Error('cancelled'));
    await expect(failure).rejects.toThrow(/cancelled|abort/i);
    expect(fates).toEqual([]);
  });
});

describe('a redirect', () => {
  it('is followed, and a relative one counts from where it comes', async () => {
    expect(await send('/moved?to=/moved%3Fto%3D%252F')).toMatchObject({ status: 200, redirects: 2 });
  });

  it('is followed so often and no more', async () => {
    await expect(send('/circle')).rejects.toMatchObject({
      name: 'ComputeRefused',
      message: expect.stringContaining('more than 5 redirects') as string,
    });
    expect(server.received).toHaveLength(6);
  });

  it('is the answer where none is followed, or what was sent would be sent again', async () => {
    expect(await send('/moved?to=/', { redirectsMax: 0 })).toMatchObject({ status: 302 });
    expect(await send('/moved?to=/&is=307', { method: 'POST', body: 'pay' })).toMatchObject({ status: 307 });
    expect(server.received).toHaveLength(2);
  });

  it('303 is read with GET, without the body', async () => {
    expect(await send('/moved?to=/echo&is=303', { method: 'POST', body: 'pay' })).toMatchObject({ status: 200 });
    expect(server.received[1]).toMatchObject({ method: 'GET', body: '' });
  });

  it('to another host does not get the headers of the first', async () => {
    const elsewhere = `http://localhost:${server.place.port}/echo`;
    await send(`/moved?to=${encodeURIComponent(elsewhere)}`, {
      headers: { authorization: 'Bearer secret', accept: 'text/html' },
    });
    expect(server.received[1]!.headers).toMatchObject({ accept: 'text/html' });
    expect(server.received[1]!.headers).not.toHaveProperty('authorization');
    await send('/moved?to=/echo', { headers: { authorization: 'Bearer secret' } });
    expect(server.received[3]!.headers).toHaveProperty('authorization');
  });

  it('is approved like the first address', async () => {
    const approved: string[] = [];
    await send('/moved?to=/', { approve: (url) => void approved.push(url.pathname) });
    expect(approved).toEqual(['/moved', '/']);
    await expect(send('/', { approve: () => Promise.reject(new Error('not there')) })).rejects.toThrow('not there');
  });
});

it('a host that fails ten times in a row gets one request, and again all when that is answered', async () => {
  for (let time = 0; time < 10; time += 1) await send('/status?is=503');
  await expect(send('/')).rejects.toMatchObject({
    name: 'RetryLater',
    message: expect.stringContaining('it answered 503') as string,
  });
  expect(server.received).toHaveLength(10);
  nowMs = 5_000;
  const cancel = new AbortController();
  const probe = send('/silent', { signal: cancel.signal });
  await expect(send('/')).rejects.toMatchObject({ name: 'RetryLater' });
  cancel.abort();
  await expect(probe).rejects.toThrow();
  expect(await send('/')).toMatchObject({ status: 200 });
  expect(await send('/')).toMatchObject({ status: 200 });
  expect(fates.filter((fate) => fate === 'held')).toHaveLength(2);
});
