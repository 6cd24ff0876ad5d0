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
