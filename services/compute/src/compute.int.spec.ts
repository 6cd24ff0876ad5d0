import { createLogger } from '@manyhands/observe';
import { NestFactory } from '@nestjs/core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { computeLeaseId, decodeResult, encode, keys, mailboxSubjects, newJobId, workSubjects } from '@manyhands/proto';
import { createOutbox, openBroker, openBucket, provision, readStored } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { aComputeLease, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { ComputeModule } from './compute.module.ts';
import { readConfig } from './config.ts';

let server: NatsServer;
let broker: Broker;
let close: (() => Promise<void>) | undefined;

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
});
afterEach(() => close?.());
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

async function start(env: Record<string, string> = {}): Promise<void> {
  const config = readConfig({ NATS_URL: server.url, MANYHANDS_SLOTS: '2', MANYHANDS_LOG_LEVEL: 'silent', ...env });
  const app = await NestFactory.createApplicationContext(
    ComputeModule.with(config, createLogger('compute', { level: 'error' })),
    { logger: false, abortOnError: false },
  );
  close = () => {
    close = undefined;
    return app.close();
  };
}

async function compute(kind: string, params: object, chunks: number): Promise<unknown[]> {
  const jobId = newJobId();
  const leases = Array.from({ length: chunks }, (_, chunk) =>
    aComputeLease({
      job_id: jobId,
      kind,
      params: params as never,
      lease: computeLeaseId(chunk, chunk + 1, 0),
      begin: chunk,
      end: chunk + 1,
      total: chunks,
    }),
  );
  await createOutbox(broker).publishAll(
    leases.map((lease) => ({ subject: workSubjects.lease(kind, lease.lane, jobId), data: encode(lease) })),
  );
  const stored = await vi.waitFor(
    async () => {
      const results = await readStored(broker, 'mailbox', mailboxSubjects.ofJob(jobId));
      expect(results).toHaveLength(chunks);
      return results;
    },
    { timeout: 20_000, interval: 50 },
  );
  return stored.map(({ data }) => {
    const result = decodeResult(data);
    return result.type === 'LeaseComputed'
      ? result.partial
        ? (JSON.parse(result.partial.text) as unknown)
        : result.failed
      : result.error;
  });
}

describe('compute', () => {
  it.each([1, 7, 32])('counts the primes up to a million in %i leases', async (chunks) => {
    await start();
    const counts = (await compute('primes', { n: 1_000_000 }, chunks)) as number[];
    expect(counts.reduce((sum, count) => sum + count)).toBe(78_498);
  });

  it('adds up to 10^18 exactly', async () => {
    await start();
    expect(await compute('sum', { n: 10 ** 18 }, 1)).toEqual(['500000000000000000500000000000000000']);
  });

  it('refuses parameters it cannot compute, for good', async () => {
    await start();
    expect(await compute('primes', { n: -1 }, 1)).toEqual([
      [
        {
          chunk: 0,
          error: { code: 'compute_refused', message: expect.stringContaining('whole number') as string, retryable: false },
        },
      ],
    ]);
  });

  it('registers its kinds and leaves the list of workers when it is closed', async () => {
    await start({ MANYHANDS_KINDS: 'sum' });
    const workers = await openBucket(broker, 'workers');
    const [entry] = await workers.entries();
    expect(JSON.parse(new TextDecoder().decode(entry!.value))).toMatchObject({ kinds: ['sum'], slots: 2 });
    expect((await (await openBucket(broker, 'kinds')).get(keys.kind('sum')))?.value).toBeDefined();
    await close!();
    expect(await workers.entries()).toEqual([]);
  });

  it('does not start with a kind it does not have', async () => {
    await expect(start({ MANYHANDS_KINDS: 'mandelbrot' })).rejects.toThrow(/no task is named mandelbrot; there are: primes, sum/);
  });
});
