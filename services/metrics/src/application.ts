/** Builds metrics as a Nest application: events and queries over NATS, and HTTP where it is asked for. */
import 'reflect-metadata';
import { openBroker, provision, sayOutages } from '@manyhands/jetstream';
import { JetStreamStrategy, NestLog } from '@manyhands/jetstream/nest';
import { createLogger } from '@manyhands/observe';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Collector } from './collect/collector.ts';
import type { MetricsConfig } from './config.ts';
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
    const missed = await catchUp(broker, app.get(History), app.get(FinishRecorder));
    await app.get(Collector).start();
    await app.startAllMicroservices();
    await (config.http ? app.listen(config.http.port, config.http.host) : app.init());
    log.info(`history in ${config.historyFile}${missed > 0 ? `, ${missed} events read again` : ''}${config.http ? `, metrics on port ${config.http.port}` : ''}`);
    return app;
  } catch (error) {
    await app?.close();
    await broker.close();
    throw portTaken(error, config) ?? error;
  }
}

function portTaken(error: unknown, { http }: MetricsConfig): Error | undefined {
  if (!http || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return undefined;
  return new Error(`METRICS_PORT ${http.port} is taken by another program. Choose another, or unset it.`, { cause: error });
}
