import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newJobId } from '@manyhands/proto';
import { aJobView, aKindRegistration, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';
import { COMPRESS_FROM_BYTES } from './compression.ts';

const script = `export const words = ${JSON.stringify('many hands '.repeat(500))};\n`;

let nats: NatsServer;
let gateway: GatewayFixture;
let webFolder: string;
/** One connection: an answer with a wrong length would put the next one out of step. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

beforeAll(async () => {
  webFolder = mkdtempSync(join(tmpdir(), 'manyhands-web-'));
  writeFileSync(join(webFolder, 'app.js'), script);
  writeFileSync(join(webFolder, 'app.js.br'), brotliCompressSync(script));
  writeFileSync(join(webFolder, 'app.js.gz'), gzipSync(script));
  writeFileSync(join(webFolder, 'plain.js'), script);
  nats = await startNatsServer();
  gateway = await startFixture(nats.url, { webFolder });
  await gateway.world.register(aKindRegistration());
  await eventually(async () => expect((await gateway.call('/v1/jobs')).status).toBe(200));
  await Promise.all(Array.from({ length: 20 }, () => gateway.world.save(aJobView({ job_id: newJobId() }))));
  await eventually(async () => expect(((await gateway.call('/v1/jobs')).json as { jobs: object[] }).jobs).toHaveLength(20));
});

afterAll(async () => {
  agent.destroy();
  await gateway?.stop();
  await nats?.stop();
  if (webFolder) rmSync(webFolder, { recursive: true });
});

interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${gateway.origin}${path}`, { method, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }));
    });
    request.on('error', reject);
    request.end();
  });
}

const gzipped = { 'accept-encoding': 'gzip, deflate, br' };

describe('answers of the API', () => {
  test('are compressed above the limit, with their length, for who takes it', async () => {
    const [plain, small] = [await ask('/v1/jobs'), await ask('/v1/jobs', gzipped)];
    expect(plain.body.length).toBeGreaterThan(COMPRESS_FROM_BYTES);
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.headers.vary).toMatch(/accept-encoding/i);
    expect(small.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-length': String(small.body.length),
      'content-type': expect.stringContaining('application/json'),
    });
    expect(small.headers.vary).toMatch(/accept-encoding/i);
    expect(gunzipSync(small.body)).toEqual(plain.body);
    expect(small.body.length).toBeLessThan(plain.body.length / 4);
  });

  test.each(['gzip;q=0', 'identity', 'identity;q=1, gzip;q=0.1', 'br', 'nonsense', ';;,,=', 'gzip;q=0, *'])(
    'are left as they are for who says "%s"',
    async (accepted) => {
      const answer = await ask('/v1/jobs', { 'accept-encoding': accepted });
      expect(answer.headers['content-encoding']).toBeUndefined();
      expect(JSON.parse(String(answer.body))).toHaveProperty('jobs');
    },
  );

  test('are left as they are below the limit', async () => {
    const answer = await ask('/healthz', gzipped);
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.headers['content-length']).toBe(String(answer.body.length));
  });

  test('follow each other in step on one connection, whatever the method', async () => {
    for (const [path, method] of [
      ['/v1/jobs', 'HEAD'],
      ['/v1/jobs', 'GET'],
      ['/v1/nothing', 'GET'],
      ['/plain.js', 'HEAD'],
      ['/v1/jobs', 'OPTIONS'],
      ['/v1/jobs', 'GET'],
      ['/healthz', 'GET'],
    ] as const) {
      const answer = await ask(path, gzipped, method);
      if (method === 'HEAD') expect(answer.body.length).toBe(0);
    }
    expect(JSON.parse(String((await ask('/healthz', gzipped)).body))).toEqual({ status: 'ok' });
  });

  test('of the event stream go out event by event', async () => {
    const [job] = (await gateway.call('/v1/jobs?limit=1')).json
      ? ((await gateway.call('/v1/jobs?limit=1')).json as { jobs: { job_id: string }[] }).jobs
      : [];
    const aborted = new AbortController();
    const answer = await fetch(`${gateway.origin}/v1/jobs/${job!.job_id}/events`, { headers: gzipped, signal: aborted.signal });
    expect(answer.headers.get('content-encoding')).toBeNull();
    const { value } = await answer.body!.getReader().read();
    expect(Buffer.from(value!).toString()).toContain(job!.job_id);
    aborted.abort();
  });
});

describe('files of the dashboard', () => {
  test('are sent as they were compressed when they were built', async () => {
    const [br, gz, plain] = [
      await ask('/app.js', gzipped),
      await ask('/app.js', { 'accept-encoding': 'gzip' }),
      await ask('/app.js'),
    ];
    expect([br.headers['content-encoding'], gz.headers['content-encoding'], plain.headers['content-encoding']]).toEqual([
      'br',
      'gzip',
      undefined,
    ]);
    expect([brotliDecompressSync(br.body), gunzipSync(gz.body), plain.body].map(String)).toEqual([script, script, script]);
    for (const answer of [br, gz, plain]) {
      expect(answer.headers['content-length']).toBe(String(answer.body.length));
      expect(answer.headers['content-type']).toMatch(/javascript/);
      expect(answer.headers.vary).toMatch(/accept-encoding/i);
      expect(answer.headers['content-security-policy']).toContain("default-src 'self'");
    }
    expect(br.headers.etag).not.toBe(plain.headers.etag);
  });

  test('that were not are compressed on the way, but no part of one', async () => {
    const answer = await ask('/plain.js', gzipped);
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(String(gunzipSync(answer.body))).toBe(script);
    const part = await ask('/plain.js', { ...gzipped, range: 'bytes=0-1999' });
    expect([part.status, part.headers['content-encoding'], part.body.length]).toEqual([206, undefined, 2_000]);
    const again = await ask('/plain.js', { ...gzipped, 'if-none-match': String(answer.headers.etag) });
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  test('nor is what comes from the documentation left large', async () => {
    const answer = await ask('/openapi.json', gzipped);
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(JSON.parse(String(gunzipSync(answer.body)))).toHaveProperty('openapi');
  });
});
