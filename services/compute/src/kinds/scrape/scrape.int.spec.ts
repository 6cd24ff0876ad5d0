import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkTask, runTask } from '@manyhands/worker/testing';
import { startOutsideServer, type OutsideServer } from '../../outside/outside-server.fixture.ts';
import { scrape } from './kind.ts';

let server: OutsideServer;

beforeAll(async () => {
  server = await startOutsideServer({
    '/robots.txt': (answer) => answer.end('user-agent: *\ndisallow: /private\n'),
    '/private/page': (answer) => answer.end('hidden'),
    '/latin': (answer) =>
      answer
        .writeHead(200, { 'content-type': 'text/html; charset=iso-8859-1' })
        .end(Buffer.from('<title>caf\xe9</title>', 'latin1')),
    '/picture': (answer) => answer.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.alloc(100)),
  });
  vi.stubEnv('MANYHANDS_OUTSIDE_ALLOW', `127.0.0.1:${server.place.port}`);
});
beforeEach(() => void server.received.splice(0));
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

const scraped = (paths: readonly string[], params: object = {}) =>
  runTask(scrape, {
    params: { per_second: 10_000, timeout_sec: 1, ...params },
    items: paths.map((path) => `${server.base}${path}`),
  });
const failureOf = async (path: string, params: object = {}) => (await scraped([path], params)).failures[0]?.error;

describe('scrape', () => {
  it('leaves a line for each page', async () => {
    const { lines, failures } = await scraped(['/', '/packed', '/latin', '/picture', '/nowhere']);
    expect(failures).toEqual([]);
    const [page, packed, latin, picture, nowhere] = lines.map(({ output }) => output);
    expect(page).toEqual({
      url: `${server.base}/`,
      final_url: `${server.base}/`,
      status: 200,
      type: 'text/html; charset=utf-8',
      title: 'Many & hands',
      size: 87,
      cut: false,
      links: [`${server.base}/next`],
      text: 'Light work\nnext',
    });
    expect(packed).toMatchObject({ title: 'Many & hands', size: 87 });
    expect(latin).toMatchObject({ title: 'café' });
    expect(picture).toMatchObject({ status: 200, title: null, links: [], text: '', size: 100 });
    expect(nowhere).toMatchObject({ status: 404, text: 'there is no such page' });
  });

  it('an item that is no address has failed for good, and states why', async () => {
    const items = [5, null, {}, { url: 5 }, ['https://site.example/']] as unknown as string[];
    const { failures } = await runTask(scrape, { params: {}, items });
    const why = ['must be string or object', 'must be string or object', 'field "url" is missing', 'url: must be string'];
    expect(failures.map(({ error }) => [error.code, error.message])).toEqual(
      [...why, why[0]].map((says, at) => ['compute_refused', `item ${at} does not fit its schema: ${says}`]),
    );
  });

  it('reads robots.txt once, and keeps to it, behind a redirect too', async () => {
    const { failures } = await scraped(['/private/page', '/moved?to=/private/page']);
    expect(failures).toMatchObject([
      { error: { code: 'compute_refused', message: expect.stringContaining('does not allow /private/page') as string } },
      { error: { code: 'compute_refused' } },
    ]);
    expect(server.received.filter(({ path }) => path === '/private/page')).toEqual([]);
    const { lines } = await scraped(['/private/page'], { robots: false });
    expect(lines).toHaveLength(1);
    expect(server.received.filter(({ path }) => path === '/robots.txt').length).toBeLessThanOrEqual(1);
  });

  it('follows redirects one by one, and none to an address of this machine', async () => {
    expect((await scraped(['/moved?to=/'])).lines).toMatchObject([
      { output: { final_url: `${server.base}/`, title: 'Many & hands' } },
    ]);
    expect(await failureOf('/moved?to=http://169.254.169.254/')).toMatchObject({ code: 'compute_refused' });
    expect(await failureOf('/circle')).toMatchObject({ code: 'compute_refused' });
  });

  it('reads so much of a page without end', async () => {
    const { lines } = await scraped(['/endless', '/bomb'], { max_kb: 64, text_max: 100 });
    expect(lines).toMatchObject([
      { output: { cut: true, size: 65_536, text: expect.stringMatching(/^more and more/) as string } },
      { output: { cut: true, size: 65_536 } },
    ]);
  });

  it.each([
    ['/silent', /did not answer within 1 s/],
    ['/broken', /other side closed/],
    ['/later?after=3', /answered 429 \(to be tried again in 3 s\)/],
    ['/status?is=503', /answered 503/],
  ])('%s is tried again', async (path, why) => {
    const failure = await failureOf(path);
    expect(failure?.message).toMatch(why);
    expect(failure?.code).toBe('compute_failed');
  });

  it('is one kind, however its items are leased', async () => {
    await checkTask(scrape, { params: { per_second: 10_000 }, items: [`${server.base}/`, { url: `${server.base}/latin` }] });
  });
});
