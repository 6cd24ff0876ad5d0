import { BUCKETS, reservedBytes, STREAMS } from '@manyhands/proto';
import { expect, test } from 'vitest';
import { fileStoreBytes, renderServerConfig } from './config.ts';

test('the server listens on loopback only, flushes before it acknowledges, and has no monitoring port', () => {
  const text = renderServerConfig({ port: 4223, storeFolder: '/data/nats', pidFile: '/data/nats-server.pid' });
  expect(text).toContain('listen: "127.0.0.1:4223"');
  expect(text).toContain('store_dir: "/data/nats"');
  expect(text).toContain('sync_interval: always');
  expect(text).toContain('max_payload: 1MB');
  expect(text).not.toMatch(/^\s*(http|https|monitor_port|http_port)\b/m);
});

test('paths with spaces, quotes and backslashes stay one value', () => {
  const text = renderServerConfig({ port: 1, storeFolder: 'C:\\Users\\A "B"\\nats', pidFile: '/p' });
  expect(text).toContain('store_dir: "C:/Users/A \\"B\\"/nats"');
});

test('the store holds everything the streams and buckets reserve', () => {
  const reserved = [...Object.values(STREAMS), ...Object.values(BUCKETS)].reduce((sum, { maxBytes }) => sum + maxBytes, 0);
  expect(fileStoreBytes()).toBeGreaterThan(reserved);
  expect(fileStoreBytes(100)).toBeGreaterThan(reservedBytes(100));
  expect(renderServerConfig({ port: 1, storeFolder: '/s', pidFile: '/p', storageGb: 100 })).toContain(
    `max_file_store: ${fileStoreBytes(100)}`,
  );
});

test('the store does not shrink below what it may hold from before', () => {
  expect(fileStoreBytes(0.1)).toBe(fileStoreBytes());
  const config = { port: 1, storeFolder: '/s', pidFile: '/p' };
  const before = renderServerConfig({ ...config, storageGb: 100 });
  expect(renderServerConfig({ ...config, storageGb: 20, before })).toContain(`max_file_store: ${fileStoreBytes(100)}\n`);
  expect(renderServerConfig({ ...config, storageGb: 20, before: 'max_file_store: none' })).toContain(`${fileStoreBytes(20)}\n`);
});

test('who may sign in stands before the store', () => {
  const text = renderServerConfig({ port: 1, storeFolder: '/s', pidFile: '/p', authorization: 'authorization { users: [] }\n' });
  expect(text).toContain('\nauthorization { users: [] }\njetstream {');
  expect(renderServerConfig({ port: 1, storeFolder: '/s', pidFile: '/p' })).not.toContain('authorization');
});
