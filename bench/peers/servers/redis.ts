/** Redis as its page on persistence advises for durability with speed: an append-only file, flushed every second. */
import { reservedPort } from '@manyhands/testkit';
import { findProgram, startServer, temporaryFolder, versionOf, type PeerServer } from './server.ts';

export async function startRedis(): Promise<PeerServer> {
  const path = findProgram('redis-server');
  const port = await reservedPort();
  const folder = temporaryFolder('redis');
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--appendonly',
    'yes',
    '--appendfsync',
    'everysec',
    '--save',
    '',
    '--maxmemory-policy',
    'noeviction',
  ];
  const stop = await startServer(path, settings, { ready: /Ready to accept connections/, folder });
  return { version: versionOf(path), env: { REDIS_PORT: String(port) }, stop };
}
