import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reservedPort } from '@manyhands/testkit';
import { openBroker } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderServerConfig } from '../../deploy/local/src/nats-server/config.ts';
import { askDurability } from '../../deploy/local/src/nats-server/durability.ts';
import { waitForNats } from '../../deploy/local/src/system/nats.ts';
import { publishAtomic } from '../../libs/nats/src/publish/atomic-batch.ts';
import { natsServer } from '../fixture/system.ts';
import { countAcks, type AckCount } from './check/flush-order.ts';

/** System calls can be counted only where strace is there and may trace. */
const tracers = process.platform === 'linux' && spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0 ? ['strace'] : [];
const acks = 40;
const batchMessages = 8;

let folder: string;
let port: number;
let servers: ChildProcess[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flush-'));
  port = await reservedPort();
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

/** One message after the other, or one batch after the other. */
const ways: Record<string, (broker: Broker, payload: Uint8Array) => Promise<unknown>> = {
  message: (broker, data) => broker.store('t.x', data),
  'fast ingest': (broker, data) => broker.batches.ingest(Array.from({ length: batchMessages }, () => ({ subject: 't.x', data }))),
  'atomic batch': (broker, data) =>
    publishAtomic(
      broker.connection,
      Array.from({ length: batchMessages }, () => ({ subject: 't.x', data })),
    ),
};

/** What the server wrote, flushed and acknowledged while so many messages or batches were published, each after the one before was acknowledged. */
async function acksOf(config: string, tracer: string, publish: (typeof ways)[string]): Promise<AckCount> {
  const trace = join(folder, 'trace');
  const server = await start(config, [
    tracer,
    '-f',
    '-yy',
    '-s',
    '256',
    '-e',
    'trace=write,writev,pwrite64,fsync,fdatasync',
    '-o',
    trace,
  ]);
  const broker = await openBroker({ url: `nats://127.0.0.1:${port}`, name: 'flush' });
  await broker.manager.streams.add({ name: 'T', subjects: ['t.x'], allow_atomic: true, allow_batched: true });
  for (let count = 0; count < acks; count += 1) await publish(broker, Buffer.from(`${count}`));
  await broker.close();
  process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 'SIGKILL');
  await once(server, 'exit');
  return countAcks(readFileSync(trace, 'utf8'));
}

describe('what NATS acknowledges is on disk', () => {
  const traced = tracers.flatMap((tracer) => Object.keys(ways).map((way) => ({ tracer, way })));
  it.each(traced)(
    'each acknowledgement of the shipped server ($way) leaves after all was flushed (seen by $tracer), and a lazy server is told apart',
    async ({ tracer, way }) => {
      expect(await acksOf(shipped(), tracer, ways[way]!)).toEqual({ acks, unflushed: 0 });
      rmSync(join(folder, 'store'), { recursive: true, force: true });
      const lazily = await acksOf(lazy(), tracer, ways[way]!);
      expect(lazily.acks).toBe(acks);
      expect(lazily.unflushed).toBeGreaterThan(acks / 2);
    },
  );

  it('a server says whether it flushes, and is believed only then', async () => {
    const monitorPort = await reservedPort();
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
