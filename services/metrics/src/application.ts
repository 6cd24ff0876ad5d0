/** Builds metrics as a Nest application: events and queries over NATS, and HTTP where it is asked for. */
import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { openBroker, provision } from '@manyhands/broker';
import { sayOutages, type Broker } from '@manyhands/nats';
import { JetStreamStrategy, NestLog } from '@manyhands/nats-nest';
import { createLogger, type Logger } from '@manyhands/observe';
import { WrongSettings } from '@manyhands/proto/settings';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Collector } from './collect/collector.ts';
import type { MetricsConfig } from './config.ts';
import { Drain } from './drain.ts';
import { catchUp } from './history/catch-up.ts';
import { RecordCopies } from './history/record-copies.ts';
import { FinishRecorder } from './history/finish-recorder.ts';
import { History } from './history/history.ts';
import { MetricsModule } from './metrics.module.ts';

/** What is known only after the start: the database answers at last, and refuses. */
type Failed = (error: unknown) => void;
const rethrow: Failed = (error) => {
  throw error;
};

/** Resolves when everything runs; `close` drains it. Throws a sentence when NATS, its streams, the database or the port are not as needed. */
export async function startMetrics(config: MetricsConfig, failed: Failed = rethrow): Promise<INestApplication> {
  const log = createLogger('metrics', { level: config.logLevel });
  const broker = await openBroker({ url: config.natsUrl, access: config.natsAccess, name: 'metrics' });
  let app: INestApplication | undefined;
  try {
    const { replicas, retentionHours, storageGb } = config;
    await provision(broker, { replicas, retentionHours, storageGb, as: 'metrics' });
    sayOutages(broker, (sentence) => log.warn(sentence));
    app = await NestFactory.create<NestFastifyApplication>(MetricsModule.with(broker, config, log), new FastifyAdapter(), {
      logger: new NestLog(log),
      abortOnError: false,
    });
    app.connectMicroservice({ strategy: new JetStreamStrategy({ broker }) });
    await app.get(Collector).start();
    if (!(await beginHistory(app, broker, log))) void beginHistoryLater(app, broker, log, failed);
    await app.init();
    return app;
  } catch (error) {
    await app?.close();
    await broker.close();
    throw error;
  }
}

/** Milliseconds between two tries to write history. */
const historyRetryMs = 5_000;

/**
 * Reads what history missed and then takes events. False when it cannot be written now, as on a full disk or while the database is away: nothing else waits for
 * it. Throws `WrongSettings` when it never can.
 */
async function beginHistory(app: INestApplication, broker: Broker, log: Logger): Promise<boolean> {
  const { stopping } = app.get(Drain);
  const history = app.get(History);
  try {
    await history.begin();
    const missed = await catchUp(broker, history, app.get(FinishRecorder), stopping);
    if (stopping.aborted) return true;
    await app.startAllMicroservices();
    app.get(RecordCopies).start();
    log.info(`history in ${history.shown}${missed > 0 ? `, ${missed} events read again` : ''}`);
    return true;
  } catch (error) {
    if (error instanceof WrongSettings) throw error;
    if (!stopping.aborted)
      log.error({ err: error }, `history cannot be written to ${history.shown}; the events wait in stream EVENTS until it can`);
    return stopping.aborted;
  }
}

async function beginHistoryLater(app: INestApplication, broker: Broker, log: Logger, failed: Failed): Promise<void> {
  try {
    do await pause(historyRetryMs, undefined, { ref: false });
    while (!app.get(Drain).stopping.aborted && !(await beginHistory(app, broker, log)));
  } catch (error) {
    failed(error);
  }
}
