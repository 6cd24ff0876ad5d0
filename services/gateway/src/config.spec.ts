import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

test('an empty environment gives the local defaults', () => {
  expect(readConfig({})).toMatchObject({
    natsUrl: 'nats://127.0.0.1:4222',
    host: '127.0.0.1',
    port: 8000,
    replicas: 1,
    retentionHours: 24,
    storageGb: 17.5,
    origins: [],
  });
});

test('a wrong variable is named with what it must be and what it is', () => {
  expect(() => readConfig({ PORT: 'http', MANYHANDS_REPLICAS: '2' })).toThrow(
    /PORT must be a whole number from 1 to 65535.*"http".*MANYHANDS_REPLICAS must be 1 \(single server\) or 3 \(cluster\) \(it is "2"\)/,
  );
});

test('without accounts the gateway listens on no address that other machines reach', () => {
  for (const HOST of ['0.0.0.0', '::', '192.168.1.5', 'desk.local']) {
    expect(() => readConfig({ HOST })).toThrow(
      /other machines reach HOST ".+", and without accounts.*Set AUTH=on, or unset HOST/,
    );
    expect(() => readConfig({ HOST, AUTH: 'off' })).toThrow(/Set AUTH=on/);
    expect(readConfig({ HOST, AUTH: 'on' })).toMatchObject({ host: HOST, auth: 'on', registration: true });
  }
  for (const HOST of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) expect(readConfig({ HOST })).toMatchObject({ auth: 'off' });
  expect(readConfig({ AUTH: 'on', AUTH_REGISTRATION: 'off' })).toMatchObject({ auth: 'on', registration: false });
});

test('a page may end a worker only where a launcher states that it does, and this machine alone reaches the gateway', () => {
  expect(readConfig({}).killsWorkers).toBe(false);
  expect(readConfig({ MANYHANDS_KILLS_WORKERS: '1' }).killsWorkers).toBe(true);
  const off: Record<string, string>[] = [
    { AUTH: 'on' },
    { MANYHANDS_WORKER_KILL: 'off' },
    { MANYHANDS_ORIGINS: 'https://a.example' },
  ];
  for (const more of off) expect(readConfig({ MANYHANDS_KILLS_WORKERS: '1', ...more }).killsWorkers).toBe(false);
});

test('origins are separated by commas', () => {
  expect(readConfig({ MANYHANDS_ORIGINS: 'https://a.example, https://b.example' }).origins.map(({ text }) => text)).toEqual([
    'https://a.example',
    'https://b.example',
  ]);
});

test('an origin that no page can have is refused with what to write instead', () => {
  expect(() => readConfig({ MANYHANDS_ORIGINS: 'https://a.example, b.example' })).toThrow(
    /MANYHANDS_ORIGINS must be origins, and "b\.example" can be none of any page: begin it with its scheme, like "https:\/\/b\.example"/,
  );
});

test('the dashboard is found beside the services unless it is named', () => {
  expect(readConfig({}).webFolder).toMatch(/web\/build$/);
  expect(readConfig({ MANYHANDS_WEB: '/srv/web' }).webFolder).toBe('/srv/web');
  expect(readConfig({ MANYHANDS_WEB: 'web/build' }).webFolder).toBe(`${process.cwd()}/web/build`);
});

test('limits are those that are documented, and off is none', () => {
  expect(readConfig({}).limits).toEqual({
    submits: { count: 10, windowMs: 60_000 },
    executions: { count: 20, windowMs: 60_000 },
    demo: { count: 5, windowMs: 60_000 },
    'demo-reads': { count: 600, windowMs: 60_000 },
    'share-reads': { count: 600, windowMs: 60_000 },
    'sign-ins': { count: 5, windowMs: 900_000 },
    registrations: { count: 10, windowMs: 3_600_000 },
    address: { count: 100, windowMs: 900_000 },
  });
  expect(readConfig({ MANYHANDS_LIMIT_SUBMITS: 'off' }).limits.submits).toBeUndefined();
  expect(readConfig({ MANYHANDS_TRUSTED_PROXIES: '10.0.0.0/8, ::1' }).trustedProxies).toEqual(['10.0.0.0/8', '::1']);
});

test('quotas are those that are documented, and off is none', () => {
  expect(readConfig({}).quotas).toEqual({ jobs: 100, chunks: 2_000_000, inputBytes: 2_200_000_000, schedules: 100 });
  expect(readConfig({ MANYHANDS_QUOTA_JOBS: 'off', MANYHANDS_QUOTA_INPUT_MB: 'off' }).quotas).toMatchObject({
    jobs: undefined,
    inputBytes: undefined,
  });
});
