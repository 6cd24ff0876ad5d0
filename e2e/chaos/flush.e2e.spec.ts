import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderServerConfig } from '../../deploy/local/src/nats-server/config.ts';
import { askDurability } from '../../deploy/local/src/nats-server/durability.ts';
import { waitForNats } from '../../deploy/local/src/system/nats.ts';
import { freePort, natsServer } from '../fixture/system.ts';
import { countAcks, type AckCount } from './check/flush-order.ts';

/** System calls can be counted only where strace is there and may trace. */
const tracers = process.platform === 'linux' && spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0 ? ['strace'] : [];
const messages = 40;

let folder: string;
let port: number;
let servers: ChildProcess[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flush-'));
  port = await freePort();
  servers = [];
});
afterEach(() => {
  for (const server of servers) server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const shipped = (): string => renderServerConfig({ port, storeFolder: join(folder, 'store'), pidFile: join(folder, 'pid') });
const lazy = (): string => shipped().replace('sync_interval: always', 'sync_interval: 2m');

async function start(config: string, tracer: readonly string[] = []): Promise<ChildProcess> {
  const file = join(folder, 'server.conf');
  writeFileSync(file, config);
  const [program, ...args] = [...tracer, natsServer(), '-c', file];
  const server = spawn(program!, args, { stdio: 'ignore' });
  servers.push(server);
  await waitForNats(`nats://127.0.0.1:${port}`);
  return server;
}

/** What the server wrote, flushed and acknowledged while so many messages were published, each after the one before was acknowledged. */
async function acksOf(config: string, tracer: string): Promise<AckCount> {
  const trace = join(folder, 'trace');
  const server = await start(config, [tracer, '-f', '-yy', '-s', '256', '-e', 'trace=write,writev,pwrite64,fsync,fdatasync', '-o', trace]);
  const connection = await connect({ servers: `nats://127.0.0.1:${port}` });
  await (await jetstreamManager(connection)).streams.add({ name: 'T', subjects: ['t.x'] });
  for (let count = 0; count < messages; count += 1) await jetstream(connection).publish('t.x', `${count}`);
  await connection.close();
  process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 'SIGKILL');
  await once(server, 'exit');
  return countAcks(readFileSync(trace, 'utf8'));
}

describe('what NATS acknowledges is on disk', () => {
  it.each(tracers)('each acknowledgement of the shipped server leaves after the message was flushed (seen by %s), and a lazy server is told apart', async (tracer) => {
    expect(await acksOf(shipped(), tracer)).toEqual({ acks: messages, unflushed: 0 });
    rmSync(join(folder, 'store'), { recursive: true, force: true });
    const lazily = await acksOf(lazy(), tracer);
    expect(lazily.acks).toBe(messages);
    expect(lazily.unflushed).toBeGreaterThan(messages / 2);
  });

  it('a server says whether it flushes, and is believed only then', async () => {
    const monitorPort = await freePort();
    const monitored = (config: string): string => `${config}\nhttp: "127.0.0.1:${monitorPort}"\n`;
    const monitor = `http://127.0.0.1:${monitorPort}`;
    const first = await start(monitored(shipped()));
    expect(await askDurability(monitor)).toEqual({ promised: true });
    first.kill('SIGKILL');
    await once(first, 'exit');
    await start(monitored(lazy()));
    expect(await askDurability(monitor)).toEqual({ promised: false, why: `${monitor}: it runs without "sync_interval: always"` });
  });
});
