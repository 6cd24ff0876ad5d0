/** Metrics over a PostgreSQL that is killed, refuses, and comes back. */
import { createOutbox, openBroker } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { encode, eventSubjects, newJobId } from '@manyhands/proto';
import {
  aJobFinished,
  findPostgres,
  startNatsServer,
  startPostgres,
  type NatsServer,
  type PostgresServer,
} from '@manyhands/testkit';
import type { INestApplication } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startMetrics } from './application.ts';
import { readConfig, type MetricsConfig } from './config.ts';
import { Drain } from './drain.ts';
import { SystemMetrics } from './expose/system-metrics.ts';
import { openPostgres } from './sql/postgres.ts';

describe.skipIf(findPostgres() === undefined)('metrics with a PostgreSQL server', () => {
  let nats: NatsServer;
  let postgres: PostgresServer;
  let broker: Broker;
  let config: MetricsConfig;
  const apps: INestApplication[] = [];

  beforeAll(async () => {
    [nats, postgres] = await Promise.all([startNatsServer(), startPostgres()]);
    broker = await openBroker({ url: nats.url, name: 'postgres-test' });
    config = readConfig({ NATS_URL: nats.url, DATABASE_URL: postgres.url, MANYHANDS_LOG_LEVEL: 'silent' });
  }, 90_000);
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });
  afterAll(async () => {
    await broker?.close();
    await nats?.stop();
    await postgres?.stop();
  });

  async function start(): Promise<INestApplication> {
    const app = await startMetrics(config);
    apps.push(app);
    return app;
  }

  async function publish(count: number): Promise<string[]> {
    const events = Array.from({ length: count }, () => aJobFinished({ job_id: newJobId(), kind: 'killed' }));
    await createOutbox(broker).publishAll(
      events.map((event) => ({
        subject: eventSubjects.finished('local', event.job.job_id),
        data: encode(event),
        expectLastSubjectSequence: 0,
      })),
    );
    return events.map(({ job }) => job.job_id);
  }

  /** Read by another connection than the service's. */
  async function stored(): Promise<string[]> {
    const database = openPostgres(postgres.url);
    try {
      const rows = await database.rows("SELECT job_id FROM jobs WHERE kind = 'killed' ORDER BY event_sequence");
      return rows.map((row) => String(row['job_id']));
    } finally {
      await database.close();
    }
  }

  it('the database killed in the middle of a run, again and again, loses and doubles no row', { timeout: 120_000 }, async () => {
    const app = await start();
    const ids: string[] = [];
    for (let kill = 0; kill < 3; kill += 1) {
      ids.push(...(await publish(100)));
      // Some of them are written, none waits for it.
      await vi.waitFor(async () => expect((await stored()).length).toBeGreaterThan(kill * 100 + 10), {
        timeout: 20_000,
        interval: 5,
      });
      await postgres.kill();
      ids.push(...(await publish(20)));
      await vi.waitFor(() => expect(app.get(Drain).problem).toMatch(/^history cannot be written to postgres:\/\/owner@127/), {
        timeout: 20_000,
      });
      expect(app.get(Drain).problem).not.toContain('s3cret');
      await postgres.restart();
      await vi.waitFor(async () => expect(await stored()).toHaveLength(ids.length), { timeout: 40_000, interval: 100 });
    }
    expect((await stored()).toSorted()).toEqual(ids.toSorted());
    expect(app.get(Drain).problem).toBeUndefined();
    expect(await app.get(SystemMetrics).render()).toContain(
      `manyhands_jobs_finished_total{kind="killed",status="completed",service="metrics"} ${ids.length}`,
    );
  });

  it(
    'started while the database is away, everything else goes on, and nothing is missing once it is back',
    { timeout: 60_000 },
    async () => {
      await postgres.kill();
      const app = await start();
      expect(app.get(Drain).problem).toMatch(/ECONNREFUSED/);
      expect(await app.get(SystemMetrics).render()).toContain('manyhands_workers');
      const [id] = await publish(1);
      await postgres.restart();
      await vi.waitFor(async () => expect(await stored()).toContain(id), { timeout: 30_000, interval: 100 });
      expect(app.get(Drain).problem).toBeUndefined();
    },
  );

  it(
    'a database that refuses ends the start with a sentence, and one that refuses later ends the process',
    { timeout: 60_000 },
    async () => {
      const wrong = { ...config, databaseUrl: postgres.url.replace(/manyhands$/, 'nowhere') };
      await expect(startMetrics(wrong)).rejects.toThrow(
        /^DATABASE_URL cannot be used: .*\/nowhere answers, but there is no database of this name/,
      );
      await postgres.kill();
      const failed = Promise.withResolvers<unknown>();
      apps.push(await startMetrics(wrong, failed.resolve));
      await postgres.restart();
      expect(await failed.promise).toMatchObject({ name: 'WrongSettings' });
    },
  );
});
