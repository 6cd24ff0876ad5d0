/** Builds metrics as a Nest application: events and queries over NATS, and HTTP where it is asked for. */
import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { openBroker, provision } from '@manyhands/broker';
import { sayOutages, type Broker } from '@manyhands/nats';
import { JetStreamStrategy, NestLog } from '@manyhands/nats-nest';
import { createLogger, type Logger } from '@manyhands/observe';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Collector } from './collect/collector.ts';
import type { MetricsConfig } from './config.ts';
import { Drain } from './drain.ts';
import { catchUp } from './history/catch-up.ts';
import { FinishRecorder } from './history/finish-recorder.ts';
import { History } from './history/history.ts';
import { MetricsModule } from './metrics.module.ts';

/** Resolves when everything runs; `close` drains it. Throws a sentence when NATS, its streams, the file or the port are not as needed. */
export async function startMetrics(config: MetricsConfig): Promise<INestApplication> {
  const log = createLogger('metrics', { level: config.logLevel });
  const broker = await openBroker({ url: config.natsUrl, name: 'metrics' });
  let app: INestApplication | undefined;
  try {
    await provision(broker, { replicas: config.replicas, retentionHours: config.retentionHours, storageGb: config.storageGb });
    sayOutages(broker, (sentence) => log.warn(sentence));
    app = await NestFactory.create<NestFastifyApplication>(MetricsModule.with(broker, config, log), new FastifyAdapter(), {
      logger: new NestLog(log),
      abortOnError: false,
    });
    app.connectMicroservice({ strategy: new JetStreamStrategy({ broker }) });
    await app.get(Collector).start();
    if (!(await beginHistory(app, broker, config, log))) void beginHistoryLater(app, broker, config, log);
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

/** Reads what history missed and then takes events. False when the file cannot be written, as on a full disk: nothing else waits for it. */
async function beginHistory(
  app: INestApplication,
  broker: Broker,
  { historyFile }: MetricsConfig,
  log: Logger,
): Promise<boolean> {
  const { stopping } = app.get(Drain);
  try {
    const missed = await catchUp(broker, app.get(History), app.get(FinishRecorder), stopping);
    if (stopping.aborted) return true;
    await app.startAllMicroservices();
    log.info(`history in ${historyFile}${missed > 0 ? `, ${missed} events read again` : ''}`);
    return true;
  } catch (error) {
    if (!stopping.aborted)
      log.error({ err: error }, `history cannot be written to ${historyFile}; the events wait in stream EVENTS until it can`);
    return stopping.aborted;
  }
}

async function beginHistoryLater(app: INestApplication, broker: Broker, config: MetricsConfig, log: Logger): Promise<void> {
  do await pause(historyRetryMs, undefined, { ref: false });
  while (!app.get(Drain).stopping.aborted && !(await beginHistory(app, broker, config, log)));
}
